//! From a network to the bytes of a safetensors file.

use std::collections::HashMap;

use safetensors::{Dtype, serialize, tensor::TensorView};
use sweep_job::NetworkNote;
use sweep_kernels::Real;

use crate::{Entry, InputShape, ModelError, Network, Settings, State, Value};

impl<T: Real> Network<T> {
    /// The weights and running statistics as a safetensors file: the same bytes for the same network. Names, shapes and order of
    /// axes are those of PyTorch's state dict. The metadata have one entry, `sweep`, which says what network it is.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        to_bytes(self.state(), Some(description(self.settings(), self.shape())?))
    }
}

impl State {
    /// The network's part as the safetensors file that [`Network::to_safetensors`] would give.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn network_to_safetensors(
        &self,
        settings: &Settings,
        shape: InputShape,
    ) -> Result<Vec<u8>, ModelError> {
        to_bytes(&self.network, Some(description(settings, shape)?))
    }

    /// The optimizer's part as a safetensors file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn optimizer_to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        to_bytes(&self.optimizer, None)
    }
}

/// A safetensors file of `entries`: the same bytes for the same entries. The metadata have one entry, `sweep`, if there is a
/// `description`.
pub(crate) fn to_bytes<T: Real>(
    entries: &[Entry<T>],
    description: Option<String>,
) -> Result<Vec<u8>, ModelError> {
    let stored: Vec<_> = entries.iter().map(|entry| stored(&entry.value)).collect();
    let unwritable = |error: safetensors::SafeTensorError| ModelError::Unwritable(error.to_string());
    let views = entries
        .iter()
        .zip(&stored)
        .map(|(entry, (dtype, bytes))| {
            Ok((entry.name.as_str(), TensorView::new(*dtype, entry.shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(unwritable)?;
    // One entry alone: the order of more would differ from call to call.
    let metadata = description.map(|text| HashMap::from([("sweep".to_owned(), text)]));
    serialize(views, metadata).map_err(unwritable)
}

/// Type and little-endian bytes of a value.
fn stored<T: Real>(value: &Value<T>) -> (Dtype, Vec<u8>) {
    match value {
        Value::Counter(count) => (Dtype::I64, count.to_le_bytes().to_vec()),
        Value::Parameter(numbers)
        | Value::Mean(numbers)
        | Value::Variance(numbers)
        | Value::Moment(numbers) => {
            let numbers = numbers.iter().map(|number| number.to_f64());
            match size_of::<T>() {
                8 => (Dtype::F64, numbers.flat_map(f64::to_le_bytes).collect()),
                _ => (Dtype::F32, numbers.flat_map(|number| (number as f32).to_le_bytes()).collect()),
            }
        }
    }
}

/// What network it is. How trials are prepared for it, who trains it knows.
fn description(settings: &Settings, shape: InputShape) -> Result<String, ModelError> {
    let InputShape { channels, samples, .. } = shape;
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
