//! The layers that hold weights, and what the others do.

mod batch_norm;
mod convolution;
mod dense;
mod layer_norm;

pub(crate) use self::{
    batch_norm::{BatchNorm, batch_norm},
    convolution::{Convolution, convolution},
    dense::{Dense, dense},
    layer_norm::{LayerNorm, layer_norm},
};

// What the kernels normalise with; networks that say other numbers are composed.
pub(crate) use sweep_networks::{EPSILON, MOMENTUM};

use candle_core::{DType, Device, Tensor, Var};
use sweep_kernels::{Activation, AttentionInputs, Mask, Pooling};
use sweep_networks::{Combination, Function};
use sweep_random::{Purpose, Stream};

use crate::{DropoutKey, ModelError};

/// Which of its two ways a network computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// For training: statistics of the batch, which also move the running ones; dropout; and a graph for gradients.
    Train(DropoutKey),
    /// For use: running statistics, no dropout, and no graph.
    Evaluate,
}

/// A layer of a network.
#[derive(Debug)]
pub(crate) enum Layer {
    Convolution(Convolution),
    BatchNorm(BatchNorm),
    Activation(Activation),
    LayerNorm(LayerNorm),
    Function(Function),
    Pool {
        pooling: Pooling,
        size: usize,
        stride: usize,
    },
    Mean,
    Window {
        first: usize,
        samples: usize,
    },
    Dropout {
        number: u8,
        copies: usize,
        probability: f64,
    },
    Flatten,
    Dense(Dense),
    /// The dropout of attention weights: its number and probability.
    Attention {
        heads: usize,
        scale: f64,
        dropout: Option<(u8, f64)>,
    },
    Combine(Combination),
}

impl Layer {
    /// The output for `inputs`, each `[batch, plane, height, time]`, or `[batch, feature]` behind the flattening, as a graph of candle's
    /// operations.
    pub(crate) fn forward(&self, inputs: &[&Tensor], mode: Mode) -> Result<Tensor, ModelError> {
        let [x, others @ ..] = inputs else {
            return Err(ModelError::Tensor("a layer without inputs".to_owned()));
        };
        Ok(match self {
            Self::Convolution(layer) => layer.forward(x, mode)?,
            Self::BatchNorm(layer) => layer.forward(x, mode)?,
            Self::LayerNorm(layer) => layer.forward(x, mode)?,
            Self::Activation(activation) => sweep_kernels::activate(x, *activation)?,
            Self::Function(Function::Square) => sweep_kernels::square(x)?,
            Self::Function(Function::SafeLog) => sweep_kernels::safe_log(x, LEAST_OF_LOGARITHM)?,
            Self::Function(Function::Gelu) => sweep_kernels::gelu(x)?,
            Self::Pool { pooling, size, stride } => sweep_kernels::pool_every(x, *pooling, *size, *stride)?,
            Self::Mean => x.mean_keepdim(3)?,
            Self::Window { first, samples } => x.narrow(3, *first, *samples)?.contiguous()?,
            Self::Dropout { number, copies, probability } => match mask(mode, *number, *probability) {
                // Features are planes of one place.
                Some(mask) if x.rank() == 2 => {
                    sweep_kernels::dropout(&x.unsqueeze(2)?.unsqueeze(3)?, mask, *copies)?.flatten_from(1)?
                }
                Some(mask) => sweep_kernels::dropout(x, mask, *copies)?,
                None => (*x).clone(),
            },
            Self::Flatten => x.flatten_from(1)?,
            Self::Dense(layer) => layer.forward(x, mode)?,
            Self::Attention { heads, scale, dropout } => {
                let [keys, values] = others else {
                    return Err(ModelError::Tensor("attention without keys or values".to_owned()));
                };
                let mask = dropout.and_then(|(number, probability)| mask(mode, number, probability));
                let inputs = AttentionInputs { queries: x, keys, values };
                sweep_kernels::attention(inputs, *heads, *scale, mask)?
            }
            Self::Combine(Combination::Planes) => Tensor::cat(inputs, 1)?,
            Self::Combine(Combination::Sum) => sum(x, others)?,
            Self::Combine(Combination::Mean) => (sum(x, others)? / inputs.len() as f64)?,
        })
    }
}

/// What braindecode's `SafeLog` takes the logarithm of at the least.
const LEAST_OF_LOGARITHM: f64 = 1e-6;

/// The mask of a dropout, if there is one.
fn mask(mode: Mode, number: u8, probability: f64) -> Option<Mask> {
    let Mode::Train(DropoutKey { seed, epoch, step }) = mode else { return None };
    Mask::new(probability, Stream::new(seed, Purpose::Dropout { layer: number }, epoch, step))
}

fn sum(first: &Tensor, others: &[&Tensor]) -> Result<Tensor, ModelError> {
    Ok(others.iter().try_fold(first.clone(), |sum, other| sum + *other)?)
}

/// The kernels' name of a way of pooling.
pub(crate) fn pooling(pooling: sweep_networks::Pooling) -> Pooling {
    match pooling {
        sweep_networks::Pooling::Average => Pooling::Average,
        sweep_networks::Pooling::Maximum => Pooling::Maximum,
    }
}

/// The variable as the graph sees it: with gradients in training alone.
fn of_mode(variable: &Var, mode: Mode) -> Tensor {
    match mode {
        Mode::Train(_) => variable.as_tensor().clone(),
        Mode::Evaluate => variable.as_detached_tensor(),
    }
}

/// Where new weights come from: the seed, and the number of the next parameter.
#[derive(Debug)]
pub(crate) struct Initialiser<'a> {
    pub(crate) seed: u64,
    pub(crate) dtype: DType,
    pub(crate) device: &'a Device,
    next: u32,
}

impl<'a> Initialiser<'a> {
    pub(crate) fn new(seed: u64, dtype: DType, device: &'a Device) -> Self {
        Self { seed, dtype, device, next: 0 }
    }

    /// Uniform in +-1/sqrt(`fan_in`): what PyTorch's default for convolutions and dense layers comes to.
    fn uniform(&mut self, shape: &[usize], fan_in: usize) -> Result<Var, ModelError> {
        self.uniform_within(1.0 / (fan_in as f64).sqrt(), shape)
    }

    /// Uniform in +-`bound`.
    fn uniform_within(&mut self, bound: f64, shape: &[usize]) -> Result<Var, ModelError> {
        let mut draws = Stream::new(self.seed, Purpose::Initialisation, 0, self.number()).draws();
        let values: Vec<f64> =
            (0..shape.iter().product()).map(|_| bound * (2.0 * draws.uniform() - 1.0)).collect();
        let values = Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(self.dtype)?;
        Ok(Var::from_tensor(&values.to_device(self.device)?)?)
    }

    /// One value everywhere.
    fn constant(&mut self, value: f64, length: usize) -> Result<Var, ModelError> {
        self.number();
        self.buffer(value, length)
    }

    /// One value everywhere, of a tensor that is no parameter and takes no number.
    fn buffer(&self, value: f64, length: usize) -> Result<Var, ModelError> {
        let values = Tensor::full(value, length, &Device::Cpu)?.to_dtype(self.dtype)?;
        Ok(Var::from_tensor(&values.to_device(self.device)?)?)
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }
}
