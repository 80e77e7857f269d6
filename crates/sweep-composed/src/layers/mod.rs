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

use candle_core::{DType, Device, Error, Result, Tensor, Var};
use sweep_kernels::{Activation, DropoutKey, Mask, Pooling};
use sweep_networks::{Combination, Function};

use crate::operations::{self, AttentionInputs};

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
    pub(crate) fn forward(&self, inputs: &[&Tensor], mode: Mode) -> Result<Tensor> {
        let [x, others @ ..] = inputs else {
            return Err(Error::Msg("a layer without inputs".to_owned()));
        };
        Ok(match self {
            Self::Convolution(layer) => layer.forward(x, mode)?,
            Self::BatchNorm(layer) => layer.forward(x, mode)?,
            Self::LayerNorm(layer) => layer.forward(x, mode)?,
            Self::Activation(activation) => operations::activate(x, *activation)?,
            Self::Function(Function::Square) => operations::square(x)?,
            Self::Function(Function::SafeLog) => operations::safe_log(x, LEAST_OF_LOGARITHM)?,
            Self::Function(Function::Gelu) => operations::gelu(x)?,
            Self::Pool { pooling, size, stride } => operations::pool_every(x, *pooling, *size, *stride)?,
            Self::Mean => x.mean_keepdim(3)?,
            Self::Window { first, samples } => x.narrow(3, *first, *samples)?.contiguous()?,
            Self::Dropout { number, copies, probability } => match mask(mode, *number, *probability) {
                // Features are planes of one place.
                Some(mask) if x.rank() == 2 => {
                    operations::dropout(&x.unsqueeze(2)?.unsqueeze(3)?, mask, *copies)?.flatten_from(1)?
                }
                Some(mask) => operations::dropout(x, mask, *copies)?,
                None => (*x).clone(),
            },
            Self::Flatten => x.flatten_from(1)?,
            Self::Dense(layer) => layer.forward(x, mode)?,
            Self::Attention { heads, scale, dropout } => {
                let [keys, values] = others else {
                    return Err(Error::Msg("attention without keys or values".to_owned()));
                };
                let mask = dropout.and_then(|(number, probability)| mask(mode, number, probability));
                let inputs = AttentionInputs { queries: x, keys, values };
                operations::attention(inputs, *heads, *scale, mask)?
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
    match mode {
        Mode::Train(key) => key.mask(number, probability),
        Mode::Evaluate => None,
    }
}

fn sum(first: &Tensor, others: &[&Tensor]) -> Result<Tensor> {
    others.iter().try_fold(first.clone(), |sum, other| sum + *other)
}

/// A tensor that a layer keeps between steps.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Variable<'a> {
    /// Trained by its gradient.
    Parameter(&'a Var),
    /// Moved by every batch.
    Statistic(&'a Var),
}

impl Layer {
    /// Its variables in the order of the state dict.
    pub(crate) fn variables(&self) -> Vec<Variable<'_>> {
        let (weight, bias) = match self {
            Self::Convolution(layer) => (&layer.weight, layer.bias.as_ref()),
            Self::BatchNorm(layer) => (&layer.weight, Some(&layer.bias)),
            Self::LayerNorm(layer) => (&layer.weight, Some(&layer.bias)),
            Self::Dense(layer) => (&layer.weight, Some(&layer.bias)),
            Self::Activation(_)
            | Self::Function(_)
            | Self::Pool { .. }
            | Self::Mean
            | Self::Window { .. }
            | Self::Dropout { .. }
            | Self::Flatten
            | Self::Attention { .. }
            | Self::Combine(_) => return Vec::new(),
        };
        let mut variables = vec![Variable::Parameter(weight)];
        variables.extend(bias.map(Variable::Parameter));
        if let Self::BatchNorm(layer) = self {
            variables.extend([&layer.running_mean, &layer.running_variance].map(Variable::Statistic));
        }
        variables
    }
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

/// Makes the variables of new layers; their values come from outside.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) dtype: DType,
}

impl New {
    fn zeros(&self, shape: &[usize]) -> Result<Var> {
        Var::zeros(shape, self.dtype, &Device::Cpu)
    }
}
