//! The batch normalisation layer with its running statistics.

use candle_core::{Result, Tensor, Var};
use sweep_networks::batch_norm::{EPSILON, MOMENTUM};

use super::{Mode, New, of_mode};
use crate::operations::{batch_norm_evaluation, batch_norm_training};

/// Weights and running statistics, each `[plane]`.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    pub(crate) weight: Var,
    pub(crate) bias: Var,
    pub(crate) running_mean: Var,
    /// With the unbiased estimate.
    pub(crate) running_variance: Var,
}

/// A batch normalisation without weights.
pub(crate) fn batch_norm(planes: usize, new: &New<'_>) -> Result<BatchNorm> {
    Ok(BatchNorm {
        weight: new.zeros(&[planes])?,
        bias: new.zeros(&[planes])?,
        running_mean: new.zeros(&[planes])?,
        running_variance: new.zeros(&[planes])?,
    })
}

impl BatchNorm {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let (weight, bias) = (of_mode(&self.weight, mode), of_mode(&self.bias, mode));
        match mode {
            Mode::Train(_) => {
                let batch = batch_norm_training(x, &weight, &bias, EPSILON)?;
                move_towards(&self.running_mean, &batch.mean)?;
                move_towards(&self.running_variance, &batch.unbiased_variance)?;
                Ok(batch.output)
            }
            Mode::Evaluate => {
                let mean = self.running_mean.as_detached_tensor();
                let variance = self.running_variance.as_detached_tensor();
                batch_norm_evaluation(x, &weight, &bias, &mean, &variance, EPSILON)
            }
        }
    }
}

fn move_towards(running: &Var, newest: &Tensor) -> Result<()> {
    let kept = (running.as_detached_tensor() * (1.0 - MOMENTUM))?;
    running.set(&(kept + (newest * MOMENTUM)?)?)
}
