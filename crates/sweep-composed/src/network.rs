//! Training steps and logits of a whole network.

use std::marker::PhantomData;

use candle_core::{Device, Error, Tensor};
use sweep_kernels::{Activation, DropoutKey};
use sweep_networks::{Blueprint, Input, InputShape, LayerKind};

use crate::{
    ComposedError, Element,
    layers::{Layer, Mode, New, Variable, batch_norm, convolution, dense, layer_norm, pooling},
    operations::cross_entropy,
};

/// Trials that are evaluated together. Part of the definition of a result: another size may sum in another order.
pub(crate) const EVALUATED_TOGETHER: usize = 108;

/// What the job decides of a network's layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobSettings {
    /// Its activation function.
    pub activation: Activation,
    /// Probability of a zero in its dropout layers.
    pub dropout: f64,
    /// Share of each label that is spread over all classes in training.
    pub label_smoothing: f64,
}

/// A network as a graph of candle's operations. Its weights are lent to it for each computation.
#[derive(Debug)]
pub struct Composed<T> {
    blueprint: Blueprint,
    shape: InputShape,
    layers: Vec<Layer>,
    label_smoothing: f64,
    element: PhantomData<T>,
}

/// The trials of a batch with their labels.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// `[trial, channel, time]`: all trials of the data set.
    pub signal: &'a [f32],
    /// The trials of the batch, by their numbers.
    pub numbers: &'a [u32],
    /// The class of each trial of the batch.
    pub labels: &'a [u32],
}

/// The tensors of a network, each layer's parameters followed by its running statistics.
#[derive(Debug)]
pub struct Tensors<'a, T> {
    /// Their values. A step moves the running statistics.
    pub values: Vec<&'a mut [T]>,
    /// Where the gradients of the parameters go; the others' are left alone.
    pub gradients: Vec<&'a mut [T]>,
}

/// What a training step gives beside the gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComposedStep {
    /// The mean loss.
    pub loss: f64,
    /// Trials in the right class.
    pub correct: usize,
}

impl<T: Element> Composed<T> {
    /// The network of `blueprint` for trials of `shape`.
    ///
    /// # Errors
    /// If there is no room for its weights.
    pub fn new(blueprint: &Blueprint, shape: InputShape, job: JobSettings) -> Result<Self, ComposedError> {
        let new = New { dtype: T::DTYPE };
        let layers = blueprint.layers.iter().map(|layer| instantiate(layer.kind, job, &new));
        Ok(Self {
            blueprint: blueprint.clone(),
            shape,
            layers: layers.collect::<Result<_, Error>>()?,
            label_smoothing: job.label_smoothing,
            element: PhantomData,
        })
    }

    /// A training step's forward and backward pass. Statistics are those of the batch; dropout is drawn from `key`.
    ///
    /// # Errors
    /// If the machine is out of memory.
    pub fn step(
        &mut self,
        tensors: Tensors<'_, T>,
        batch: Batch<'_>,
        key: DropoutKey,
    ) -> Result<ComposedStep, ComposedError> {
        let Tensors { mut values, mut gradients } = tensors;
        self.take(values.iter().map(|values| &**values))?;
        let trial = self.trial();
        let signal: Vec<f32> = batch
            .numbers
            .iter()
            .flat_map(|number| &batch.signal[*number as usize * trial..][..trial])
            .copied()
            .collect();
        let labels = Tensor::from_slice(batch.labels, batch.labels.len(), &Device::Cpu)?;
        let logits = self.forward(&signal, Mode::Train(key))?;
        let loss = cross_entropy(&logits, &labels, self.label_smoothing)?;
        let correct = logits
            .argmax(1)?
            .eq(&labels)?
            .to_dtype(candle_core::DType::U32)?
            .sum_all()?
            .to_scalar::<u32>()?;
        let found = loss.backward()?;
        for (number, variable) in self.layers.iter().flat_map(Layer::variables).enumerate() {
            match variable {
                Variable::Parameter(parameter) => match found.get(parameter.as_tensor()) {
                    Some(gradient) => gradients[number].copy_from_slice(&T::values(gradient)?),
                    None => return Err(without_gradient(number)),
                },
                Variable::Statistic(statistic) => values[number].copy_from_slice(&T::values(statistic)?),
            }
        }
        let loss = T::values(&loss)?.first().map_or(f64::NAN, |loss| loss.to_f64());
        Ok(ComposedStep { loss, correct: correct as usize })
    }

    /// The logits, `[trial, class]`, of all trials of `signal` in evaluation mode: running statistics, no dropout. `values` are as in
    /// [`Tensors`].
    ///
    /// # Errors
    /// If the machine is out of memory.
    pub fn logits(&mut self, values: &[&[T]], signal: &[f32]) -> Result<Vec<T>, ComposedError> {
        self.take(values.iter().copied())?;
        let mut logits = Vec::with_capacity(signal.len() / self.trial() * self.shape.classes);
        for signal in signal.chunks(EVALUATED_TOGETHER * self.trial()) {
            logits.extend(T::values(&self.forward(signal, Mode::Evaluate)?)?);
        }
        Ok(logits)
    }

    fn trial(&self) -> usize {
        self.shape.channels * self.shape.samples
    }

    /// Takes the tensors.
    fn take<'v>(&self, values: impl Iterator<Item = &'v [T]>) -> Result<(), Error> {
        for (variable, values) in self.layers.iter().flat_map(Layer::variables).zip(values) {
            let (Variable::Parameter(variable) | Variable::Statistic(variable)) = variable;
            variable.set(&T::tensor(values, variable.dims())?)?;
        }
        Ok(())
    }

    fn forward(&self, signal: &[f32], mode: Mode) -> Result<Tensor, Error> {
        let InputShape { channels, samples, .. } = self.shape;
        let shape = (signal.len() / self.trial(), 1, channels, samples);
        let trials = Tensor::from_slice(signal, shape, &Device::Cpu)?.to_dtype(T::DTYPE)?;
        let last_uses = self.blueprint.last_uses();
        let mut outputs: Vec<Option<Tensor>> = Vec::with_capacity(self.layers.len());
        for (number, (layer, computed)) in self.blueprint.layers.iter().zip(&self.layers).enumerate() {
            let inputs = layer.inputs.iter().map(|input| match input {
                Input::Trials => Some(&trials),
                Input::Layer(before) => outputs[*before].as_ref(),
            });
            let output = computed.forward(&inputs.flatten().collect::<Vec<_>>(), mode)?;
            // Not longer than it is needed, which matters in an evaluation: in training the graph holds it.
            last_uses[number].iter().for_each(|done| outputs[*done] = None);
            outputs.push(Some(output));
        }
        let logits = outputs.pop().flatten();
        logits.ok_or_else(|| Error::Msg("a network without layers".to_owned()))
    }
}

fn without_gradient(number: usize) -> ComposedError {
    Error::Msg(format!("the loss does not depend on parameter {number}")).into()
}

fn instantiate(kind: LayerKind, job: JobSettings, new: &New) -> Result<Layer, Error> {
    Ok(match kind {
        LayerKind::Convolution(sizes) => Layer::Convolution(convolution(sizes, new)?),
        LayerKind::BatchNorm { planes, momentum, epsilon } => {
            Layer::BatchNorm(batch_norm(planes, (momentum, epsilon), new)?)
        }
        LayerKind::LayerNorm { planes, epsilon } => Layer::LayerNorm(layer_norm(planes, epsilon, new)?),
        LayerKind::Activation => Layer::Activation(job.activation),
        LayerKind::Function(function) => Layer::Function(function),
        LayerKind::Pool { pooling: kind, size, stride } => {
            Layer::Pool { pooling: pooling(kind), size, stride }
        }
        LayerKind::Mean => Layer::Mean,
        LayerKind::Window { first, samples } => Layer::Window { first, samples },
        LayerKind::Dropout { number, copies } => Layer::Dropout { number, copies, probability: job.dropout },
        LayerKind::Flatten => Layer::Flatten,
        LayerKind::Dense { inputs, outputs, .. } => Layer::Dense(dense(inputs, outputs, new)?),
        LayerKind::Attention { heads, scale, dropout } => {
            Layer::Attention { heads, scale, dropout: dropout.map(|number| (number, job.dropout)) }
        }
        LayerKind::Combine(combination) => Layer::Combine(combination),
    })
}
