//! The dense layer.

use candle_core::{Tensor, Var};

use super::{Initialiser, Mode, of_mode};
use crate::ModelError;

/// A dense layer's weights.
#[derive(Debug)]
pub(crate) struct Dense {
    /// `[out, in]`.
    pub(crate) weight: Var,
    /// `[out]`.
    pub(crate) bias: Var,
}

/// A dense layer with new weights.
pub(crate) fn dense(inputs: usize, outputs: usize, new: &mut Initialiser<'_>) -> Result<Dense, ModelError> {
    Ok(Dense { weight: new.uniform(&[outputs, inputs], inputs)?, bias: new.uniform(&[outputs], inputs)? })
}

impl Dense {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
        Ok(sweep_kernels::linear(x, &of_mode(&self.weight, mode), &of_mode(&self.bias, mode))?)
    }
}
