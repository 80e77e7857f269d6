//! One batch normalisation of what is stored.

use sweep_kernels::{Mixing, Moments, Real, Slopes};

use super::{BatchStatistics, NormParameters, inverse_deviation, values};
use crate::state::Entry;

/// A batch normalisation of a convolution's output, which is stored without its bias.
#[derive(Debug)]
pub(in crate::fused) struct PlainNorm {
    pub(in crate::fused) parameters: NormParameters,
    pub(in crate::fused) bias: PlainBias,
}

/// The bias of the convolution, by its place in the state.
#[derive(Debug)]
pub(in crate::fused) enum PlainBias {
    /// None.
    None,
    /// One a plane.
    Own(usize),
    /// That of two merged convolutions: `spatial` `[output, filter, channel, 1]` carries the bias of the first, one a filter, on.
    Merged { spatial: usize, temporal_bias: Option<usize>, spatial_bias: Option<usize> },
}

impl PlainBias {
    fn values<T: Real>(&self, planes: usize, state: &[Entry<T>]) -> Vec<f64> {
        match *self {
            Self::None => vec![0.0; planes],
            Self::Own(bias) => values(state, bias),
            Self::Merged { spatial, temporal_bias, spatial_bias } => {
                let mut bias = match spatial_bias {
                    Some(bias) => values(state, bias),
                    None => vec![0.0; planes],
                };
                if let Some(temporal) = temporal_bias {
                    let (temporal, weights) = (values(state, temporal), values(state, spatial));
                    let channels = weights.len() / (planes * temporal.len());
                    let rows = weights.chunks_exact(temporal.len() * channels);
                    for (bias, row) in bias.iter_mut().zip(rows) {
                        let carried = row.chunks_exact(channels).zip(&temporal);
                        *bias += carried.map(|(row, bias)| row.iter().sum::<f64>() * bias).sum::<f64>();
                    }
                }
                bias
            }
        }
    }
}

impl PlainNorm {
    pub(super) fn normalise<T: Real>(
        &self,
        moments: &Moments,
        mixing: &mut Mixing<T>,
        state: &mut [Entry<T>],
    ) {
        let of_norm = self.parameters.values(state);
        let bias = self.bias.values(of_norm.weight.len(), state);
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for (plane, bias) in bias.iter().enumerate() {
            let (mean, squares) = (moments.mean[plane], moments.products[plane]);
            let weight = of_norm.weight[plane] * inverse_deviation(squares / moments.count);
            mixing.weight[plane] = T::from_f64(weight);
            mixing.offset[plane] = T::from_f64(of_norm.bias[plane] - weight * mean);
            means.push(mean + bias);
            variances.push(squares / (moments.count - 1.0));
        }
        self.parameters.follow(&BatchStatistics { mean: means, unbiased_variance: variances }, state);
    }

    pub(super) fn normalise_by_running_statistics<T: Real>(
        &self,
        mixing: &mut Mixing<T>,
        state: &[Entry<T>],
    ) {
        let of_norm = self.parameters.values(state);
        let [means, variances] = self.parameters.running(state);
        let bias = self.bias.values(of_norm.weight.len(), state);
        for plane in 0..of_norm.weight.len() {
            let weight = of_norm.weight[plane] * inverse_deviation(variances[plane]);
            mixing.weight[plane] = T::from_f64(weight);
            mixing.offset[plane] = T::from_f64(of_norm.bias[plane] + weight * (bias[plane] - means[plane]));
        }
    }

    /// dz = w/s (g - mean(g) - (z - m) / s^2 mean(g (z - m))).
    pub(super) fn slopes<T: Real>(
        &self,
        moments: &Moments,
        sums: &[f64],
        slopes: &mut Slopes<T>,
        (state, gradients): (&[Entry<T>], &mut [Vec<T>]),
    ) {
        let of_norm = self.parameters.values(state);
        let (totals, products) = sums.split_at(sums.len() / 2);
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for plane in 0..of_norm.weight.len() {
            let inverse = inverse_deviation(moments.products[plane] / moments.count);
            let factor = of_norm.weight[plane] * inverse / moments.count;
            slopes.slope[plane] = T::from_f64(-factor * inverse * inverse * products[plane]);
            slopes.constant[plane] = T::from_f64(-factor * totals[plane]);
            weights.push(products[plane] * inverse);
            biases.push(totals[plane]);
        }
        self.parameters.set_gradients(&weights, &biases, gradients);
    }
}
