//! The layer normalisation layer.

use candle_core::{Result, Tensor, Var};

use super::{Mode, New, of_mode};
use crate::operations;

/// Weights, each `[plane]`.
#[derive(Debug)]
pub(crate) struct LayerNorm {
    pub(crate) weight: Var,
    pub(crate) bias: Var,
    epsilon: f64,
}

/// A layer normalisation without weights.
pub(crate) fn layer_norm(planes: usize, epsilon: f64, new: &New) -> Result<LayerNorm> {
    Ok(LayerNorm { weight: new.zeros(&[planes])?, bias: new.zeros(&[planes])?, epsilon })
}

impl LayerNorm {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let (weight, bias) = (of_mode(&self.weight, mode), of_mode(&self.bias, mode));
        operations::layer_norm(x, &weight, &bias, self.epsilon)
    }
}
