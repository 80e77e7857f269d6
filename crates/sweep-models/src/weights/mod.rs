//! Weights out of a network and into one, as safetensors files that PyTorch's `load_state_dict` takes and gives.

mod finite;
mod infer;
mod metadata;
mod read;
mod write;

pub use finite::first_not_finite;
pub(crate) use finite::in_words;
pub use infer::{StoredShape, infer_shape};
pub use metadata::{metadata, with_metadata};
pub(crate) use read::optimizer_state;
pub(crate) use write::to_bytes;

use safetensors::SafeTensors;

use crate::ModelError;

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
