//! Dropout (Srivastava et al. 2014).

use candle_core::{Result, Tensor};
use sweep_kernels::{InstructionSet, Mask, in_lanes};

/// `x` `[batch, plane, 1, time]` times the factors of `mask`. These are numbered as `[batch, time, lane]`, where plane
/// (filter, copy) of a network with `copies` planes a filter stands in lane (copy, filter), and the lanes of a copy are padded to
/// whole vectors: the order in which the kernels for the processor have them.
///
/// # Errors
/// Where `x` has another number of axes, or the device runs out of memory.
pub fn dropout(x: &Tensor, mask: Mask, copies: usize) -> Result<Tensor> {
    let (batch, planes, height, time) = x.dims4()?;
    let lanes_a_copy = in_lanes(planes / copies);
    let lanes = copies * lanes_a_copy;
    let mut laid = vec![0.0f64; batch * height * time * lanes];
    mask.factors(InstructionSet::plain(), 0, &mut laid);
    let mut factors = Vec::with_capacity(batch * planes * height * time);
    for trial in 0..batch {
        for plane in 0..planes {
            let lane = plane % copies * lanes_a_copy + plane / copies;
            factors.extend((0..height * time).map(|t| laid[(trial * height * time + t) * lanes + lane]));
        }
    }
    x * Tensor::from_vec(factors, x.shape(), &candle_core::Device::Cpu)?
        .to_dtype(x.dtype())?
        .to_device(x.device())?
}
