//! The layer table of a network, for people.

use crate::{
    Blueprint, Input, NamedLayer,
    convolution::{Bias, ConvolutionSizes, Padding},
    layer::{Combination, EPSILON, Function, LayerKind, MOMENTUM, Pooling},
};

/// A line of a layer table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRow {
    /// Name of the layer, which begins the names of its parameters: `firstconv.0`.
    pub name: String,
    /// What it is, in PyTorch's terms: `Conv2d 1->16 (1, 51), padding (0, 25), no bias`; and what it reads, if that is not the layer before.
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
        let name = |input: &Input| match input {
            Input::Trials => "the trials".to_owned(),
            Input::Layer(number) => self.layers[*number].name.clone(),
        };
        let row = |(number, layer): (usize, &NamedLayer)| {
            let before = number.checked_sub(1).map_or(Input::Trials, Input::Layer);
            let mut text = describe(&layer.kind, words);
            if layer.inputs != [before] {
                let names: Vec<String> = layer.inputs.iter().map(name).collect();
                text += &format!(", of {}", names.join(" and "));
            }
            LayerRow {
                name: layer.name.clone(),
                layer: text,
                output_shape: layer.output.clone(),
                parameters: layer.kind.parameter_count(),
            }
        };
        self.layers.iter().enumerate().map(row).collect()
    }
}

fn describe(kind: &LayerKind, words: JobWords<'_>) -> String {
    match *kind {
        LayerKind::Convolution(sizes) => convolution(&sizes),
        LayerKind::BatchNorm { planes, momentum, epsilon } => {
            let mut text = format!("BatchNorm2d {planes}");
            if momentum != MOMENTUM {
                text += &format!(", momentum {momentum}");
            }
            text + &other_epsilon(epsilon)
        }
        LayerKind::LayerNorm { planes, epsilon } => format!("LayerNorm {planes}{}", other_epsilon(epsilon)),
        LayerKind::Activation => words.activation.to_owned(),
        LayerKind::Function(Function::Square) => "square".to_owned(),
        LayerKind::Function(Function::SafeLog) => "log, clamped at 1e-6".to_owned(),
        LayerKind::Function(Function::Gelu) => "GELU".to_owned(),
        LayerKind::Pool { pooling, size, stride } => {
            let name = match pooling {
                Pooling::Average => "AvgPool2d",
                Pooling::Maximum => "MaxPool2d",
            };
            let text = format!("{name} (1, {size})");
            if stride == size { text } else { text + &format!(", stride (1, {stride})") }
        }
        LayerKind::Mean => "mean over time".to_owned(),
        LayerKind::Window { first, samples } => format!("{samples} samples from sample {first} on"),
        LayerKind::Dropout { .. } => words.dropout.to_owned(),
        LayerKind::Flatten => "Flatten".to_owned(),
        LayerKind::Dense { inputs, outputs, .. } => format!("Linear {inputs}->{outputs}"),
        LayerKind::Attention { heads, .. } => {
            format!(
                "attention over time, {heads} {}, {}",
                if heads == 1 { "head" } else { "heads" },
                words.dropout
            )
        }
        LayerKind::Combine(Combination::Sum) => "sum".to_owned(),
        LayerKind::Combine(Combination::Mean) => "mean".to_owned(),
        LayerKind::Combine(Combination::Planes) => "concatenation".to_owned(),
    }
}

fn other_epsilon(epsilon: f64) -> String {
    if epsilon == EPSILON { String::new() } else { format!(", epsilon {epsilon}") }
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
