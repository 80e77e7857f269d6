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
mod carve;
mod check;
mod claim;
mod column;
mod compare;
mod connect;
mod control;
mod creation;
mod durability;
mod encode;
mod error;
mod evidence;
mod file_system;
mod filter;
mod forget;
mod identity;
mod insert;
mod leftovers;
mod live;
mod location;
mod lock;
mod manner;
mod merge;
mod migrations;
mod moment;
mod mount;
mod opening;
mod page;
mod permission;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod plans;
mod predictions;
mod prefix;
mod process;
mod progress;
mod query;
mod query_error;
mod reading;
mod record;
mod rows;
mod runs;
mod salvage;
#[cfg(test)]
#[path = "../tests/scene/mod.rs"]
mod scene;
mod schema;
mod selection;
mod sql;
mod state;
mod status;
mod sweep;
mod tail;
mod tensors;
mod transition;
mod varying;
mod watch;
mod weights;

pub use check::CheckReport;
pub use claim::ClaimOutcome;
pub use column::{Column, ColumnKind, Names};
pub use compare::{Comparison, Differences, compare};
pub use control::Cancelled;
pub use error::{SqliteError, StoreError};
pub use filter::{Filter, FilterError};
pub use forget::ToForget;
pub use location::{FileSystem, Location};
pub use merge::{Conflict, Merged};
pub use page::{Direction, JobPage, PageRequest, Sort};
pub use permission::Owner;
pub use query::Reader;
pub use query_error::QueryError;
pub use record::Store;
pub use salvage::{Salvaged, holds_results, salvage};
pub use selection::{JobQuery, JobSelection};
pub use sql::{QueryBounds, sql, sql_within};
pub use sweep::{Recorded, SweepEntry};
pub use watch::DataVersion;
pub use weights::{weights_beside_link, weights_dir, weights_path};
