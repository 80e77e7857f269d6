//! The convolution layer.

use candle_core::{Tensor, Var};

use super::{Initialiser, Mode, of_mode};
use crate::{
    ModelError,
    blueprint::{Bias, ConvolutionSizes},
};

/// A convolution's sizes and weights.
#[derive(Debug)]
pub(crate) struct Convolution {
    pub(crate) sizes: ConvolutionSizes,
    /// `[out, in / groups, height, time]`.
    pub(crate) weight: Var,
    /// `[out]`.
    pub(crate) bias: Option<Var>,
}

/// A convolution with new weights.
pub(crate) fn convolution(
    sizes: ConvolutionSizes,
    new: &mut Initialiser<'_>,
) -> Result<Convolution, ModelError> {
    let shape = sizes.weight_shape();
    let fan_in = shape[1] * shape[2] * shape[3];
    let weight = new.uniform(&shape, fan_in)?;
    let bias = match sizes.bias {
        Bias::With => Some(new.uniform(&[sizes.outputs], fan_in)?),
        Bias::Without => None,
    };
    Ok(Convolution { sizes, weight, bias })
}

impl Convolution {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
        let (weight, bias) =
            (of_mode(&self.weight, mode), self.bias.as_ref().map(|bias| of_mode(bias, mode)));
        let ConvolutionSizes { padding, groups, .. } = self.sizes;
        Ok(sweep_kernels::convolution(x, &weight, bias.as_ref(), padding, groups)?)
    }
}
