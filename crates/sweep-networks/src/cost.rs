//! How much a network computes.

use crate::{Blueprint, Input, InputShape, LayerKind, NamedLayer};

impl Blueprint {
    /// Multiply-adds of a forward pass over one trial of `shape`, for which the blueprint was made: of convolutions, dense layers and
    /// attention. All else is a few operations a value.
    pub fn multiply_adds(&self, shape: InputShape) -> u64 {
        let of_layer = |layer: &NamedLayer| {
            let values = product(&layer.output);
            match layer.kind {
                LayerKind::Convolution(sizes) => values.saturating_mul(product(&sizes.weight_shape()[1..])),
                LayerKind::Dense { inputs, .. } => values.saturating_mul(inputs as u64),
                // Each query with each key, and the sum of all values for each query.
                LayerKind::Attention { .. } => {
                    let read = |input: &Input| self.shape_of(*input, [shape.channels, shape.samples]);
                    let queries = layer.inputs.first().map_or(0, |input| product(&read(input)));
                    let keys = layer.inputs.get(1).and_then(|input| read(input).last().copied()).unwrap_or(0);
                    queries.saturating_add(values).saturating_mul(keys as u64)
                }
                _ => 0,
            }
        };
        self.layers.iter().map(of_layer).fold(0, u64::saturating_add)
    }
}

fn product(sizes: &[usize]) -> u64 {
    sizes.iter().fold(1, |product: u64, size| product.saturating_mul(*size as u64))
}
