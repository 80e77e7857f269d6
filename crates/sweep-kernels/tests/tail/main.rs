//! The pass behind a convolution by itself: its exponentials, and the lengths of its slices.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod exponentials;
mod lengths;
