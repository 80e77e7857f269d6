//! A stage's tail with what its batch normalisation needs.

use sweep_kernels::{Mixing, Moments, Slopes, Tail};

use super::{layout::StageLayout, norm::Norm};

/// A stage without its convolution.
#[derive(Debug)]
pub(super) struct Stage<T> {
    pub(super) tail: Tail,
    pub(super) dropout: Dropout,
    pub(super) norm: Norm,
    /// From stored values to normalised ones.
    pub(super) mixing: Mixing<T>,
    /// The batch's means of the stored values.
    pub(super) mean: Vec<T>,
    pub(super) slopes: Slopes<T>,
    /// Of the batch.
    pub(super) moments: Moments,
    /// Over the batch, as [`Tail::sum`] gives them.
    pub(super) sums: Vec<f64>,
}

/// A dropout layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropout {
    pub(super) number: u8,
    pub(super) probability: f64,
}

impl<T: sweep_kernels::Real> Stage<T> {
    pub(super) fn new(StageLayout { tail, dropout, norm }: StageLayout) -> Self {
        let mixture = tail.mixture;
        let zeros = |count| vec![T::zero(); count];
        Self {
            tail,
            dropout,
            norm,
            mixing: Mixing {
                weight: zeros(mixture.channels * mixture.planes()),
                offset: zeros(mixture.planes()),
            },
            mean: zeros(mixture.stored()),
            slopes: Slopes {
                slope: zeros(mixture.channels * mixture.stored()),
                constant: zeros(mixture.stored()),
            },
            moments: Moments::new(mixture),
            sums: vec![0.0; tail.sums()],
        }
    }
}
