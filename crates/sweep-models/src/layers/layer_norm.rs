//! The layer normalisation layer.

use candle_core::{Tensor, Var};

use super::{Initialiser, Mode, of_mode};
use crate::ModelError;

/// Weights, each `[plane]`.
#[derive(Debug)]
pub(crate) struct LayerNorm {
    pub(crate) weight: Var,
    pub(crate) bias: Var,
    epsilon: f64,
}

/// A layer normalisation that neither scales nor shifts.
pub(crate) fn layer_norm(
    planes: usize,
    epsilon: f64,
    new: &mut Initialiser<'_>,
) -> Result<LayerNorm, ModelError> {
    Ok(LayerNorm { weight: new.constant(1.0, planes)?, bias: new.constant(0.0, planes)?, epsilon })
}

impl LayerNorm {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
        let (weight, bias) = (of_mode(&self.weight, mode), of_mode(&self.bias, mode));
        Ok(sweep_kernels::layer_norm(x, &weight, &bias, self.epsilon)?)
    }
}
