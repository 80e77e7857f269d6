//! Functions of one value that are no activation of a job.

use candle_core::{Result, Tensor};

/// The square of every element of `x`.
///
/// # Errors
/// If the device runs out of memory.
pub fn square(x: &Tensor) -> Result<Tensor> {
    x * x
}

/// The natural logarithm of every element of `x`, or of `least` if it is not more; such elements have a gradient of 0.
///
/// # Errors
/// If the device runs out of memory.
pub fn safe_log(x: &Tensor, least: f64) -> Result<Tensor> {
    let floor = Tensor::full(least, (), x.device())?.to_dtype(x.dtype())?.broadcast_as(x.shape())?;
    x.le(least)?.where_cond(&floor.contiguous()?, x)?.log()
}

/// x times the normal distribution function of x, for every element of `x` (Hendrycks and Gimpel 2016).
///
/// # Errors
/// If the device runs out of memory.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    // Not candle's own, whose gradient has a constant of six digits.
    let twice_normal = ((x / std::f64::consts::SQRT_2)?.erf()? + 1.0)?;
    (x * 0.5)? * twice_normal
}
