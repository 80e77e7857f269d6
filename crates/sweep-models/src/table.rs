//! The layer table of a network, for people.

use sweep_job::{Activation, ModelKind};
use sweep_kernels::Pooling;

use crate::{
    InputShape, ModelError, Settings,
    blueprint::{Bias, Blueprint, LayerKind},
    network::build,
};

/// A line of a layer table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRow {
    /// Name of the layer, which begins the names of its parameters: `firstconv.0`.
    pub name: String,
    /// What it is, in PyTorch's terms: `Conv2d 1->16 (1, 51), padding (0, 25), no bias`.
    pub layer: String,
    /// Shape of its output without the batch axis.
    pub output_shape: Vec<usize>,
    /// Number of trainable parameters.
    pub parameters: usize,
}

/// The layer table of `model` for trials of `shape`, whatever its activation and dropout.
///
/// # Errors
/// Where the network cannot be built for `shape`.
pub fn layer_table(model: ModelKind, shape: InputShape) -> Result<Vec<LayerRow>, ModelError> {
    Ok(rows(&build(model, shape)?, None))
}

pub(crate) fn rows(blueprint: &Blueprint, settings: Option<&Settings>) -> Vec<LayerRow> {
    blueprint
        .layers
        .iter()
        .map(|layer| LayerRow {
            name: layer.name.clone(),
            layer: describe(&layer.kind, settings),
            output_shape: layer.output.clone(),
            parameters: layer.kind.parameters(),
        })
        .collect()
}

fn describe(kind: &LayerKind, settings: Option<&Settings>) -> String {
    match *kind {
        LayerKind::Convolution(sizes) => {
            let (height, time) = sizes.kernel;
            let mut text = format!("Conv2d {}->{} ({height}, {time})", sizes.inputs, sizes.outputs);
            if sizes.padding > 0 {
                text += &format!(", padding (0, {})", sizes.padding);
            }
            if sizes.groups > 1 {
                text += &format!(", {} groups", sizes.groups);
            }
            match sizes.bias {
                Bias::With => text,
                Bias::Without => text + ", no bias",
            }
        }
        LayerKind::BatchNorm { planes } => format!("BatchNorm2d {planes}"),
        LayerKind::Activation => match settings.map(|settings| settings.activation) {
            None => "activation".to_owned(),
            Some(Activation::Relu) => "ReLU".to_owned(),
            Some(Activation::LeakyRelu { slope }) => format!("LeakyReLU {slope}"),
            Some(Activation::Elu { alpha }) => format!("ELU {alpha}"),
        },
        LayerKind::Pool { pooling: Pooling::Average, size } => format!("AvgPool2d (1, {size})"),
        LayerKind::Pool { pooling: Pooling::Maximum, size } => format!("MaxPool2d (1, {size})"),
        LayerKind::Dropout { .. } => match settings {
            None => "Dropout".to_owned(),
            Some(settings) => format!("Dropout {}", settings.dropout),
        },
        LayerKind::Flatten => "Flatten".to_owned(),
        LayerKind::Dense { inputs, outputs } => format!("Linear {inputs}->{outputs}"),
    }
}
