//! The operations of the networks as kernels for the processor, forward and backward.
//!
//! The kernels work on slices, a trial or a few at a time, in the layout `[time, lane]`, where lanes are planes padded to whole vectors; what
//! calls them owns the buffers. Each is written once and compiled for several sets of vector instructions, of which the best that the processor
//! has is taken at run time. This crate knows neither layers nor networks nor jobs.

mod activation;
mod dense;
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
pub use dense::{Dense, softmax_cross_entropy};
pub use input_convolution::{InputConvolution, Span};
pub use mask::{DropoutKey, Mask};
pub use optimizer::{AdamRule, DecayKind, SgdRule, adam_step, clip_norm, limit_row_norms, sgd_step};
pub use parallel::{for_each_mut, start_threads, threads};
pub use pooling::Pooling;
pub use real::Real;
pub use tail::{Mixing, Mixture, Moments, Slopes, Stored, Tail, TrialMoments};
pub use vector::{InstructionSet, LANES, in_lanes};
pub use winograd::{PackedWeights, TimeConvolution, Winograd};
