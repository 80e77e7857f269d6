//! Convolution.

use candle_core::{Result, Tensor};

use crate::real::refuse;

/// How a convolution goes over its input; pairs are height and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Zeros above and below the input.
    pub height: (usize, usize),
    /// Zeros before and behind it.
    pub time: (usize, usize),
    /// Distance of neighbouring outputs.
    pub stride: (usize, usize),
    /// Distance of neighbouring taps.
    pub dilation: (usize, usize),
    /// Groups of planes that are convolved by themselves.
    pub groups: usize,
}

impl Geometry {
    /// Stride 1, with `padding` zeros on either side of the time axis.
    pub fn plain(padding: usize, groups: usize) -> Self {
        Self { height: (0, 0), time: (padding, padding), stride: (1, 1), dilation: (1, 1), groups }
    }
}

/// The convolution of `x` `[batch, groups * inputs, height, time]` with `weight` `[out, inputs, kernel_height, kernel_time]`, plus
/// `bias` `[out]`, if any. As PyTorch's `conv2d` it is a cross-correlation: the kernel is not mirrored.
///
/// # Errors
/// Where the shapes do not fit each other, or the kernel is larger than the padded input.
pub fn convolution(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, geometry: Geometry) -> Result<Tensor> {
    check(x, weight, bias, geometry)?;
    let Geometry { height, time, stride, dilation, groups } = geometry;
    let padded = padded(&padded(x, 2, height)?, 3, time)?;
    // candle's own with stride 1 and without dilation: its gradients are right. Zeros between the taps are dilation, and every so many
    // outputs of all are a stride; the gradients of both follow from those of reshaping.
    let weight = dilated(&dilated(weight, 2, dilation.0)?, 3, dilation.1)?;
    let all = padded.conv2d(&weight, 0, 1, 1, groups)?;
    let out = every(&every(&all, 2, stride.0)?, 3, stride.1)?;
    match bias {
        None => Ok(out),
        Some(bias) => out.broadcast_add(&bias.reshape((1, (), 1, 1))?),
    }
}

fn padded(x: &Tensor, axis: usize, (before, behind): (usize, usize)) -> Result<Tensor> {
    if before + behind == 0 { Ok(x.clone()) } else { x.pad_with_zeros(axis, before, behind) }
}

/// `weight` with `distance - 1` zeros between neighbours along `axis`.
fn dilated(weight: &Tensor, axis: usize, distance: usize) -> Result<Tensor> {
    let taps = weight.dim(axis)?;
    if distance == 1 || taps == 1 {
        return Ok(weight.clone());
    }
    let mut shape = weight.dims().to_vec();
    shape[axis] = taps * distance;
    let spread = weight.unsqueeze(axis + 1)?.pad_with_zeros(axis + 1, 0, distance - 1)?.reshape(shape)?;
    spread.narrow(axis, 0, (taps - 1) * distance + 1)
}

/// Every element of `x` along `axis` whose number is a multiple of `distance`.
pub(super) fn every(x: &Tensor, axis: usize, distance: usize) -> Result<Tensor> {
    if distance == 1 {
        return Ok(x.clone());
    }
    let count = x.dim(axis)?.div_ceil(distance);
    let whole = padded(x, axis, (0, count * distance - x.dim(axis)?))?;
    let mut shape = x.dims().to_vec();
    shape.splice(axis..=axis, [count, distance]);
    whole.reshape(shape)?.narrow(axis + 1, 0, 1)?.squeeze(axis + 1)?.contiguous()
}

fn check(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, geometry: Geometry) -> Result<()> {
    let (_, planes, height, time) = x.dims4()?;
    let (out_planes, inputs, kernel_height, kernel_time) = weight.dims4()?;
    let Geometry { groups, stride, dilation, .. } = geometry;
    let is_covered = |size: usize, padding: (usize, usize), taps: usize, dilation: usize| {
        (1..=size + padding.0 + padding.1).contains(&(taps.saturating_sub(1) * dilation + 1))
    };
    let fits = groups > 0
        && planes == groups * inputs
        && out_planes.is_multiple_of(groups)
        && [stride.0, stride.1, dilation.0, dilation.1, kernel_height, kernel_time]
            .iter()
            .all(|size| *size > 0)
        && is_covered(height, geometry.height, kernel_height, dilation.0)
        && is_covered(time, geometry.time, kernel_time, dilation.1)
        && bias.is_none_or(|bias| bias.dims() == [out_planes]);
    if fits {
        return Ok(());
    }
    refuse(format!(
        "a convolution of {:?} with {:?} (bias {:?}) cannot be with {geometry:?}",
        x.dims(),
        weight.dims(),
        bias.map(Tensor::dims),
    ))
}
