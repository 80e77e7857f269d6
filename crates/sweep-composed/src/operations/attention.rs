//! Scaled dot-product attention over time (Vaswani et al. 2017).

use candle_core::{D, Result, Tensor};
use sweep_kernels::Mask;

use super::{dropout, refuse};

/// What attention reads, each `[batch, plane, 1, time]`; queries and keys have the same number of planes, keys and values of samples.
#[derive(Debug, Clone, Copy)]
pub struct AttentionInputs<'a> {
    /// For each sample what it looks for.
    pub queries: &'a Tensor,
    /// For each sample what it can be found by.
    pub keys: &'a Tensor,
    /// For each sample what it gives.
    pub values: &'a Tensor,
}

/// For each query the mean of the values, weighted by the softmax over the keys of `scale` times their products, times the factors of
/// `mask`. The planes are cut into `heads` equal parts, and each part does this by itself. Result: `[batch, plane of the values, 1, time of the
/// queries]`.
///
/// # Errors
/// If the shapes do not fit.
pub fn attention(
    inputs: AttentionInputs<'_>,
    heads: usize,
    scale: f64,
    mask: Option<Mask>,
) -> Result<Tensor> {
    let AttentionInputs { queries, keys, values } = inputs;
    let shapes = [queries.dims4()?, keys.dims4()?, values.dims4()?];
    let [(batch, planes, _, time), (_, key_planes, _, key_time), (_, value_planes, _, value_time)] = shapes;
    let fits = heads > 0
        && shapes.iter().all(|shape| shape.0 == batch && shape.1.is_multiple_of(heads) && shape.2 == 1)
        && (planes, key_time) == (key_planes, value_time);
    if !fits {
        return refuse(format!("attention of {heads} heads to {shapes:?}"));
    }
    let by_head = |x: &Tensor| {
        let (batch, planes, _, time) = x.dims4()?;
        x.reshape((batch, heads, planes / heads, time))
    };
    // Contiguous, for candle's product on the processor.
    let queries = by_head(queries)?.transpose(2, 3)?.contiguous()?;
    let products = (queries.matmul(&by_head(keys)?.contiguous()?)? * scale)?;
    // The same number taken from all of a row changes nothing but keeps the exponential finite; so it needs no gradient.
    let exponentials = products.broadcast_sub(&products.detach().max_keepdim(D::Minus1)?)?.exp()?;
    let mut weights = exponentials.broadcast_div(&exponentials.sum_keepdim(D::Minus1)?)?;
    if let Some(mask) = mask {
        weights = dropout(&weights, mask, 1)?;
    }
    let values = by_head(values)?.transpose(2, 3)?.contiguous()?;
    weights.matmul(&values)?.transpose(2, 3)?.contiguous()?.reshape((batch, value_planes, 1, time))
}
