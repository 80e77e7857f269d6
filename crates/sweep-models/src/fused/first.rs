//! The first stage's convolutions: along time and over the channels.

use sweep_kernels::{InputConvolution, InstructionSet, Real};

use super::layout::FirstLayout;
use crate::state::Entry;

/// The first convolution as it is computed, and the weights that it is made of.
#[derive(Debug)]
pub(super) struct First<T> {
    pub(super) layout: InputConvolution,
    pub(super) weights: FirstWeights,
    /// As the layout has them.
    ordered: Vec<T>,
    /// As its kernel reads them.
    pub(super) packed: Vec<T>,
}

/// How the network has the first stage's weights, by their places in the state.
#[derive(Debug)]
pub(super) enum FirstWeights {
    /// One convolution along time, `[filter, 1, 1, tap]`; that over the channels is part of the stage's mixture.
    Temporal(usize),
    /// A convolution along time `[filter, 1, 1, tap]` and one over filters and channels `[output, filter, channel, 1]`, with nothing
    /// between them: one convolution `[output, channel, tap]`, whose weights are sums over the filters of their products.
    Merged(Merged),
}

/// Two convolutions that are one.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) temporal: usize,
    pub(super) spatial: usize,
    pub(super) filters: usize,
    pub(super) outputs: usize,
}

impl<T: Real> First<T> {
    pub(super) fn new(FirstLayout { layout, weights }: FirstLayout) -> Self {
        let zeros = |elements| vec![T::zero(); elements];
        Self { layout, weights, ordered: zeros(layout.weights()), packed: zeros(layout.packed()) }
    }

    /// Brings the parameters into the kernel's order.
    pub(super) fn prepare(&mut self, set: InstructionSet, state: &[Entry<T>]) {
        let (ordered, InputConvolution { channels, lanes, taps, .. }) = (&mut self.ordered, self.layout);
        ordered.fill(T::zero());
        match &self.weights {
            FirstWeights::Temporal(weight) => {
                for (filter, row) in state[*weight].numbers().chunks_exact(taps).enumerate() {
                    row.iter().enumerate().for_each(|(tap, weight)| ordered[tap * lanes + filter] = *weight);
                }
            }
            FirstWeights::Merged(merged) => {
                let (temporal, spatial) = (state[merged.temporal].numbers(), state[merged.spatial].numbers());
                merged.for_each(channels, taps, |output, channel, tap, [spatial_at, temporal_at]| {
                    ordered[(tap * channels + channel) * lanes + output] +=
                        spatial[spatial_at] * temporal[temporal_at];
                });
            }
        }
        self.layout.pack(set, &self.ordered, &mut self.packed);
    }

    /// The parameters' gradients from that of the weights in the kernel's order.
    pub(super) fn set_gradient(
        &self,
        set: InstructionSet,
        packed: &[T],
        state: &[Entry<T>],
        gradients: &mut [Vec<T>],
    ) {
        let InputConvolution { channels, lanes, taps, .. } = self.layout;
        let mut total = vec![T::zero(); self.layout.weights()];
        self.layout.weight_gradient(set, packed, &mut total);
        match &self.weights {
            FirstWeights::Temporal(weight) => {
                for (filter, row) in gradients[*weight].chunks_exact_mut(taps).enumerate() {
                    row.iter_mut().enumerate().for_each(|(tap, value)| *value = total[tap * lanes + filter]);
                }
            }
            FirstWeights::Merged(merged) => {
                let (temporal, spatial) = (state[merged.temporal].numbers(), state[merged.spatial].numbers());
                let at = |output, channel, tap| total[(tap * channels + channel) * lanes + output];
                let gradient = &mut gradients[merged.temporal];
                gradient.fill(T::zero());
                merged.for_each(channels, taps, |output, channel, tap, [spatial_at, temporal_at]| {
                    gradient[temporal_at] += at(output, channel, tap) * spatial[spatial_at];
                });
                let gradient = &mut gradients[merged.spatial];
                gradient.fill(T::zero());
                merged.for_each(channels, taps, |output, channel, tap, [spatial_at, temporal_at]| {
                    gradient[spatial_at] += at(output, channel, tap) * temporal[temporal_at];
                });
            }
        }
    }
}

impl Merged {
    /// Calls `work` with output, channel and tap, and where the factors of each product stand: in the spatial and in the temporal weights.
    fn for_each(&self, channels: usize, taps: usize, mut work: impl FnMut(usize, usize, usize, [usize; 2])) {
        for output in 0..self.outputs {
            for filter in 0..self.filters {
                for channel in 0..channels {
                    for tap in 0..taps {
                        let spatial = (output * self.filters + filter) * channels + channel;
                        work(output, channel, tap, [spatial, filter * taps + tap]);
                    }
                }
            }
        }
    }
}
