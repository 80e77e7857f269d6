//! The dense layer.

use candle_core::{Result, Tensor, Var};

use super::{Mode, New, of_mode};
use crate::operations::{linear, linear_at_places};

/// A dense layer's weights.
#[derive(Debug)]
pub(crate) struct Dense {
    /// `[out, in]`.
    pub(crate) weight: Var,
    /// `[out]`.
    pub(crate) bias: Var,
}

/// A dense layer without weights.
pub(crate) fn dense(inputs: usize, outputs: usize, new: &New) -> Result<Dense> {
    Ok(Dense { weight: new.zeros(&[outputs, inputs])?, bias: new.zeros(&[outputs])? })
}

impl Dense {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let (weight, bias) = (of_mode(&self.weight, mode), of_mode(&self.bias, mode));
        match x.rank() {
            2 => linear(x, &weight, &bias),
            _ => linear_at_places(x, &weight, &bias),
        }
    }
}
