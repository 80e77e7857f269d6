//! Which networks there are. A network is one file and one line of the list below.
//!
//! Everything here is plain data. This crate holds no weights, computes nothing, and knows no jobs.

mod kind;
mod model;
mod shape;

pub use model::{MaxNorm, Network};
pub use shape::InputShape;

model::networks! {
    EegNet => eegnet,
    DeepConvNet => deepconvnet,
}
