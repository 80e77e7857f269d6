//! Networks computed layer by layer as compositions of candle's operations: the reference for the kernels, and what computes the
//! networks that have none.
//!
//! All of candle is in this crate. Weights, trials and gradients come and go as slices of the host; what keeps them is not its concern.

mod element;
mod error;
mod layers;
mod memory;
mod network;
pub mod operations;

pub use element::Element;
pub use error::ComposedError;
pub use memory::{ComposedMemory, ComposedWork};
pub use network::{Batch, Composed, ComposedStep, JobSettings, Tensors};
