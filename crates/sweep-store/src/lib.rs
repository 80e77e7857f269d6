//! The results database: the only crate that knows SQL.
//!
//! Any number of [`Store`]s write a database, each the jobs that it has claimed, and any number of [`Reader`]s read it meanwhile. Events become rows through
//! the state machine of `sweep-job`; rows come back as the plain structs of that crate. docs/results-db.md describes the
//! tables, the views and what they guarantee. This crate trains nothing and prints nothing.

// The scenes of the tests name this crate from outside.
#[cfg(test)]
extern crate self as sweep_store;

mod attempts;
mod bounds;
mod check;
mod claim;
mod compare;
mod connect;
mod control;
mod durability;
mod encode;
mod error;
mod file_system;
mod forget;
mod identity;
mod insert;
mod live;
mod lock;
mod merge;
mod migrations;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod plans;
mod prefix;
mod process;
mod query;
mod query_error;
mod record;
mod rows;
mod runs;
mod sql;
mod state;
mod status;
mod sweep;
mod weights;

pub use check::CheckReport;
pub use claim::Standing;
pub use compare::{Comparison, Differences, compare};
pub use control::Cancelled;
pub use error::{SqliteError, StoreError};
pub use forget::ToForget;
pub use merge::Merged;
pub use query::{JobSelection, Reader};
pub use query_error::QueryError;
pub use record::Store;
pub use sql::{QueryBounds, sql, sql_within};
pub use sweep::{Recorded, SweepEntry};
pub use weights::{weights_dir, weights_path};
