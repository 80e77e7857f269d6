//! Which networks there are, with their names and defaults. Each has a file and a line in the list below; its layers are in `sweep-models`.
//!
//! Everything here is plain data. This crate holds no weights, computes nothing, and knows no jobs.

mod kind;
mod model;
mod shape;

pub use model::{Descriptor, MaxNorm};
pub use shape::InputShape;

model::networks! {
    EegNet => eegnet,
    DeepConvNet => deepconvnet,
}
