//! A network as a list of named layers with their sizes, before it has any weights.

use sweep_job::ModelKind;
use sweep_kernels::Pooling;

use crate::{InputShape, ModelError};

/// A network's layers in running order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Blueprint {
    pub(crate) layers: Vec<NamedLayer>,
}

/// A layer with its place in the network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedLayer {
    /// Block and index, as PyTorch names the modules of an `nn.Sequential`: `firstconv.0`.
    pub(crate) name: String,
    pub(crate) kind: LayerKind,
    /// Shape of its output without the batch axis.
    pub(crate) output: Vec<usize>,
}

/// What a layer does, and its sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LayerKind {
    Convolution(ConvolutionSizes),
    BatchNorm {
        planes: usize,
    },
    Activation,
    Pool {
        pooling: Pooling,
        size: usize,
    },
    /// `copies`: planes that the last depthwise convolution made of each filter, or 1.
    Dropout {
        number: u8,
        copies: usize,
    },
    Flatten,
    Dense {
        inputs: usize,
        outputs: usize,
    },
}

/// Sizes of a convolution with stride 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConvolutionSizes {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// Height and time.
    pub(crate) kernel: (usize, usize),
    /// Zeros on either side of the time axis.
    pub(crate) padding: usize,
    pub(crate) groups: usize,
    pub(crate) bias: Bias,
    pub(crate) max_norm: ConvolutionNorm,
}

/// Whether a convolution has a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bias {
    With,
    Without,
}

/// Whether a bound on the norms of convolutions holds for this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConvolutionNorm {
    Bounded,
    Free,
}

impl ConvolutionSizes {
    /// Shape of the weights.
    pub(crate) fn weight_shape(&self) -> [usize; 4] {
        [self.outputs, self.inputs / self.groups, self.kernel.0, self.kernel.1]
    }
}

impl LayerKind {
    /// Trainable parameters.
    pub(crate) fn parameters(&self) -> usize {
        match *self {
            Self::Convolution(sizes) => {
                let bias = match sizes.bias {
                    Bias::With => sizes.outputs,
                    Bias::Without => 0,
                };
                sizes.weight_shape().iter().product::<usize>() + bias
            }
            Self::BatchNorm { planes } => 2 * planes,
            Self::Dense { inputs, outputs } => (inputs + 1) * outputs,
            Self::Activation | Self::Pool { .. } | Self::Dropout { .. } | Self::Flatten => 0,
        }
    }

    /// The fewest and the most input samples that give from `fewest` to `most` output samples.
    fn samples_before(&self, (fewest, most): (usize, usize)) -> (usize, usize) {
        match *self {
            Self::Convolution(sizes) => {
                let before = |after: usize| (after + sizes.kernel.1 - 1).saturating_sub(2 * sizes.padding);
                (before(fewest), before(most))
            }
            Self::Pool { size, .. } => (fewest * size, most * size + size - 1),
            Self::BatchNorm { .. }
            | Self::Activation
            | Self::Dropout { .. }
            | Self::Flatten
            | Self::Dense { .. } => (fewest, most),
        }
    }
}

impl Blueprint {
    /// The fewest and the most samples a trial for which the layer before the flattening gives `samples`.
    pub(crate) fn samples_for(&self, samples: usize) -> (usize, usize) {
        self.layers.iter().rev().fold((samples, samples), |range, layer| layer.kind.samples_before(range))
    }
}

/// Puts layers one after another and keeps account of the shape.
#[derive(Debug)]
pub(crate) struct Builder {
    model: ModelKind,
    input: InputShape,
    layers: Vec<NamedLayer>,
    block: &'static str,
    index: usize,
    dropouts: u8,
    planes: usize,
    /// Planes that the last depthwise convolution made of each filter, or 1.
    copies: usize,
    height: usize,
    /// 0 once the input has turned out too short.
    time: usize,
}

impl Builder {
    /// Begins with one plane of `[channel, time]`.
    pub(crate) fn new(model: ModelKind, input: InputShape) -> Self {
        let (height, time) = (input.channels, input.samples);
        Self {
            model,
            input,
            layers: Vec::new(),
            block: "",
            index: 0,
            dropouts: 0,
            planes: 1,
            copies: 1,
            height,
            time,
        }
    }

    /// Begins a block; its layers are numbered from 0.
    pub(crate) fn block(mut self, name: &'static str) -> Self {
        (self.block, self.index) = (name, 0);
        self
    }

    /// A convolution to `outputs` planes; the sizes of its input are those of the layer before.
    pub(crate) fn convolution(
        mut self,
        outputs: usize,
        kernel: (usize, usize),
        padding: usize,
        groups: usize,
        bias: Bias,
        max_norm: ConvolutionNorm,
    ) -> Self {
        let sizes =
            ConvolutionSizes { inputs: self.planes, outputs, kernel, padding, groups, bias, max_norm };
        self.planes = outputs;
        self.copies = if groups == 1 { 1 } else { outputs / groups };
        self.height = (self.height + 1).saturating_sub(kernel.0);
        if self.time > 0 {
            self.time = (self.time + 2 * padding + 1).saturating_sub(kernel.1);
        }
        self.push(LayerKind::Convolution(sizes))
    }

    pub(crate) fn batch_norm(self) -> Self {
        let planes = self.planes;
        self.push(LayerKind::BatchNorm { planes })
    }

    pub(crate) fn activation(self) -> Self {
        self.push(LayerKind::Activation)
    }

    pub(crate) fn pool(mut self, pooling: Pooling, size: usize) -> Self {
        self.time /= size;
        self.push(LayerKind::Pool { pooling, size })
    }

    pub(crate) fn dropout(mut self) -> Self {
        let number = self.dropouts;
        self.dropouts += 1;
        let copies = self.copies;
        self.push(LayerKind::Dropout { number, copies })
    }

    fn push(mut self, kind: LayerKind) -> Self {
        let name = format!("{}.{}", self.block, self.index);
        self.index += 1;
        self.layers.push(NamedLayer { name, kind, output: vec![self.planes, self.height, self.time] });
        self
    }

    /// Flattens and ends with the dense layer `name`, one output a class.
    ///
    /// # Errors
    /// Where there are too few channels, samples or classes.
    pub(crate) fn classify(mut self, name: &str) -> Result<Blueprint, ModelError> {
        let (model, input) = (self.model, self.input);
        if input.channels == 0 || input.classes < 2 {
            return Err(ModelError::EmptyShape { shape: input });
        }
        let (samples, inputs, outputs) = (self.time, self.planes * self.height * self.time, input.classes);
        let mut end = |name: &str, kind, output| {
            self.layers.push(NamedLayer { name: name.to_owned(), kind, output });
        };
        end("flatten", LayerKind::Flatten, vec![inputs]);
        end(name, LayerKind::Dense { inputs, outputs }, vec![outputs]);
        let blueprint = Blueprint { layers: self.layers };
        if samples == 0 {
            let (needed, _) = blueprint.samples_for(1);
            return Err(ModelError::TooShort { model, samples: input.samples, needed });
        }
        Ok(blueprint)
    }
}
