//! What follows a convolution, in one pass over a trial: batch normalisation, activation, pooling and dropout, forward and backward.
//!
//! The pass begins at a [`Mixture`]: what the convolution has stored. In the plain case that is the convolution's output, one value a plane. A
//! network may also have a batch normalisation and a depthwise convolution over the channels between; they are linear, so all of
//! them together are one mixture of the stored values, x = sum over the channels of weight * stored + offset, and never stored.

mod activation;
mod backward;
mod column;
mod forward;
mod moments;
mod share;

pub use backward::{Slopes, Stored};
pub use moments::{Moments, TrialMoments};

use crate::{Activation, Pooling, real::Real};

/// How normalised values come from stored ones: stored rows are `[channel, filter]`, and plane (copy, filter) mixes the channels of
/// its filter. Planes stand in the order `[copy, filter]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mixture {
    /// Channels that are mixed.
    pub channels: usize,
    /// Lanes of a channel: a multiple of [`LANES`](crate::LANES).
    pub filters: usize,
    /// Planes made of one filter.
    pub copies: usize,
}

impl Mixture {
    /// One stored value a plane.
    pub fn plain(lanes: usize) -> Self {
        Self { channels: 1, filters: lanes, copies: 1 }
    }

    /// Whether the kernels support this number of planes per filter.
    pub fn is_known(&self) -> bool {
        self.copies <= column::MOST_COPIES
    }

    /// Elements of a stored row.
    pub fn stored(&self) -> usize {
        self.channels * self.filters
    }

    /// Elements of a row of planes.
    pub fn planes(&self) -> usize {
        self.copies * self.filters
    }

    /// Pairs of channels, each with itself included.
    pub fn pairs(&self) -> usize {
        self.channels * (self.channels + 1) / 2
    }

    /// The number of the pair of `first` and `second`, in either order.
    pub fn pair(&self, first: usize, second: usize) -> usize {
        let (low, high) = (first.min(second), first.max(second));
        high * (high + 1) / 2 + low
    }
}

/// The coefficients of a mixture.
#[derive(Debug, Clone)]
pub struct Mixing<T> {
    /// `[channel, plane]`.
    pub weight: Vec<T>,
    /// `[plane]`.
    pub offset: Vec<T>,
}

/// Sizes and kinds of a tail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// Where it begins.
    pub mixture: Mixture,
    /// Rows of a trial.
    pub time: usize,
    /// What it does to each value.
    pub activation: Activation,
    /// What it does to each window.
    pub pooling: Pooling,
    /// Rows of a window; a remainder of the rows is dropped.
    pub size: usize,
}

impl Tail {
    /// Rows of a trial's result.
    pub fn out_time(&self) -> usize {
        self.time / self.size
    }

    /// Elements of a trial's result.
    pub fn out_elements(&self) -> usize {
        self.out_time() * self.mixture.planes()
    }

    /// Elements of a trial's stored values.
    pub fn stored_elements(&self) -> usize {
        self.time * self.mixture.stored()
    }

    fn check<T: Real>(&self, stored: &[T], mixing: &Mixing<T>, factors: Option<&[T]>) {
        let Mixture { channels, .. } = self.mixture;
        let planes = self.mixture.planes();
        assert!(self.mixture.is_known(), "planes of a filter");
        assert!(stored.len() >= self.stored_elements(), "stored values of a trial");
        assert!(mixing.weight.len() == channels * planes && mixing.offset.len() == planes, "mixing");
        assert!(self.size > 0, "size of a window");
        assert!(factors.is_none_or(|factors| factors.len() >= self.out_elements()), "factors of a dropout");
    }
}
