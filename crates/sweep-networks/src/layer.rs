//! The kinds of layers.

use crate::convolution::{Bias, Bound, ConvolutionSizes};

/// What a layer does, and its sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LayerKind {
    /// A convolution.
    Convolution(ConvolutionSizes),
    /// Batch normalisation of each plane.
    BatchNorm {
        /// Planes.
        planes: usize,
        /// Weight of the newest batch in the running statistics.
        momentum: f64,
        /// Added to the variance.
        epsilon: f64,
    },
    /// Layer normalisation over the planes, at each place by itself.
    LayerNorm {
        /// Planes.
        planes: usize,
        /// Added to the variance.
        epsilon: f64,
    },
    /// The job's activation function.
    Activation,
    /// A function of each value, whatever the job's activation is.
    Function(Function),
    /// Pooling along time.
    Pool {
        /// What a window gives.
        pooling: Pooling,
        /// Samples of a window.
        size: usize,
        /// Samples from one window to the next.
        stride: usize,
    },
    /// The mean over time.
    Mean,
    /// A part of the time axis.
    Window {
        /// Its first sample.
        first: usize,
        /// How many samples it has.
        samples: usize,
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
    /// A dense layer: of features, or of the planes at each place by itself.
    Dense {
        /// Features or planes that it reads.
        inputs: usize,
        /// Features or planes that it gives.
        outputs: usize,
        /// Which bound on norms holds for it.
        bound: Bound,
    },
    /// Scaled dot-product attention over time: reads queries, keys and values, each `[plane, 1, time]`.
    Attention {
        /// Heads, each of which has its share of the planes.
        heads: usize,
        /// The factor of the products of queries and keys.
        scale: f64,
        /// The number of its dropout of attention weights, if it has one.
        dropout: Option<u8>,
    },
    /// Several inputs become one.
    Combine(Combination),
}

/// Functions of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// x^2.
    Square,
    /// The logarithm of x, or of 1e-6 if x is less.
    SafeLog,
    /// x times the normal distribution function of x.
    Gelu,
}

/// What a window of samples gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Its mean.
    Average,
    /// Its largest value.
    Maximum,
}

/// How several inputs become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    /// Their sum: a residual connection.
    Sum,
    /// Their mean.
    Mean,
    /// All their planes: parallel branches.
    Planes,
}

/// The constants of PyTorch's normalisations.
pub const MOMENTUM: f64 = 0.1;
/// The same.
pub const EPSILON: f64 = 1e-5;

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
            Self::BatchNorm { planes, .. } | Self::LayerNorm { planes, .. } => {
                vec![("weight", vec![planes]), ("bias", vec![planes])]
            }
            Self::Dense { inputs, outputs, .. } => {
                vec![("weight", vec![outputs, inputs]), ("bias", vec![outputs])]
            }
            Self::Activation
            | Self::Function(_)
            | Self::Pool { .. }
            | Self::Mean
            | Self::Window { .. }
            | Self::Dropout { .. }
            | Self::Flatten
            | Self::Attention { .. }
            | Self::Combine(_) => Vec::new(),
        }
    }

    /// How many trainable values it has.
    pub fn parameter_count(&self) -> usize {
        let values =
            |shape: &[usize]| shape.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
        self.parameters().iter().fold(0, |sum: usize, (_, shape)| sum.saturating_add(values(shape)))
    }

    /// Whether it is what its kind most often is: windows that follow each other, and PyTorch's constants.
    pub(crate) fn is_plain(&self) -> bool {
        match *self {
            Self::BatchNorm { momentum, epsilon, .. } => (momentum, epsilon) == (MOMENTUM, EPSILON),
            Self::Pool { size, stride, .. } => size == stride,
            _ => true,
        }
    }
}
