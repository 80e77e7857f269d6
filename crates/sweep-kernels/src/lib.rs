//! The operations of the networks, each in two forms: fused for the processor, composed of candle's operations for any
//! device. Both carry gradients; [`Form::for_device`] chooses.
//!
//! Every result of a fused form is the same bits on any number of rayon threads. This crate knows tensors, but neither
//! layers nor networks nor jobs.

mod activation;
mod batch_norm;
mod convolution;
mod cross_entropy;
mod dropout;
mod form;
mod host;
mod linear;
mod matrix;
mod optimizer;
mod parallel;
mod pooling;
mod real;
mod sums;

pub use activation::{Activation, activate};
pub use batch_norm::{BatchNormalised, batch_norm_evaluation, batch_norm_training};
pub use convolution::convolution;
pub use cross_entropy::cross_entropy;
pub use dropout::dropout;
pub use form::Form;
pub use linear::linear;
pub use optimizer::{AdamRule, DecayKind, SgdRule, adam_step, limit_row_norms, sgd_step};
pub use pooling::{Pooling, pool};
