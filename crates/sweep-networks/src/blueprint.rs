//! A network as named layers with their sizes, before it has any weights.

/// A network's layers in running order.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// The layers; the last one gives the logits.
    pub layers: Vec<NamedLayer>,
}

/// A layer with its place in the network.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedLayer {
    /// The module's name in PyTorch, which begins the names of its parameters: `firstconv.0`.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// Shape of its output without the batch axis: `[plane, height, time]`, or `[feature]` behind the flattening.
    pub output: Vec<usize>,
}

/// What a layer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The trials, one plane of `[channel, time]`.
    Trials,
    /// The output of the layer with this number, which runs before.
    Layer(usize),
}

/// What a layer does, and its sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LayerKind {
    /// A convolution.
    Convolution(ConvolutionSizes),
    /// Batch normalisation of each plane.
    BatchNorm {
        /// Planes.
        planes: usize,
    },
    /// The job's activation function.
    Activation,
    /// Pooling along time, in windows that follow each other.
    Pool {
        /// What a window gives.
        pooling: Pooling,
        /// Samples of a window.
        size: usize,
    },
    /// Dropout with the job's probability.
    Dropout {
        /// Its number among the dropout layers, from 0: its masks are drawn by it.
        number: u8,
        /// Planes that the last depthwise convolution made of each filter, or 1.
        copies: usize,
    },
    /// From `[plane, height, time]` to `[feature]`.
    Flatten,
    /// A dense layer.
    Dense {
        /// Features that it reads.
        inputs: usize,
        /// Features that it gives.
        outputs: usize,
    },
}

/// Sizes of a convolution; pairs are height and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvolutionSizes {
    /// Planes that it reads; the builder sets them.
    pub inputs: usize,
    /// Planes that it gives.
    pub outputs: usize,
    /// Taps of a kernel.
    pub kernel: (usize, usize),
    /// Zeros around the input.
    pub padding: Padding,
    /// Distance of neighbouring outputs.
    pub stride: (usize, usize),
    /// Distance of neighbouring taps.
    pub dilation: (usize, usize),
    /// Groups of planes that are convolved by themselves.
    pub groups: usize,
    /// Whether it has a bias.
    pub bias: Bias,
    /// Which bound on norms holds for it.
    pub max_norm: ConvolutionNorm,
}

/// Zeros around the input of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Padding {
    /// Above and below.
    pub height: (usize, usize),
    /// Before and behind.
    pub time: (usize, usize),
}

/// Whether a convolution has a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It has one.
    With,
    /// It has none.
    Without,
}

/// Whether the job's bound on the norms of convolutions holds for this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvolutionNorm {
    /// It holds.
    Bounded,
    /// It does not hold.
    Free,
}

/// What a window of samples gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Its mean.
    Average,
    /// Its largest value.
    Maximum,
}

impl Padding {
    /// So many zeros before and behind, and none above and below.
    pub const fn along_time(zeros: usize) -> Self {
        Self { height: (0, 0), time: (zeros, zeros) }
    }
}

impl ConvolutionSizes {
    /// A convolution to `outputs` planes with stride 1, without zeros, in one group, with a bias that no bound holds for.
    pub const fn new(outputs: usize, kernel: (usize, usize)) -> Self {
        Self {
            inputs: 0,
            outputs,
            kernel,
            padding: Padding { height: (0, 0), time: (0, 0) },
            stride: (1, 1),
            dilation: (1, 1),
            groups: 1,
            bias: Bias::With,
            max_norm: ConvolutionNorm::Free,
        }
    }

    /// Shape of the weights.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.outputs, self.inputs.checked_div(self.groups).unwrap_or(0), self.kernel.0, self.kernel.1]
    }

    /// Zeros on either side of the time axis, if that is all it has beyond taps: no stride, no dilation, no zeros elsewhere.
    pub fn plain_padding(&self) -> Option<usize> {
        let Padding { height, time: (before, behind) } = self.padding;
        let is_plain = (self.stride, self.dilation, height) == ((1, 1), (1, 1), (0, 0)) && before == behind;
        is_plain.then_some(before)
    }

    /// Height and time of the output for an input of `height` and `time`; 0 if it is too small.
    pub(crate) fn output(&self, (height, time): (usize, usize)) -> (usize, usize) {
        let along = |size: usize, padding: (usize, usize), taps: usize, stride: usize, dilation: usize| {
            let span = taps.saturating_sub(1).saturating_mul(dilation);
            let padded = size.saturating_add(padding.0).saturating_add(padding.1);
            let last = if size == 0 { None } else { padded.checked_sub(span.saturating_add(1)) };
            last.and_then(|last| last.checked_div(stride)).map_or(0, |steps| steps + 1)
        };
        let Self { kernel, padding, stride, dilation, .. } = self;
        (
            along(height, padding.height, kernel.0, stride.0, dilation.0),
            along(time, padding.time, kernel.1, stride.1, dilation.1),
        )
    }
}

impl LayerKind {
    /// The trainable parameters: the last part of their names, and their shapes.
    pub fn parameters(&self) -> Vec<(&'static str, Vec<usize>)> {
        match *self {
            Self::Convolution(sizes) => {
                let mut parameters = vec![("weight", sizes.weight_shape().to_vec())];
                if sizes.bias == Bias::With {
                    parameters.push(("bias", vec![sizes.outputs]));
                }
                parameters
            }
            Self::BatchNorm { planes } => vec![("weight", vec![planes]), ("bias", vec![planes])],
            Self::Dense { inputs, outputs } => {
                vec![("weight", vec![outputs, inputs]), ("bias", vec![outputs])]
            }
            Self::Activation | Self::Pool { .. } | Self::Dropout { .. } | Self::Flatten => Vec::new(),
        }
    }

    /// How many trainable values it has.
    pub fn parameter_count(&self) -> usize {
        let values =
            |shape: &[usize]| shape.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
        self.parameters().iter().fold(0, |sum: usize, (_, shape)| sum.saturating_add(values(shape)))
    }
}

impl Blueprint {
    /// Whether every layer reads the one before it alone.
    pub fn is_chain(&self) -> bool {
        self.layers.iter().enumerate().all(|(number, layer)| match layer.inputs[..] {
            [Input::Trials] => number == 0,
            [Input::Layer(before)] => before + 1 == number,
            _ => false,
        })
    }

    /// For each layer the layers whose outputs no later one reads.
    pub fn last_uses(&self) -> Vec<Vec<usize>> {
        let mut last = vec![None; self.layers.len()];
        for (number, layer) in self.layers.iter().enumerate() {
            for input in &layer.inputs {
                if let Input::Layer(before) = input {
                    last[*before] = Some(number);
                }
            }
        }
        let done_at = |number| (0..last.len()).filter(|layer| last[*layer] == Some(number)).collect();
        (0..last.len()).map(done_at).collect()
    }

    /// All trainable parameters: names and shapes.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        self.layers.iter().flat_map(|layer| {
            let named = |(name, shape)| (format!("{}.{name}", layer.name), shape);
            layer.kind.parameters().into_iter().map(named)
        })
    }
}
