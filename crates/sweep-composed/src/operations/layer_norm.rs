//! Layer normalisation (Ba, Kiros and Hinton 2016).

use candle_core::{Result, Tensor};

use super::refuse;

/// Normalises `x` `[batch, plane, height, time]` over the planes at each place, by their mean and biased variance, then scales by
/// `weight` and shifts by `bias`, both `[plane]`.
///
/// # Errors
/// If the shapes do not fit.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, epsilon: f64) -> Result<Tensor> {
    let (_, planes, _, _) = x.dims4()?;
    if weight.dims() != [planes] || bias.dims() != [planes] {
        return refuse(format!(
            "layer normalisation of {:?} with weights {:?} and bias {:?}",
            x.dims(),
            weight.dims(),
            bias.dims()
        ));
    }
    let centred = x.broadcast_sub(&x.mean_keepdim(1)?)?;
    let deviation = (centred.sqr()?.mean_keepdim(1)? + epsilon)?.sqrt()?;
    let of_planes = |values: &Tensor| values.reshape((1, planes, 1, 1));
    centred.broadcast_div(&deviation)?.broadcast_mul(&of_planes(weight)?)?.broadcast_add(&of_planes(bias)?)
}
