//! One batch normalisation of what is stored.

use candle_core::Var;
use sweep_kernels::{Mixing, Moments, Real, Slopes};

use super::{BatchStatistics, NormParameters, inverse_deviation, values};
use crate::ModelError;

/// A batch normalisation of a convolution's output, which is stored without its bias.
#[derive(Debug)]
pub(in crate::fused) struct PlainNorm {
    pub(in crate::fused) parameters: NormParameters,
    pub(in crate::fused) bias: PlainBias,
}

/// The bias of the convolution.
#[derive(Debug)]
pub(in crate::fused) enum PlainBias {
    /// None.
    None,
    /// One a plane.
    Own(Var),
    /// That of two merged convolutions: `spatial` `[output, filter, channel, 1]` carries the bias of the first, one a filter, on.
    Merged { spatial: Var, temporal_bias: Option<Var>, spatial_bias: Option<Var> },
}

impl PlainBias {
    fn values<T: Real>(&self, planes: usize) -> Result<Vec<f64>, ModelError> {
        match self {
            Self::None => Ok(vec![0.0; planes]),
            Self::Own(bias) => values::<T>(bias),
            Self::Merged { spatial, temporal_bias, spatial_bias } => {
                let mut bias = match spatial_bias {
                    Some(bias) => values::<T>(bias)?,
                    None => vec![0.0; planes],
                };
                if let Some(temporal) = temporal_bias {
                    let (temporal, weights) = (values::<T>(temporal)?, values::<T>(spatial)?);
                    let channels = weights.len() / (planes * temporal.len());
                    let rows = weights.chunks_exact(temporal.len() * channels);
                    for (bias, row) in bias.iter_mut().zip(rows) {
                        let carried = row.chunks_exact(channels).zip(&temporal);
                        *bias += carried.map(|(row, bias)| row.iter().sum::<f64>() * bias).sum::<f64>();
                    }
                }
                Ok(bias)
            }
        }
    }
}

impl PlainNorm {
    pub(super) fn normalise<T: Real>(
        &self,
        moments: &Moments,
        mixing: &mut Mixing<T>,
    ) -> Result<(), ModelError> {
        let of_norm = self.parameters.values::<T>()?;
        let bias = self.bias.values::<T>(of_norm.weight.len())?;
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for (plane, bias) in bias.iter().enumerate() {
            let (mean, squares) = (moments.mean[plane], moments.products[plane]);
            let weight = of_norm.weight[plane] * inverse_deviation(squares / moments.count);
            mixing.weight[plane] = T::from_f64(weight);
            mixing.offset[plane] = T::from_f64(of_norm.bias[plane] - weight * mean);
            means.push(mean + bias);
            variances.push(squares / (moments.count - 1.0));
        }
        self.parameters.follow::<T>(&BatchStatistics { mean: means, unbiased_variance: variances })
    }

    pub(super) fn normalise_by_running_statistics<T: Real>(
        &self,
        mixing: &mut Mixing<T>,
    ) -> Result<(), ModelError> {
        let of_norm = self.parameters.values::<T>()?;
        let [means, variances] = self.parameters.running::<T>()?;
        let bias = self.bias.values::<T>(of_norm.weight.len())?;
        for plane in 0..of_norm.weight.len() {
            let weight = of_norm.weight[plane] * inverse_deviation(variances[plane]);
            mixing.weight[plane] = T::from_f64(weight);
            mixing.offset[plane] = T::from_f64(of_norm.bias[plane] + weight * (bias[plane] - means[plane]));
        }
        Ok(())
    }

    /// dz = w/s (g - mean(g) - (z - m) / s^2 mean(g (z - m))).
    pub(super) fn slopes<T: Real>(
        &self,
        moments: &Moments,
        sums: &[f64],
        slopes: &mut Slopes<T>,
    ) -> Result<(), ModelError> {
        let of_norm = self.parameters.values::<T>()?;
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
        self.parameters.set_gradients::<T>(&weights, &biases)
    }
}
