//! The dense layer.

use candle_core::{Tensor, Var};
use sweep_networks::Bound;

use super::{Initialiser, Mode, of_mode};
use crate::ModelError;

/// A dense layer's weights.
#[derive(Debug)]
pub(crate) struct Dense {
    /// `[out, in]`.
    pub(crate) weight: Var,
    /// `[out]`.
    pub(crate) bias: Var,
    /// Which bound on norms holds for it.
    pub(crate) bound: Bound,
}

/// A dense layer with new weights.
pub(crate) fn dense(
    (inputs, outputs): (usize, usize),
    bound: Bound,
    new: &mut Initialiser<'_>,
) -> Result<Dense, ModelError> {
    Ok(Dense {
        weight: new.uniform(&[outputs, inputs], inputs)?,
        bias: new.uniform(&[outputs], inputs)?,
        bound,
    })
}

impl Dense {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
        let (weight, bias) = (of_mode(&self.weight, mode), of_mode(&self.bias, mode));
        Ok(match x.rank() {
            2 => sweep_kernels::linear(x, &weight, &bias)?,
            _ => sweep_kernels::linear_at_places(x, &weight, &bias)?,
        })
    }
}
