//! From a network to the bytes of a safetensors file.

use std::{collections::HashMap, sync::atomic::Ordering};

use candle_core::{DType, Tensor};
use safetensors::{Dtype, serialize, tensor::TensorView};
use sweep_job::NetworkNote;

use super::{Entry, Value, state};
use crate::{InputShape, ModelError, Network};

/// Little-endian bytes of one entry.
struct Stored {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Network {
    /// The weights and running statistics as a safetensors file: the same bytes for the same network. Names, shapes and order of
    /// axes are those of PyTorch's state dict. The metadata have one entry, `sweep`, which says what network it is.
    ///
    /// # Errors
    /// Where the weights cannot be brought from the device.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        to_bytes(state(self), Some(description(self)?))
    }
}

/// A safetensors file of `entries`: the same bytes for the same entries. The metadata have one entry, `sweep`, where `description` is given.
pub(crate) fn to_bytes(entries: Vec<Entry<'_>>, description: Option<String>) -> Result<Vec<u8>, ModelError> {
    let stored = entries
        .into_iter()
        .map(|entry| match entry.value {
            Value::Any(values) | Value::Weights(values) | Value::Variances(values) => {
                store(entry.name, values)
            }
            Value::Counter(count) => Ok(Stored {
                name: entry.name,
                dtype: Dtype::I64,
                shape: Vec::new(),
                bytes: count.load(Ordering::Relaxed).to_le_bytes().to_vec(),
            }),
        })
        .collect::<Result<Vec<_>, ModelError>>()?;
    let unwritable = |error: safetensors::SafeTensorError| ModelError::Unwritable(error.to_string());
    let views = stored
        .iter()
        .map(|entry| {
            let view = TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes)?;
            Ok((entry.name.as_str(), view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(unwritable)?;
    // One entry alone: the order of more would differ from call to call.
    let metadata = description.map(|text| HashMap::from([("sweep".to_owned(), text)]));
    serialize(views, metadata).map_err(unwritable)
}

fn store(name: String, values: &Tensor) -> Result<Stored, ModelError> {
    let flat = values.flatten_all()?;
    let (dtype, bytes) = match values.dtype() {
        DType::F64 => (Dtype::F64, flat.to_vec1::<f64>()?.into_iter().flat_map(f64::to_le_bytes).collect()),
        _ => (Dtype::F32, flat.to_vec1::<f32>()?.into_iter().flat_map(f32::to_le_bytes).collect()),
    };
    Ok(Stored { name, dtype, shape: values.dims().to_vec(), bytes })
}

/// What network it is. How trials are prepared for it, who trains it knows.
fn description(network: &Network) -> Result<String, ModelError> {
    let (settings, InputShape { channels, samples, .. }) = (network.settings(), network.shape());
    let note = NetworkNote {
        model: settings.model,
        activation: settings.activation,
        settings: settings.model.descriptor().own(&settings.more),
        channels,
        samples,
        classes: None,
        sampling_rate_hz: None,
        preparation: None,
    };
    note.to_text().map_err(|error| ModelError::Unwritable(error.to_string()))
}
