//! Weights out of a network and into one, as safetensors files that PyTorch's `load_state_dict` takes and gives.

mod finite;
mod infer;
mod metadata;
mod read;
mod write;

pub use infer::{StoredShape, infer_shape};
pub use metadata::{metadata, with_metadata};

pub(crate) use finite::first_not_finite;
pub(crate) use read::take;
pub(crate) use write::to_bytes;

use std::sync::atomic::AtomicI64;

use candle_core::Var;
use safetensors::SafeTensors;

use crate::{ModelError, Network, layers::Layer};

/// How files of `torch.save` begin: as zip archives, or, before PyTorch 1.6, as pickles of protocol 2.
const PYTORCH: [&[u8]; 2] = [b"PK", b"\x80\x02"];

/// The tensors of a safetensors file.
pub(crate) fn opened(bytes: &[u8]) -> Result<SafeTensors<'_>, ModelError> {
    SafeTensors::deserialize(bytes).map_err(|error| {
        ModelError::NotSafetensors(if PYTORCH.iter().any(|magic| bytes.starts_with(magic)) {
            "it begins as files of torch.save (.pt, .pth) do; save the state dict with \
             safetensors.torch.save_file(network.state_dict(), \"w.safetensors\")"
                .to_owned()
        } else {
            error.to_string()
        })
    })
}

/// What every name of `file` has before the names of a network that has a tensor `known`, such as `model.`.
fn common_prefix(file: &SafeTensors<'_>, known: &str) -> Option<String> {
    let names = file.names();
    let mut prefixes = names.iter().filter_map(|name| name.strip_suffix(known));
    let prefix = prefixes.find(|prefix| prefix.ends_with('.'))?;
    names.iter().all(|name| name.starts_with(prefix)).then(|| prefix.to_owned())
}

/// One entry of a state dict.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) name: String,
    pub(crate) value: Value<'a>,
}

/// What an entry holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Any numbers, also such as are not finite.
    Any(&'a Var),
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
            Layer::LayerNorm(layer) => {
                add("weight", Value::Weights(&layer.weight));
                add("bias", Value::Weights(&layer.bias));
            }
            _ => {}
        }
    }
    entries
}
