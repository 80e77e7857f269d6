//! The sizes of a network from its weights alone.

use std::ops::RangeInclusive;

use sweep_job::ModelKind;

use super::{common_prefix, opened};
use crate::{InputShape, ModelError, blueprint::LayerKind, network::build};

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

/// The sizes of the network of kind `model` whose weights the safetensors file `bytes` holds.
///
/// # Errors
/// Where the bytes are no safetensors file, or the tensors that tell the sizes are not there or not those of the network.
pub fn infer_shape(bytes: &[u8], model: ModelKind) -> Result<StoredShape, ModelError> {
    let file = opened(bytes)?;
    let shape_of = |name: &str| {
        file.tensor(name).map(|view| view.shape().to_vec()).map_err(|_| match common_prefix(&file, name) {
            Some(prefix) => ModelError::Prefix { model, prefix },
            None => ModelError::NotThisModel { model, reason: format!("`{name}` is missing") },
        })
    };
    let unlike = |name: &str, found: &[usize]| ModelError::NotThisModel {
        model,
        reason: format!("`{name}` has shape {found:?}"),
    };
    // The convolution over all channels has their number as its kernel's height.
    let spatial = match model {
        ModelKind::EegNet => "depthwiseConv.0.weight",
        ModelKind::DeepConvNet => "firstconv.1.weight",
    };
    let weight = shape_of(spatial)?;
    // A tensor without values may claim any length.
    let [1..=usize::MAX, 1..=usize::MAX, channels @ 1..=usize::MAX, 1] = weight[..] else {
        return Err(unlike(spatial, &weight));
    };
    let dense = "classify.0.weight";
    let weight = shape_of(dense)?;
    let [classes @ 2..=usize::MAX, features @ 1..=usize::MAX] = weight[..] else {
        return Err(unlike(dense, &weight));
    };
    samples(model, channels, classes, features)
        .map(|samples| StoredShape { channels, classes, samples })
        .ok_or_else(|| unlike(dense, &weight))
}

/// The numbers of samples that give `features` inputs of the dense layer, if any do.
fn samples(
    model: ModelKind,
    channels: usize,
    classes: usize,
    features: usize,
) -> Option<RangeInclusive<usize>> {
    // Trials long enough for any network; only the layers' sizes along time are asked of it, which do not depend on them.
    const LONG: usize = 1 << 20;
    let blueprint = build(model, InputShape { channels, samples: LONG, classes }).ok()?;
    let planes = blueprint.layers.iter().rev().find_map(|layer| match layer.kind {
        LayerKind::BatchNorm { planes } => Some(planes),
        _ => None,
    })?;
    if !features.is_multiple_of(planes) {
        return None;
    }
    let (fewest, most) = blueprint.samples_for(features / planes);
    Some(fewest..=most)
}
