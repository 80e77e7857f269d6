//! The operations of the networks, in two forms: kernels for the processor, forward and backward, and compositions of candle's
//! operations for any device.
//!
//! The kernels work on slices, a trial or a few at a time, in the layout `[time, lane]`, where lanes are planes padded to whole vectors; what
//! calls them owns the buffers. Each is written once and compiled for several sets of vector instructions, of which the best that the processor
//! has is taken at run time. This crate knows neither layers nor networks nor jobs.

mod activation;
mod composed;
mod dense;
mod form;
mod host;
mod input_convolution;
mod mask;
mod optimizer;
mod parallel;
mod pooling;
mod product;
mod real;
mod tail;
mod vector;
mod winograd;

pub use activation::Activation;
pub use composed::{
    BatchNormalised, Geometry, activate, batch_norm_evaluation, batch_norm_training, convolution,
    cross_entropy, dropout, linear, pool,
};
pub use dense::{Dense, softmax_cross_entropy};
pub use form::Form;
pub use host::{with_elements, with_elements_mut};
pub use input_convolution::{InputConvolution, Span};
pub use mask::Mask;
pub use optimizer::{AdamRule, DecayKind, SgdRule, adam_step, limit_row_norms, sgd_step};
pub use parallel::{for_each_mut, start_threads, threads};
pub use pooling::Pooling;
pub use real::Real;
pub use tail::{Mixing, Mixture, Moments, Slopes, Stored, Tail, TrialMoments};
pub use vector::{InstructionSet, LANES, in_lanes};
pub use winograd::{PackedWeights, TimeConvolution, Winograd};
