//! The pass behind a convolution, against the composed operations.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod corners;
mod gradients;
mod reference;
mod results;
