//! The results database: the only crate that knows SQL.
//!
//! One [`Store`] at a time writes a database; any number of [`Reader`]s read it meanwhile. Events become rows through
//! the state machine of `sweep-job`; rows come back as the plain structs of that crate. docs/results-db.md describes the
//! tables, the views and what they guarantee. This crate trains nothing and prints nothing.

// The scenes of the tests name this crate from outside.
#[cfg(test)]
extern crate self as sweep_store;

mod bounds;
mod connect;
mod encode;
mod error;
mod identity;
mod insert;
mod live;
mod lock;
mod migrations;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod plans;
mod prefix;
mod query;
mod record;
mod sql;
mod state;
mod sweep;
mod weights;

pub use error::{QueryError, SqliteError, StoreError};
pub use query::{JobSelection, Reader};
pub use record::Store;
pub use sql::{QueryBounds, sql, sql_within};
pub use sweep::{Recorded, SweepEntry};
pub use weights::{weights_dir, weights_path};
