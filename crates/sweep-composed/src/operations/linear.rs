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
