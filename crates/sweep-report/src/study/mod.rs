//! Settings and the jobs that share them: what a grid of jobs says, and how much of it can be believed.
//!
//! It chooses the figures and the words; the formulas are in `statistics`.

mod axis;
mod comparison;
mod effects;
mod gist;
mod guessing;
mod mixture;
mod reading;
mod readings;
mod report;
mod rows;
mod setting;
mod warnings;
mod wording;
mod words;

pub(crate) use comparison::{SIGNIFICANCE, predicted};
pub(crate) use effects::axis_effects_of;
pub(crate) use gist::gist;
pub(crate) use guessing::Guessing;
pub(crate) use readings::readings;
pub use readings::wavering_jobs;
pub(crate) use report::{Study, section};
pub(crate) use setting::{LEVEL, Setting};
pub(crate) use warnings::warnings;
pub(crate) use wording::{interval, p_words, points, signed};

pub use axis::{Axis, UnknownAxis};
pub use reading::Reading;
pub(crate) use reading::Tail;
pub use report::{Repeats, StudyOptions, StudyTable, left_out, study_report};
