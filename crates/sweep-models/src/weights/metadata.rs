//! The text that a weights file carries beside its tensors. It knows no more of it than its place.

use std::collections::HashMap;

use safetensors::{SafeTensors, serialize};
use sweep_job::NetworkNote;

use super::opened;
use crate::ModelError;

/// The metadata entry `sweep` of a safetensors file, if it has one.
///
/// # Errors
/// If the bytes are no safetensors file.
pub fn metadata(bytes: &[u8]) -> Result<Option<String>, ModelError> {
    opened(bytes)?;
    let (_, header) =
        SafeTensors::read_metadata(bytes).map_err(|error| ModelError::NotSafetensors(error.to_string()))?;
    Ok(header.metadata().as_ref().and_then(|entries| entries.get(NetworkNote::KEY).cloned()))
}

/// The tensors of a safetensors file with `text` as their only metadata, in the entry `sweep`: the same bytes for the same
/// tensors and text.
///
/// # Errors
/// If the bytes are no safetensors file.
pub fn with_metadata(bytes: &[u8], text: String) -> Result<Vec<u8>, ModelError> {
    // One entry alone: the order of more would differ from call to call.
    let entries = HashMap::from([(NetworkNote::KEY.to_owned(), text)]);
    serialize(opened(bytes)?.tensors(), Some(entries))
        .map_err(|error| ModelError::Unwritable(error.to_string()))
}
