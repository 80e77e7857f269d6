//! The operations of the networks as compositions of candle's own operations, which carry their own gradients: for any device, and the
//! reference that the kernels for the processor are held against. candle's operations that are known to be wrong are not among them
//! (docs/candle.md).

mod activation;
mod batch_norm;
mod convolution;
mod cross_entropy;
mod dropout;
mod linear;
mod pooling;

pub use activation::activate;
pub use batch_norm::{BatchNormalised, batch_norm_evaluation, batch_norm_training};
pub use convolution::{Geometry, convolution};
pub use cross_entropy::cross_entropy;
pub use dropout::dropout;
pub use linear::linear;
pub use pooling::pool;
