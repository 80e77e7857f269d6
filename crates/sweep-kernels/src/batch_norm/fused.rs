//! Batch normalisation on the processor, with its own backward pass.
//!
//! Statistics are taken a row at a time, while the row is in the cache, and joined over trials in float64 (Chan, Golub and LeVeque 1983),
//! so that a large mean does not spoil a small variance.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, WithDType, backend::BackendStorage};

use super::{BatchNormalised, Sizes};
use crate::{
    host::{elements, open, tensor},
    parallel::{for_each_chunk, map},
    real::{Real, for_real, refuse},
    sums::{sum, sum_of_pairs},
};

/// Mean and biased variance of each channel.
#[derive(Debug, Clone)]
struct Statistics {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// In training mode: operands are input, weight and bias.
#[derive(Debug)]
struct Training {
    sizes: Sizes,
    epsilon: f64,
    /// Set by the forward pass, for the backward pass and the running statistics.
    statistics: Arc<OnceLock<Statistics>>,
}

pub(super) fn training(
    sizes: Sizes,
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    epsilon: f64,
) -> Result<BatchNormalised> {
    let statistics = Arc::new(OnceLock::new());
    let operation = Training { sizes, epsilon, statistics: Arc::clone(&statistics) };
    let output = x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, operation)?;
    let Some(statistics) = statistics.get() else { return refuse("no statistics of the batch".to_owned()) };
    let count = sizes.count() as f64;
    let unbiased = |variance: &f64| variance * count / (count - 1.0);
    let unbiased: Vec<f64> = statistics.variance.iter().map(unbiased).collect();
    for_real!(x.dtype(), T => Ok(BatchNormalised {
        output,
        mean: tensor(convert::<T>(&statistics.mean), sizes.channels)?,
        unbiased_variance: tensor(convert::<T>(&unbiased), sizes.channels)?,
    }))
}

fn convert<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::from_f64(*value)).collect()
}

impl Statistics {
    fn of<T: Real>(sizes: Sizes, x: &[T]) -> Self {
        let Sizes { batch, channels, positions } = sizes;
        let row_count = positions as f64;
        let rows: Vec<Vec<(f64, f64)>> = map(batch, |trial| {
            let x = &x[trial * channels * positions..][..channels * positions];
            x.chunks_exact(positions).map(row_statistics).collect()
        });
        let (mut means, mut variances) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        for channel in 0..channels {
            let mean = rows.iter().map(|row| row[channel].0).sum::<f64>() / batch as f64;
            let squares: f64 = rows
                .iter()
                .map(|row| row[channel])
                .map(|(row_mean, squares)| squares + row_count * (row_mean - mean).powi(2))
                .sum();
            means.push(mean);
            variances.push(squares / (row_count * batch as f64));
        }
        Self { mean: means, variance: variances }
    }
}

/// Mean of a row and sum of squared distances from it.
fn row_statistics<T: Real>(row: &[T]) -> (f64, f64) {
    let mean = sum(row, |x| x) / row.len() as f64;
    // Distances are taken from the mean as T has it, and the difference made good (the corrected two-pass algorithm).
    let near = T::from_f64(mean);
    let squares = sum(row, |x| (x - near) * (x - near));
    (mean, squares - row.len() as f64 * (mean - near.to_f64()).powi(2))
}

impl Training {
    fn inverse_deviation(&self, variance: f64) -> f64 {
        1.0 / (variance + self.epsilon).sqrt()
    }

    fn forward<T: Real>(&self, x: &[T], weight: &[T], bias: &[T]) -> Vec<T> {
        let statistics = Statistics::of(self.sizes, x);
        let (mut scale, mut shift) = (Vec::new(), Vec::new());
        for channel in 0..self.sizes.channels {
            let factor = weight[channel].to_f64() * self.inverse_deviation(statistics.variance[channel]);
            scale.push(T::from_f64(factor));
            shift.push(T::from_f64(bias[channel].to_f64() - statistics.mean[channel] * factor));
        }
        let out = map_planes(self.sizes, x, |channel, x| x * scale[channel] + shift[channel]);
        // A second forward pass of one operation does not happen; if it did, the first statistics would be the graph's.
        let _ = self.statistics.set(statistics);
        out
    }

    fn backward<T: Real>(&self, x: &[T], weight: &[T], gradient: &[T]) -> Result<[Vec<T>; 3]> {
        let Some(statistics) = self.statistics.get() else {
            return refuse("a backward pass without a forward pass".to_owned());
        };
        let Sizes { channels, positions, .. } = self.sizes;
        let trial = channels * positions;
        let mean: Vec<T> = convert(&statistics.mean);
        // For each channel the sums of dy and of dy (x - mean).
        let rows: Vec<Vec<(f64, f64)>> = map(self.sizes.batch, |number| {
            let (x, gradient) = (&x[number * trial..][..trial], &gradient[number * trial..][..trial]);
            let planes = x.chunks_exact(positions).zip(gradient.chunks_exact(positions)).zip(&mean);
            planes
                .map(|((x, dy), mean)| (sum(dy, |dy| dy), sum_of_pairs(x, dy, |x, dy| (x - *mean) * dy)))
                .collect()
        });
        let count = self.sizes.count() as f64;
        let [mut weight_gradient, mut bias_gradient] = [Vec::new(), Vec::new()];
        let mut coefficients: Vec<[T; 3]> = Vec::new();
        for channel in 0..channels {
            let deviation = self.inverse_deviation(statistics.variance[channel]);
            let sum_dy: f64 = rows.iter().map(|row| row[channel].0).sum();
            let product = rows.iter().map(|row| row[channel].1).sum::<f64>()
                - (statistics.mean[channel] - mean[channel].to_f64()) * sum_dy;
            weight_gradient.push(T::from_f64(product * deviation));
            bias_gradient.push(T::from_f64(sum_dy));
            // dx = w/s (dy - mean(dy) - (x - mean) / s^2 * mean(dy (x - mean)))
            let factor = weight[channel].to_f64() * deviation;
            let slope = -factor * deviation * deviation * product / count;
            let constant = -factor * sum_dy / count;
            coefficients.push([factor, slope, constant].map(T::from_f64));
        }
        let mut input_gradient = vec![T::zero(); x.len()];
        for_each_chunk(&mut input_gradient, trial, |number, out| {
            let (x, gradient) = (&x[number * trial..][..trial], &gradient[number * trial..][..trial]);
            for (channel, out) in out.chunks_exact_mut(positions).enumerate() {
                let [factor, slope, constant] = coefficients[channel];
                let mean = mean[channel];
                let (x, dy) =
                    (&x[channel * positions..][..positions], &gradient[channel * positions..][..positions]);
                for ((out, x), dy) in out.iter_mut().zip(x).zip(dy) {
                    *out = *dy * factor + ((*x - mean) * slope + constant);
                }
            }
        });
        Ok([input_gradient, weight_gradient, bias_gradient])
    }
}

/// A value of each element, by its channel.
fn map_planes<T: Real>(sizes: Sizes, x: &[T], value: impl Fn(usize, T) -> T + Sync + Send) -> Vec<T> {
    let Sizes { channels, positions, .. } = sizes;
    let trial = channels * positions;
    let mut out = vec![T::zero(); x.len()];
    for_each_chunk(&mut out, trial, |number, out| {
        let x = &x[number * trial..][..trial];
        let planes = out.chunks_exact_mut(positions).zip(x.chunks_exact(positions));
        for (channel, (out, x)) in planes.enumerate() {
            out.iter_mut().zip(x).for_each(|(out, x)| *out = value(channel, *x));
        }
    });
    out
}

impl CustomOp3 for Training {
    fn name(&self) -> &'static str {
        "batch normalisation"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_real!(x.dtype(), T => {
            let (weight, bias) = (elements(weight, weight_layout)?, elements(bias, bias_layout)?);
            let out = self.forward::<T>(elements(x, x_layout)?, weight, bias);
            Ok((T::to_cpu_storage_owned(out), x_layout.shape().clone()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let (xs, weights, gradients) = (open(x), open(weight), open(&gradient));
        for_real!(x.dtype(), T => {
            let [dx, dw, db] = self.backward::<T>(xs.elements()?, weights.elements()?, gradients.elements()?)?;
            Ok((
                Some(tensor(dx, x.shape())?),
                Some(tensor(dw, weight.shape())?),
                Some(tensor(db, bias.shape())?),
            ))
        })
    }
}

/// `x` times `scale` plus `shift`, both one value a channel.
#[derive(Debug)]
struct ScaleAndShift(Sizes);

pub(super) fn scale_and_shift(x: &Tensor, scale: &Tensor, shift: &Tensor) -> Result<Tensor> {
    let sizes = Sizes::new(x, &[scale, shift])?;
    x.contiguous()?.apply_op3(&scale.contiguous()?, &shift.contiguous()?, ScaleAndShift(sizes))
}

impl ScaleAndShift {
    fn backward<T: Real>(&self, x: &[T], scale: &[T], gradient: &[T]) -> [Vec<T>; 3] {
        let Sizes { channels, positions, .. } = self.0;
        let (mut scale_gradient, mut shift_gradient) = (vec![0.0; channels], vec![0.0; channels]);
        for (plane, (x, dy)) in x.chunks_exact(positions).zip(gradient.chunks_exact(positions)).enumerate() {
            scale_gradient[plane % channels] += sum_of_pairs(x, dy, |x, dy| x * dy);
            shift_gradient[plane % channels] += sum(dy, |dy| dy);
        }
        let input_gradient = map_planes(self.0, gradient, |channel, dy| dy * scale[channel]);
        [input_gradient, convert(&scale_gradient), convert(&shift_gradient)]
    }
}

impl CustomOp3 for ScaleAndShift {
    fn name(&self) -> &'static str {
        "scale and shift"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_real!(x.dtype(), T => {
            let scale = elements::<T>(scale, scale_layout)?;
            let shift = elements::<T>(shift, shift_layout)?;
            let x = elements::<T>(x, x_layout)?;
            let out = map_planes(self.0, x, |channel, x| x * scale[channel] + shift[channel]);
            Ok((T::to_cpu_storage_owned(out), x_layout.shape().clone()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let (xs, scales, gradients) = (open(x), open(scale), open(&gradient));
        for_real!(x.dtype(), T => {
            let [dx, ds, db] = self.backward::<T>(xs.elements()?, scales.elements()?, gradients.elements()?);
            Ok((
                Some(tensor(dx, x.shape())?),
                Some(tensor(ds, scale.shape())?),
                Some(tensor(db, shift.shape())?),
            ))
        })
    }
}
