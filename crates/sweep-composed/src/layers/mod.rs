//! The layers that hold weights, and what the others do.

mod batch_norm;
mod convolution;
mod dense;

pub(crate) use self::{
    batch_norm::{BatchNorm, batch_norm},
    convolution::{Convolution, convolution},
    dense::{Dense, dense},
};

use candle_core::{DType, Device, Result, Tensor, Var};
use sweep_kernels::{Activation, DropoutKey, Pooling};

use crate::operations::{activate, dropout, pool};

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
    Pool { pooling: Pooling, size: usize },
    Dropout { number: u8, copies: usize, probability: f64 },
    Flatten,
    Dense(Dense),
}

impl Layer {
    /// The output for `inputs`, each `[batch, plane, height, time]`, or `[batch, feature]` behind the flattening, as a graph of candle's
    /// operations.
    pub(crate) fn forward(&self, inputs: &[&Tensor], mode: Mode) -> Result<Tensor> {
        let [x] = inputs else {
            return Err(candle_core::Error::Msg(format!("a layer with {} inputs", inputs.len())));
        };
        match self {
            Self::Convolution(layer) => layer.forward(x, mode),
            Self::BatchNorm(layer) => layer.forward(x, mode),
            Self::Activation(activation) => activate(x, *activation),
            Self::Pool { pooling, size } => pool(x, *pooling, *size),
            Self::Dropout { number, copies, probability } => match mode {
                Mode::Train(key) => match key.mask(*number, *probability) {
                    Some(mask) => dropout(x, mask, *copies),
                    None => Ok((*x).clone()),
                },
                Mode::Evaluate => Ok((*x).clone()),
            },
            Self::Flatten => x.flatten_from(1),
            Self::Dense(layer) => layer.forward(x, mode),
        }
    }
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
            Self::Dense(layer) => (&layer.weight, Some(&layer.bias)),
            Self::Activation(_) | Self::Pool { .. } | Self::Dropout { .. } | Self::Flatten => {
                return Vec::new();
            }
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
pub(crate) struct New<'a> {
    pub(crate) dtype: DType,
    pub(crate) device: &'a Device,
}

impl New<'_> {
    fn zeros(&self, shape: &[usize]) -> Result<Var> {
        Var::zeros(shape, self.dtype, self.device)
    }
}
