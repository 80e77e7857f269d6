//! Convolutions along time, against their definition.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod accuracy;
mod definition;
mod input;
mod lengths;
mod minimal;
