//! Weights out of a network and into one, as safetensors files that PyTorch's `load_state_dict` takes and gives.

mod infer;
mod read;
mod write;

pub use infer::{StoredShape, infer_shape};

use std::sync::atomic::AtomicI64;

use candle_core::Var;

use crate::{Network, layers::Layer};

/// One entry of the state dict.
#[derive(Debug)]
struct Entry<'a> {
    name: String,
    value: Value<'a>,
}

/// What an entry holds.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    /// Any finite numbers.
    Weights(&'a Var),
    /// Finite numbers that are not negative.
    Variances(&'a Var),
    /// One 64-bit integer.
    Counter(&'a AtomicI64),
}

/// All entries of `network`'s state dict, in PyTorch's order.
fn state(network: &Network) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for (layer_name, layer) in &network.layers {
        let mut add = |name: &str, value| entries.push(Entry { name: format!("{layer_name}.{name}"), value });
        match layer {
            Layer::Convolution(layer) => {
                add("weight", Value::Weights(&layer.weight));
                if let Some(bias) = &layer.bias {
                    add("bias", Value::Weights(bias));
                }
            }
            Layer::BatchNorm(layer) => {
                add("weight", Value::Weights(&layer.weight));
                add("bias", Value::Weights(&layer.bias));
                add("running_mean", Value::Weights(&layer.running_mean));
                add("running_var", Value::Variances(&layer.running_variance));
                add("num_batches_tracked", Value::Counter(&layer.batches_tracked));
            }
            Layer::Dense(layer) => {
                add("weight", Value::Weights(&layer.weight));
                add("bias", Value::Weights(&layer.bias));
            }
            Layer::Activation(_) | Layer::Pool { .. } | Layer::Dropout { .. } | Layer::Flatten => {}
        }
    }
    entries
}
