//! The layers that hold weights, and what the others do.

mod batch_norm;
mod convolution;
mod dense;

pub(crate) use self::{
    batch_norm::{BatchNorm, EPSILON, MOMENTUM, batch_norm},
    convolution::{Convolution, convolution},
    dense::{Dense, dense},
};

use candle_core::{DType, Device, Tensor, Var};
use sweep_kernels::{Activation, Mask, Pooling};
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
    Pool { pooling: Pooling, size: usize },
    Dropout { number: u8, copies: usize, probability: f64 },
    Flatten,
    Dense(Dense),
}

impl Layer {
    /// The output for `inputs`, each `[batch, plane, height, time]`, or `[batch, feature]` behind the flattening, as a graph of candle's
    /// operations.
    pub(crate) fn forward(&self, inputs: &[&Tensor], mode: Mode) -> Result<Tensor, ModelError> {
        let [x] = inputs else {
            return Err(ModelError::Tensor(format!("a layer with {} inputs", inputs.len())));
        };
        match self {
            Self::Convolution(layer) => layer.forward(x, mode),
            Self::BatchNorm(layer) => layer.forward(x, mode),
            Self::Activation(activation) => Ok(sweep_kernels::activate(x, *activation)?),
            Self::Pool { pooling, size } => Ok(sweep_kernels::pool(x, *pooling, *size)?),
            Self::Dropout { number, copies, probability } => match mode {
                Mode::Train(DropoutKey { seed, epoch, step }) => {
                    let stream = Stream::new(seed, Purpose::Dropout { layer: *number }, epoch, step);
                    match Mask::new(*probability, stream) {
                        Some(mask) => Ok(sweep_kernels::dropout(x, mask, *copies)?),
                        None => Ok((*x).clone()),
                    }
                }
                Mode::Evaluate => Ok((*x).clone()),
            },
            Self::Flatten => Ok(x.flatten_from(1)?),
            Self::Dense(layer) => layer.forward(x, mode),
        }
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
        let mut draws = Stream::new(self.seed, Purpose::Initialisation, 0, self.number()).draws();
        let bound = 1.0 / (fan_in as f64).sqrt();
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
