//! The sizes of a network from its weights alone.

use std::ops::RangeInclusive;

use sweep_job::ModelKind;
use sweep_networks::{InferError, InferredShape, SettingValues};

use super::{common_prefix, opened};
use crate::{InputShape, ModelError};

/// What the weights of a network say about the trials that it was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredShape {
    /// EEG channels.
    pub channels: usize,
    /// Classes.
    pub classes: usize,
    /// Samples a trial: all of these give the same weights, since pools drop what does not fill a window.
    pub samples: RangeInclusive<usize>,
}

impl StoredShape {
    /// The input of the network of kind `model` that the weights are of, for trials of this shape. To be asked before the network is built:
    /// trials of any length with any number of classes would else make one of any size.
    ///
    /// # Errors
    /// Where the weights are for other trials.
    pub fn input(&self, model: ModelKind, channels: usize, samples: usize) -> Result<InputShape, ModelError> {
        if self.channels != channels || !self.samples.contains(&samples) {
            return Err(ModelError::OtherTrials { model, stored: self.clone(), channels, samples });
        }
        Ok(InputShape { channels, samples, classes: self.classes })
    }
}

/// The sizes of the network of kind `model` with the settings `values` whose weights the safetensors file `bytes` holds.
///
/// # Errors
/// If the bytes are no safetensors file, or the tensors that tell the sizes are not there or not those of the network.
pub fn infer_shape(
    bytes: &[u8],
    model: ModelKind,
    values: &SettingValues,
) -> Result<StoredShape, ModelError> {
    let file = opened(bytes)?;
    let unlike = |reason| ModelError::NotThisModel { model, reason };
    let shape_of = |name: &str| file.tensor(name).map(|view| view.shape().to_vec()).ok();
    let InferredShape { channels, classes, samples } =
        model.descriptor().infer_shape(values, shape_of).map_err(|error| match error {
            InferError::Missing { name } => match common_prefix(&file, &name) {
                Some(prefix) => ModelError::Prefix { model, prefix },
                None => unlike(format!("`{name}` is missing")),
            },
            InferError::Shape { name, found } => unlike(format!("`{name}` has shape {found:?}")),
            InferError::Untold { what } => unlike(format!("its weights do not tell the number of {what}")),
            InferError::Blueprint(error) => error.into(),
        })?;
    Ok(StoredShape { channels, classes, samples })
}
