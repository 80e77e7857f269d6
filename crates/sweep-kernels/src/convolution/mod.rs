//! Convolution with stride 1 and zero padding along time.

mod columns;
mod direct;
mod fused;
mod geometry;

use candle_core::{Result, Tensor};

use self::geometry::Geometry;
use crate::Form;

/// The convolution of `x` `[batch, groups * inputs, height, time]` with `weight`
/// `[out, inputs, kernel_height, kernel_time]`, stride 1, `padding` zeros on either side of the time axis and none of the height; plus
/// `bias` `[out]`, if any. As PyTorch's `conv2d` it is a cross-correlation: the kernel is not mirrored.
///
/// Result: `[batch, out, height - kernel_height + 1, time + 2 * padding - kernel_time + 1]`. The input's gradient is computed only
/// where the input is part of a graph.
///
/// # Errors
/// Where the shapes do not fit each other, or the kernel is larger than the padded input.
pub fn convolution(
    form: Form,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    padding: usize,
    groups: usize,
) -> Result<Tensor> {
    let geometry = Geometry::new(x, weight, bias, padding, groups)?;
    match form {
        Form::Fused => {
            let (x, weight) = (x.contiguous()?, weight.contiguous()?);
            let operation = fused::Convolution(geometry);
            match bias {
                None => x.apply_op2(&weight, operation),
                Some(bias) => x.apply_op3(&weight, &bias.contiguous()?, operation),
            }
        }
        Form::Composed => composed(x, weight, bias, padding, groups),
    }
}

/// Candle's own `conv2d`, whose gradients are right at stride 1.
fn composed(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    padding: usize,
    groups: usize,
) -> Result<Tensor> {
    let padded = if padding == 0 { x.clone() } else { x.pad_with_zeros(3, padding, padding)? };
    let out = padded.conv2d(weight, 0, 1, 1, groups)?;
    match bias {
        None => Ok(out),
        Some(bias) => out.broadcast_add(&bias.reshape((1, (), 1, 1))?),
    }
}
