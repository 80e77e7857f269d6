//! The batch normalisation layer with its running statistics.

use std::sync::atomic::AtomicI64;

use candle_core::{Tensor, Var};
use sweep_kernels::{batch_norm_evaluation, batch_norm_training};

use super::{Initialiser, Mode, of_mode};
use crate::ModelError;

/// Weights and running statistics, each `[plane]`.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    pub(crate) weight: Var,
    pub(crate) bias: Var,
    pub(crate) running_mean: Var,
    /// With the unbiased estimate.
    pub(crate) running_variance: Var,
    /// Batches seen in training. PyTorch keeps it, and so do we; it decides nothing.
    pub(crate) batches_tracked: AtomicI64,
    /// Weight of the newest batch in the running statistics.
    momentum: f64,
    /// Added to the variance.
    epsilon: f64,
}

/// A batch normalisation that changes nothing yet.
pub(crate) fn batch_norm(
    planes: usize,
    (momentum, epsilon): (f64, f64),
    new: &mut Initialiser<'_>,
) -> Result<BatchNorm, ModelError> {
    Ok(BatchNorm {
        weight: new.constant(1.0, planes)?,
        bias: new.constant(0.0, planes)?,
        running_mean: new.buffer(0.0, planes)?,
        running_variance: new.buffer(1.0, planes)?,
        batches_tracked: AtomicI64::new(0),
        momentum,
        epsilon,
    })
}

impl BatchNorm {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
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
                Ok(batch_norm_evaluation(x, &weight, &bias, &mean, &variance, self.epsilon)?)
            }
        }
    }
}

fn move_towards(running: &Var, newest: &Tensor, momentum: f64) -> Result<(), ModelError> {
    let kept = (running.as_detached_tensor() * (1.0 - momentum))?;
    Ok(running.set(&(kept + (newest * momentum)?)?)?)
}
