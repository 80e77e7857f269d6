//! Two batch normalisations with a depthwise convolution over the channels between them.
//!
//! With u the stored values of channel c and filter f, the first gives h = a (u - m1) + b1 with a = w1 / s1; plane (f, copy) is
//! z = sum over c of v[c] h[c]; the second gives b (z - m2) + b2 with b = w2 / s2. All is linear in u, and the statistics of z follow from means
//! and co-moments of u.

use sweep_kernels::{Mixing, Mixture, Moments, Real, Slopes};

use super::{BatchStatistics, NormParameters, NormValues, inverse_deviation, values};
use crate::state::Entry;

/// The two normalisations and the convolution between them.
#[derive(Debug)]
pub(in crate::fused) struct MixedNorm {
    pub(in crate::fused) first: NormParameters,
    /// The place of its weights `[filter * copies, 1, channel, 1]` in the state.
    pub(in crate::fused) depthwise: usize,
    pub(in crate::fused) second: NormParameters,
}

/// The parameters' values.
struct Values {
    first: NormValues,
    depthwise: Vec<f64>,
    second: NormValues,
}

/// One filter's moments.
struct FilterMoments<'a> {
    mixture: Mixture,
    moments: &'a Moments,
    filter: usize,
}

impl FilterMoments<'_> {
    fn mean(&self, channel: usize) -> f64 {
        self.moments.mean[channel * self.mixture.filters + self.filter]
    }

    /// The sum of products of distances from the means.
    fn product(&self, first: usize, second: usize) -> f64 {
        self.moments.products[self.mixture.pair(first, second) * self.mixture.filters + self.filter]
    }

    /// The mean over all channels.
    fn joint_mean(&self) -> f64 {
        self.channels().map(|channel| self.mean(channel)).sum::<f64>() / self.mixture.channels as f64
    }

    /// The sum over all channels of squared distances from the joint mean.
    fn joint_squares(&self) -> f64 {
        let mean = self.joint_mean();
        let distance = |channel| self.moments.count * (self.mean(channel) - mean).powi(2);
        self.channels().map(|channel| self.product(channel, channel) + distance(channel)).sum()
    }

    /// Values that the first normalisation has of this filter.
    fn joint_count(&self) -> f64 {
        self.moments.count * self.mixture.channels as f64
    }

    /// The sums of products of every channel with the mixture by `weights`.
    fn products_with(&self, weights: &[f64]) -> Vec<f64> {
        let with = |channel| {
            weights.iter().enumerate().map(move |(other, weight)| weight * self.product(channel, other))
        };
        self.channels().map(|channel| with(channel).sum()).collect()
    }

    fn channels(&self) -> std::ops::Range<usize> {
        0..self.mixture.channels
    }
}

impl MixedNorm {
    fn values<T: Real>(&self, state: &[Entry<T>]) -> Values {
        Values {
            first: self.first.values(state),
            depthwise: values(state, self.depthwise),
            second: self.second.values(state),
        }
    }

    pub(super) fn normalise<T: Real>(
        &self,
        mixture: Mixture,
        moments: &Moments,
        mixing: &mut Mixing<T>,
        state: &mut [Entry<T>],
    ) {
        let values = self.values(state);
        let new = || BatchStatistics { mean: Vec::new(), unbiased_variance: Vec::new() };
        let (mut first, mut second) = (new(), new());
        for filter in 0..values.first.weight.len() {
            let of_filter = FilterMoments { mixture, moments, filter };
            let (joint_mean, squares, count) =
                (of_filter.joint_mean(), of_filter.joint_squares(), of_filter.joint_count());
            let a = values.first.weight[filter] * inverse_deviation(squares / count);
            first.mean.push(joint_mean);
            first.unbiased_variance.push(squares / (count - 1.0));
            for copy in 0..mixture.copies {
                let plane = filter * mixture.copies + copy;
                let weights = &values.depthwise[plane * mixture.channels..][..mixture.channels];
                let dot = |other: &[f64]| weights.iter().zip(other).map(|(v, other)| v * other).sum::<f64>();
                let squares = a * a * dot(&of_filter.products_with(weights));
                let b = values.second.weight[plane] * inverse_deviation(squares / moments.count);
                let means: Vec<f64> = of_filter.channels().map(|channel| of_filter.mean(channel)).collect();
                let lane = copy * mixture.filters + filter;
                for (channel, weight) in weights.iter().enumerate() {
                    mixing.weight[channel * mixture.planes() + lane] = T::from_f64(b * weight * a);
                }
                mixing.offset[lane] = T::from_f64(values.second.bias[plane] - b * a * dot(&means));
                let of_h = |mean: &f64| a * (mean - joint_mean) + values.first.bias[filter];
                second.mean.push(dot(&means.iter().map(of_h).collect::<Vec<_>>()));
                second.unbiased_variance.push(squares / (moments.count - 1.0));
            }
        }
        self.first.follow(&first, state);
        self.second.follow(&second, state);
    }

    pub(super) fn normalise_by_running_statistics<T: Real>(
        &self,
        mixture: Mixture,
        mixing: &mut Mixing<T>,
        state: &[Entry<T>],
    ) {
        let values = self.values(state);
        let [first_mean, first_variance] = self.first.running(state);
        let [second_mean, second_variance] = self.second.running(state);
        for filter in 0..values.first.weight.len() {
            let a = values.first.weight[filter] * inverse_deviation(first_variance[filter]);
            for copy in 0..mixture.copies {
                let plane = filter * mixture.copies + copy;
                let b = values.second.weight[plane] * inverse_deviation(second_variance[plane]);
                let lane = copy * mixture.filters + filter;
                let weights = &values.depthwise[plane * mixture.channels..][..mixture.channels];
                for (channel, weight) in weights.iter().enumerate() {
                    mixing.weight[channel * mixture.planes() + lane] = T::from_f64(b * weight * a);
                }
                let constant =
                    weights.iter().sum::<f64>() * (values.first.bias[filter] - a * first_mean[filter]);
                mixing.offset[lane] =
                    T::from_f64(values.second.bias[plane] + b * (constant - second_mean[plane]));
            }
        }
    }

    /// With n rows and g the gradient of the last values: dz = b (g - mean(g) - (z - m2) / s2^2 mean(g (z - m2))), whose sum is 0; so is that
    /// of dh, the gradient of h, and du = a (dh - (u - m1) / s1^2 mean(dh (u - m1))).
    pub(super) fn slopes<T: Real>(
        &self,
        mixture: Mixture,
        moments: &Moments,
        sums: &[f64],
        slopes: &mut Slopes<T>,
        (state, gradients): (&[Entry<T>], &mut [Vec<T>]),
    ) {
        let values = self.values(state);
        let (channels, planes) = (mixture.channels, mixture.planes());
        let count = moments.count;
        let filters = values.first.weight.len();
        let mut depthwise_gradient = vec![0.0; values.depthwise.len()];
        let [mut first_weight, mut second_weight, mut second_bias] = [Vec::new(), Vec::new(), Vec::new()];
        for filter in 0..filters {
            let of_filter = FilterMoments { mixture, moments, filter };
            let inverse1 = inverse_deviation(of_filter.joint_squares() / of_filter.joint_count());
            let a = values.first.weight[filter] * inverse1;
            let (mut slope, mut constant) = (vec![0.0; channels * channels], vec![0.0; channels]);
            // The sum of dh (u - m1).
            let mut joint = 0.0;
            for copy in 0..mixture.copies {
                let (plane, lane) = (filter * mixture.copies + copy, copy * mixture.filters + filter);
                let weights = &values.depthwise[plane * channels..][..channels];
                let total = sums[lane];
                let with_u: Vec<f64> = (1..=channels).map(|row| sums[row * planes + lane]).collect();
                let with_z = a * weights.iter().zip(&with_u).map(|(weight, sum)| weight * sum).sum::<f64>();
                let products = of_filter.products_with(weights);
                let squares =
                    a * a * weights.iter().zip(&products).map(|(v, product)| v * product).sum::<f64>();
                let inverse2 = inverse_deviation(squares / count);
                let b = values.second.weight[plane] * inverse2;
                second_weight.push(with_z * inverse2);
                second_bias.push(total);
                // dz falls by this for every unit of z.
                let fall = inverse2 * inverse2 * with_z / count;
                for channel in 0..channels {
                    // The sum of dz (u - its mean), which is that of dz h / a, since dz sums to 0.
                    let dz_with_u = b * (with_u[channel] - fall * a * products[channel]);
                    depthwise_gradient[plane * channels + channel] = a * dz_with_u;
                    joint += weights[channel] * dz_with_u;
                    let weight = a * weights[channel] * b;
                    constant[channel] -= weight * total / count;
                    for other in 0..channels {
                        slope[channel * channels + other] -= weight * fall * a * weights[other];
                    }
                }
            }
            first_weight.push(joint * inverse1);
            let fall = a * inverse1 * inverse1 * joint / of_filter.joint_count();
            for channel in 0..channels {
                slope[channel * channels + channel] -= fall;
                constant[channel] -= fall * (of_filter.mean(channel) - of_filter.joint_mean());
                for other in 0..channels {
                    let at = (channel * channels + other) * mixture.filters + filter;
                    slopes.slope[at] = T::from_f64(slope[channel * channels + other]);
                }
                slopes.constant[channel * mixture.filters + filter] = T::from_f64(constant[channel]);
            }
        }
        self.first.set_gradients(&first_weight, &vec![0.0; filters], gradients);
        self.second.set_gradients(&second_weight, &second_bias, gradients);
        let pairs = gradients[self.depthwise].iter_mut().zip(&depthwise_gradient);
        pairs.for_each(|(to, from)| *to = T::from_f64(*from));
    }
}
