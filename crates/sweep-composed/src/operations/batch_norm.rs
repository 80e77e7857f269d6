//! Batch normalisation over all but the channel axis (Ioffe and Szegedy 2015).

use candle_core::{D, Result, Tensor};

use super::refuse;

/// A batch, normalised by its own statistics.
#[derive(Debug, Clone)]
pub struct BatchNormalised {
    /// The output, of the input's shape.
    pub output: Tensor,
    /// Mean of each channel, `[channel]`; not part of the graph.
    pub mean: Tensor,
    /// Variance of each channel with the unbiased estimate (divided by count - 1), `[channel]`, as PyTorch keeps it in the
    /// running variance; not part of the graph.
    pub unbiased_variance: Tensor,
}

/// Normalises `x` `[batch, channel, ...]` by the mean and the biased variance of each channel in this batch, then scales by `weight`
/// and shifts by `bias`, both `[channel]`. The gradients pass through the statistics.
///
/// # Errors
/// Where the shapes do not fit, or a channel has fewer than two values, whose variance is not defined.
pub fn batch_norm_training(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    epsilon: f64,
) -> Result<BatchNormalised> {
    let sizes = Sizes::new(x, &[weight, bias])?;
    if sizes.count() < 2 {
        return refuse(format!("batch normalisation needs two values a channel, got {:?}", x.dims()));
    }
    let shape = per_channel(x);
    let of_channels = |values: &Tensor| values.reshape(shape.as_slice());
    let mean_of = |values: &Tensor| -> Result<Tensor> {
        values.reshape((sizes.batch, sizes.channels, sizes.positions))?.mean(D::Minus1)?.mean(0)
    };
    let mean = mean_of(x)?;
    let centred = x.broadcast_sub(&of_channels(&mean)?)?;
    let variance = mean_of(&centred.sqr()?)?;
    let scale = (weight / (&variance + epsilon)?.sqrt()?)?;
    let output = centred.broadcast_mul(&of_channels(&scale)?)?.broadcast_add(&of_channels(bias)?)?;
    let count = sizes.count() as f64;
    let unbiased_variance = (variance.detach() * (count / (count - 1.0)))?;
    Ok(BatchNormalised { output, mean: mean.detach(), unbiased_variance })
}

/// Normalises `x` `[batch, channel, ...]` by given statistics, all `[channel]`: the evaluation mode.
///
/// # Errors
/// Where the shapes do not fit.
pub fn batch_norm_evaluation(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    mean: &Tensor,
    variance: &Tensor,
    epsilon: f64,
) -> Result<Tensor> {
    Sizes::new(x, &[weight, bias, mean, variance])?;
    // As tensors of one value a channel these cost nothing, and gradients of weight and bias follow from the graph.
    let scale = (weight * (variance + epsilon)?.sqrt()?.recip()?)?;
    let shift = (bias - (mean * &scale)?)?;
    let shape = per_channel(x);
    x.broadcast_mul(&scale.reshape(shape.as_slice())?)?.broadcast_add(&shift.reshape(shape)?)
}

/// Sizes of `[batch, channel, ...]`.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    batch: usize,
    channels: usize,
    /// Values of one channel in one trial.
    positions: usize,
}

impl Sizes {
    fn new(x: &Tensor, per_channel: &[&Tensor]) -> Result<Self> {
        let [batch, channels, rest @ ..] = x.dims() else {
            return refuse(format!("batch normalisation of shape {:?}: it has no channel axis", x.dims()));
        };
        if let Some(other) = per_channel.iter().find(|tensor| tensor.dims() != [*channels]) {
            return refuse(format!(
                "batch normalisation of {:?} with values of shape {:?}: they must be one a channel",
                x.dims(),
                other.dims()
            ));
        }
        Ok(Self { batch: *batch, channels: *channels, positions: rest.iter().product() })
    }

    /// Values of one channel in the batch.
    fn count(self) -> usize {
        self.batch * self.positions
    }
}

/// The shape `[1, channel, 1, ...]`.
fn per_channel(x: &Tensor) -> Vec<usize> {
    x.dims().iter().enumerate().map(|(axis, size)| if axis == 1 { *size } else { 1 }).collect()
}
