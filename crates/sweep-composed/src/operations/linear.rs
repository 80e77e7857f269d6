//! The dense layer.

use candle_core::{Result, Tensor};

use super::refuse;

/// `x` `[batch, in]` times the transpose of `weight` `[out, in]`, plus `bias` `[out]`. Result: `[batch, out]`.
///
/// # Errors
/// Where the shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let ((_, inputs), (outputs, weight_inputs)) = (x.dims2()?, weight.dims2()?);
    if inputs != weight_inputs || bias.dims() != [outputs] {
        return refuse(format!(
            "a dense layer of {:?} with weights {:?} and bias {:?} cannot be",
            x.dims(),
            weight.dims(),
            bias.dims()
        ));
    }
    x.matmul(&weight.t()?)?.broadcast_add(bias)
}

/// The same over the planes of `x` `[batch, in, height, time]`, at each place by itself. Result: `[batch, out, height, time]`.
///
/// # Errors
/// If the shapes do not fit.
pub fn linear_at_places(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (batch, planes, height, time) = x.dims4()?;
    let places = x.permute((0, 2, 3, 1))?.contiguous()?.reshape((batch * height * time, planes))?;
    let out = linear(&places, weight, bias)?;
    out.reshape((batch, height, time, ()))?.permute((0, 3, 1, 2))?.contiguous()
}
