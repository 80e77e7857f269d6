//! The convolution layer.

use candle_core::{Result, Tensor, Var};
use sweep_networks::{Bias, ConvolutionSizes};

use super::{Mode, New, of_mode};
use crate::operations::{self, Geometry};

/// A convolution's sizes and weights.
#[derive(Debug)]
pub(crate) struct Convolution {
    pub(crate) sizes: ConvolutionSizes,
    /// `[out, in / groups, height, time]`.
    pub(crate) weight: Var,
    /// `[out]`.
    pub(crate) bias: Option<Var>,
}

/// A convolution without weights.
pub(crate) fn convolution(sizes: ConvolutionSizes, new: &New) -> Result<Convolution> {
    let weight = new.zeros(&sizes.weight_shape())?;
    let bias = match sizes.bias {
        Bias::With => Some(new.zeros(&[sizes.outputs])?),
        Bias::Without => None,
    };
    Ok(Convolution { sizes, weight, bias })
}

impl Convolution {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let (weight, bias) =
            (of_mode(&self.weight, mode), self.bias.as_ref().map(|bias| of_mode(bias, mode)));
        let ConvolutionSizes { padding, stride, dilation, groups, .. } = self.sizes;
        let geometry = Geometry { height: padding.height, time: padding.time, stride, dilation, groups };
        operations::convolution(x, &weight, bias.as_ref(), geometry)
    }
}
