//! From a sweep file to a plan of jobs.
//!
//! `parse` reads the text into nodes with their places, `check` turns them into values and collects every mistake, `sweep`
//! says what is multiplied with what, `expand` makes the jobs, `judge` finds the mistakes that only the jobs show, and
//! `training` puts jobs together that one training serves. This is the only crate that knows TOML. It does no I/O: text and
//! checksums are handed in.

mod blame;
mod check;
mod combination;
mod expand;
mod fingerprint;
mod judge;
mod limits;
mod mistake;
mod mistakes;
mod node;
mod observe;
mod overrides;
mod parse;
mod plan;
mod planning;
mod setting;
mod show;
mod source;
mod suggest;
mod summary;
mod sweep;
mod training;

pub use blame::{Complaint, Culprit, blame};
pub use mistake::{Mistake, MistakeKind};
pub use mistakes::{Colour, Mistakes};
pub use overrides::Overrides;
pub use plan::{Axis, Plan, Training};
pub use planning::plan;
pub use show::{AxisValue, describe};
pub use summary::summary;
pub use training::trainings;
