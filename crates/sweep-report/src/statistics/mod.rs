//! Honest statistics: how sure a number is, whether it is better than chance, and whether two differ.
//!
//! Pure functions on slices and numbers, in double precision. They know nothing of jobs, tables and files, draw no random
//! number, and answer what cannot be computed with a [`StatisticsError`] or `None`, never with NaN. docs/statistics.md has
//! each formula with its source, and says when it applies.

pub mod autocorrelation;
pub mod axes;
pub mod chance;
pub mod confusion;
pub mod distributions;
pub mod effect;
mod error;
pub mod holm;
mod interval;
pub mod kappa;
pub mod logits;
pub mod mann_whitney;
pub mod mcnemar;
pub mod newcombe;
pub mod optimism;
pub mod order_statistics;
pub mod paired;
pub mod permutation;
mod ranks;
pub mod regrouping;
pub mod roc;
pub mod signed_rank;
pub mod spread;
pub mod subjects;
pub mod trend;
pub mod wilson;

pub use error::StatisticsError;
pub use interval::Interval;
