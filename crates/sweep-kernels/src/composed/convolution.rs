//! Convolution with stride 1 and zero padding along time.

use candle_core::{Result, Tensor};

use crate::real::refuse;

/// The convolution of `x` `[batch, groups * inputs, height, time]` with `weight`
/// `[out, inputs, kernel_height, kernel_time]`, stride 1, `padding` zeros on either side of the time axis and none of the height; plus
/// `bias` `[out]`, if any. As PyTorch's `conv2d` it is a cross-correlation: the kernel is not mirrored.
///
/// Result: `[batch, out, height - kernel_height + 1, time + 2 * padding - kernel_time + 1]`.
///
/// # Errors
/// Where the shapes do not fit each other, or the kernel is larger than the padded input.
pub fn convolution(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    padding: usize,
    groups: usize,
) -> Result<Tensor> {
    check(x, weight, bias, padding, groups)?;
    let padded = if padding == 0 { x.clone() } else { x.pad_with_zeros(3, padding, padding)? };
    // candle's own: its gradients are right at stride 1.
    let out = padded.conv2d(weight, 0, 1, 1, groups)?;
    match bias {
        None => Ok(out),
        Some(bias) => out.broadcast_add(&bias.reshape((1, (), 1, 1))?),
    }
}

fn check(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, padding: usize, groups: usize) -> Result<()> {
    let (_, planes, height, time) = x.dims4()?;
    let (out_planes, inputs, kernel_height, kernel_time) = weight.dims4()?;
    let fits = groups > 0
        && planes == groups * inputs
        && out_planes.is_multiple_of(groups)
        && (1..=height).contains(&kernel_height)
        && (1..=time + 2 * padding).contains(&kernel_time)
        && bias.is_none_or(|bias| bias.dims() == [out_planes]);
    if fits {
        return Ok(());
    }
    refuse(format!(
        "a convolution of {:?} with {:?} (bias {:?}) in {groups} groups, padding {padding}, cannot be",
        x.dims(),
        weight.dims(),
        bias.map(Tensor::dims),
    ))
}
