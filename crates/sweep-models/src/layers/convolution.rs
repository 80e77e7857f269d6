//! The convolution layer.

use candle_core::{Tensor, Var};
use sweep_kernels::Geometry;
use sweep_networks::{Bias, ConvolutionSizes};

use super::{Initialiser, Mode, of_mode};
use crate::ModelError;

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
        let ConvolutionSizes { padding, stride, dilation, groups, .. } = self.sizes;
        let geometry = Geometry { height: padding.height, time: padding.time, stride, dilation, groups };
        Ok(sweep_kernels::convolution(x, &weight, bias.as_ref(), geometry)?)
    }
}
