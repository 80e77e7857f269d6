//! Average and maximum over windows of time.

use candle_core::{D, Result, Tensor};
use sweep_kernels::Pooling;

use super::refuse;

/// Pools the last axis of `x` `[..., time]` with windows of `size` samples, `size` apart. The last `time % size` samples are
/// dropped and get a gradient of 0. Result: `[..., time / size]`.
///
/// # Errors
/// Where `size` is 0 or larger than the time axis.
pub fn pool(x: &Tensor, pooling: Pooling, size: usize) -> Result<Tensor> {
    let time = x.dim(D::Minus1)?;
    if size == 0 || size > time {
        return refuse(format!("pooling of {time} samples in windows of {size}"));
    }
    let mut dims = x.dims()[..x.rank() - 1].to_vec();
    dims.extend([time / size, size]);
    pool_windows(&x.narrow(D::Minus1, 0, time / size * size)?.reshape(dims)?, pooling)
}

/// The same with windows that begin every `stride` samples. Result: `[..., (time - size) / stride + 1]`.
///
/// # Errors
/// If `size` or `stride` is 0, or `size` larger than the time axis.
pub fn pool_every(x: &Tensor, pooling: Pooling, size: usize, stride: usize) -> Result<Tensor> {
    if size == stride {
        return pool(x, pooling, size);
    }
    let time = x.dim(D::Minus1)?;
    if size == 0 || stride == 0 || size > time {
        return refuse(format!("pooling of {time} samples in windows of {size}, {stride} apart"));
    }
    let count = (time - size) / stride + 1;
    let samples: Vec<u32> = (0..count)
        .flat_map(|window| (0..size).map(move |sample| (window * stride + sample) as u32))
        .collect();
    let samples = Tensor::from_vec(samples, count * size, x.device())?;
    let mut dims = x.dims()[..x.rank() - 1].to_vec();
    dims.extend([count, size]);
    pool_windows(&x.contiguous()?.index_select(&samples, x.rank() - 1)?.reshape(dims)?, pooling)
}

/// What `windows`, `[..., window, sample]`, give.
fn pool_windows(windows: &Tensor, pooling: Pooling) -> Result<Tensor> {
    match pooling {
        Pooling::Average => windows.mean(D::Minus1),
        Pooling::Maximum => {
            // Not candle's own maximum, which gives every one of equal values the gradient.
            let sample = |number| windows.narrow(D::Minus1, number, 1)?.squeeze(D::Minus1)?.contiguous();
            let mut largest = sample(0)?;
            for number in 1..windows.dim(D::Minus1)? {
                let next = sample(number)?;
                let takes_over = (next.gt(&largest)? + next.ne(&next)?)?;
                largest = takes_over.where_cond(&next, &largest)?;
            }
            Ok(largest)
        }
    }
}
