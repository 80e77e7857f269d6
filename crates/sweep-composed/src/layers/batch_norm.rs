//! The batch normalisation layer with its running statistics.

use candle_core::{Result, Tensor, Var};

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
    /// Weight of the newest batch in the running statistics.
    momentum: f64,
    /// Added to the variance.
    epsilon: f64,
}

/// A batch normalisation without weights.
pub(crate) fn batch_norm(planes: usize, (momentum, epsilon): (f64, f64), new: &New) -> Result<BatchNorm> {
    Ok(BatchNorm {
        weight: new.zeros(&[planes])?,
        bias: new.zeros(&[planes])?,
        running_mean: new.zeros(&[planes])?,
        running_variance: new.zeros(&[planes])?,
        momentum,
        epsilon,
    })
}

impl BatchNorm {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let (weight, bias) = (of_mode(&self.weight, mode), of_mode(&self.bias, mode));
        match mode {
            Mode::Train(_) => {
                let batch = batch_norm_training(x, &weight, &bias, self.epsilon)?;
                move_towards(&self.running_mean, &batch.mean, self.momentum)?;
                move_towards(&self.running_variance, &batch.unbiased_variance, self.momentum)?;
                Ok(batch.output)
            }
            Mode::Evaluate => {
                let mean = self.running_mean.as_detached_tensor();
                let variance = self.running_variance.as_detached_tensor();
                batch_norm_evaluation(x, &weight, &bias, &mean, &variance, self.epsilon)
            }
        }
    }
}

fn move_towards(running: &Var, newest: &Tensor, momentum: f64) -> Result<()> {
    let kept = (running.as_detached_tensor() * (1.0 - momentum))?;
    running.set(&(kept + (newest * momentum)?)?)
}
