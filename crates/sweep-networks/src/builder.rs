//! Puts layers one after another and keeps account of their shapes.

use crate::{
    InputShape,
    blueprint::{Blueprint, ConvolutionSizes, Input, LayerKind, NamedLayer, Pooling},
};

/// A blueprint that is being made. Sizes that the input turns out too small for are 0 from there on.
#[derive(Debug)]
pub(crate) struct Builder {
    layers: Vec<NamedLayer>,
    block: &'static str,
    index: usize,
    dropouts: u8,
    planes: usize,
    /// Planes that the last depthwise convolution made of each filter, or 1.
    copies: usize,
    height: usize,
    time: usize,
}

impl Builder {
    /// Begins with one plane of `[channel, time]`.
    pub(crate) fn new(shape: InputShape) -> Self {
        Self {
            layers: Vec::new(),
            block: "",
            index: 0,
            dropouts: 0,
            planes: 1,
            copies: 1,
            height: shape.channels,
            time: shape.samples,
        }
    }

    /// Begins a block, an `nn.Sequential` of PyTorch; its layers are numbered from 0.
    pub(crate) fn block(mut self, name: &'static str) -> Self {
        (self.block, self.index) = (name, 0);
        self
    }

    /// A convolution of these sizes; what it reads is the layer before.
    pub(crate) fn convolution(mut self, sizes: ConvolutionSizes) -> Self {
        let sizes = ConvolutionSizes { inputs: self.planes, ..sizes };
        self.copies =
            if sizes.groups == 1 { 1 } else { sizes.outputs.checked_div(sizes.groups).unwrap_or(1) };
        self.planes = sizes.outputs;
        (self.height, self.time) = sizes.output((self.height, self.time));
        self.push(LayerKind::Convolution(sizes))
    }

    /// Batch normalisation.
    pub(crate) fn batch_norm(self) -> Self {
        let planes = self.planes;
        self.push(LayerKind::BatchNorm { planes })
    }

    /// The job's activation function.
    pub(crate) fn activation(self) -> Self {
        self.push(LayerKind::Activation)
    }

    /// Pooling along time in windows of `size` samples.
    pub(crate) fn pool(mut self, pooling: Pooling, size: usize) -> Self {
        self.time = self.time.checked_div(size).unwrap_or(0);
        self.push(LayerKind::Pool { pooling, size })
    }

    /// Dropout.
    pub(crate) fn dropout(mut self) -> Self {
        let (number, copies) = (self.dropouts, self.copies);
        self.dropouts += 1;
        self.push(LayerKind::Dropout { number, copies })
    }

    /// Flattens and ends with the dense layer `name`, one output a class.
    pub(crate) fn classify(mut self, name: &str, classes: usize) -> Blueprint {
        let inputs = self.planes.saturating_mul(self.height).saturating_mul(self.time);
        self.add("flatten".to_owned(), LayerKind::Flatten, vec![inputs]);
        self.add(name.to_owned(), LayerKind::Dense { inputs, outputs: classes }, vec![classes]);
        Blueprint { layers: self.layers }
    }

    /// A layer of the current block whose output has the current shape.
    fn push(mut self, kind: LayerKind) -> Self {
        let name = format!("{}.{}", self.block, self.index);
        self.index += 1;
        let output = vec![self.planes, self.height, self.time];
        self.add(name, kind, output);
        self
    }

    fn add(&mut self, name: String, kind: LayerKind, output: Vec<usize>) {
        let input = self.layers.len().checked_sub(1).map_or(Input::Trials, Input::Layer);
        self.layers.push(NamedLayer { name, kind, inputs: vec![input], output });
    }
}
