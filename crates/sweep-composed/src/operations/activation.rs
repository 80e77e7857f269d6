//! Activations, element by element.

use candle_core::{Result, Tensor};
use sweep_kernels::Activation;

/// `activation` of every element of `x`.
///
/// # Errors
/// Where the device runs out of memory.
pub fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    let is_negative = x.le(0.0)?;
    match activation {
        Activation::Relu => is_negative.where_cond(&x.zeros_like()?, x),
        Activation::LeakyRelu { slope } => is_negative.where_cond(&(x * slope)?, x),
        Activation::Elu { alpha } => {
            // Without the inner choice, the exponential of a large positive x would make a gradient of infinity times 0.
            let negative = is_negative.where_cond(x, &x.zeros_like()?)?;
            is_negative.where_cond(&((negative.exp()? - 1.0)? * alpha)?, x)
        }
    }
}
