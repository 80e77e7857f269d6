//! The layer table of a network, for people.

use crate::{
    Blueprint,
    blueprint::{Bias, ConvolutionSizes, LayerKind, Padding, Pooling},
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

/// What the job decides of a network's layers, in words.
#[derive(Debug, Clone, Copy)]
pub struct JobWords<'a> {
    /// Its activation function: `ELU 1`.
    pub activation: &'a str,
    /// Its dropout: `Dropout 0.25`.
    pub dropout: &'a str,
}

impl JobWords<'static> {
    /// If no job is known.
    pub const ANY: Self = Self { activation: "activation", dropout: "Dropout" };
}

impl Blueprint {
    /// The layer table.
    pub fn rows(&self, words: JobWords<'_>) -> Vec<LayerRow> {
        let row = |layer: &crate::NamedLayer| LayerRow {
            name: layer.name.clone(),
            layer: describe(&layer.kind, words),
            output_shape: layer.output.clone(),
            parameters: layer.kind.parameter_count(),
        };
        self.layers.iter().map(row).collect()
    }
}

fn describe(kind: &LayerKind, words: JobWords<'_>) -> String {
    match *kind {
        LayerKind::Convolution(sizes) => convolution(&sizes),
        LayerKind::BatchNorm { planes } => format!("BatchNorm2d {planes}"),
        LayerKind::Activation => words.activation.to_owned(),
        LayerKind::Pool { pooling: Pooling::Average, size } => format!("AvgPool2d (1, {size})"),
        LayerKind::Pool { pooling: Pooling::Maximum, size } => format!("MaxPool2d (1, {size})"),
        LayerKind::Dropout { .. } => words.dropout.to_owned(),
        LayerKind::Flatten => "Flatten".to_owned(),
        LayerKind::Dense { inputs, outputs } => format!("Linear {inputs}->{outputs}"),
    }
}

fn convolution(sizes: &ConvolutionSizes) -> String {
    let pair = |(height, time): (usize, usize)| format!("({height}, {time})");
    let mut text = format!("Conv2d {}->{} {}", sizes.inputs, sizes.outputs, pair(sizes.kernel));
    if sizes.stride != (1, 1) {
        text += &format!(", stride {}", pair(sizes.stride));
    }
    if sizes.dilation != (1, 1) {
        text += &format!(", dilation {}", pair(sizes.dilation));
    }
    let Padding { height, time } = sizes.padding;
    if height.0 == height.1 && time.0 == time.1 {
        if height.0 + time.0 > 0 {
            text += &format!(", padding {}", pair((height.0, time.0)));
        }
    } else {
        // As `nn.ZeroPad2d` has them: left, right, top, bottom.
        text += &format!(", padding ({}, {}, {}, {})", time.0, time.1, height.0, height.1);
    }
    if sizes.groups > 1 {
        text += &format!(", {} groups", sizes.groups);
    }
    match sizes.bias {
        Bias::With => text,
        Bias::Without => text + ", no bias",
    }
}
