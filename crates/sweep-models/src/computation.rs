//! How a network computes: training steps and logits, in the form of its device.

use std::sync::atomic::Ordering;

use candle_core::{DType, Tensor, Var};
use sweep_kernels::{Form, InstructionSet};
use sweep_networks::Input;

use crate::{
    InputShape, ModelError, Network,
    fused::{Fused, Parameter},
    layers::{Layer, Mode},
};

/// What the dropout masks of a training step are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropoutKey {
    /// Seed of the job.
    pub seed: u64,
    /// Epoch, from 1.
    pub epoch: u32,
    /// Step within the epoch, from 1.
    pub step: u32,
}

/// What a training step gives beside the gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The mean over the batch of the cross-entropy between the softmax of the logits and the labels.
    pub loss: f64,
    /// How many trials the logits, with dropout, put into the right class.
    pub correct: usize,
}

/// Trials that the composed form evaluates together. Part of the definition of a result: another size may sum in another order.
pub(crate) const EVALUATED_TOGETHER: usize = 108;

/// How it computes.
#[derive(Debug)]
pub(crate) enum Computation {
    /// Stage by stage, with kernels for the processor.
    Fused32(Box<Fused<f32>>),
    Fused64(Box<Fused<f64>>),
    /// Layer by layer, as a graph of candle's operations.
    Composed,
}

impl Network {
    /// Computes in this form from now on; a new network computes in the form of its device. A network whose layers the fused form does not
    /// know stays composed.
    ///
    /// # Errors
    /// Where there is no room for the gradients.
    pub fn with_form(mut self, form: Form) -> Result<Self, ModelError> {
        self.computation = Computation::Composed;
        if form == Form::Fused && self.blueprint.is_chain() {
            let parameters: Vec<Parameter> =
                self.parameters.iter().map(|(_, value)| Parameter::new(value)).collect::<Result<_, _>>()?;
            let layers: Vec<&Layer> = self.layers.iter().map(|(_, layer)| layer).collect();
            let laid = match self.dtype {
                DType::F64 => Fused::new(&layers, self.shape, &parameters)
                    .map(|fused| Computation::Fused64(Box::new(fused))),
                _ => Fused::new(&layers, self.shape, &parameters)
                    .map(|fused| Computation::Fused32(Box::new(fused))),
            };
            if let Some(laid) = laid {
                self.computation = laid;
                self.gradients =
                    parameters.into_iter().map(|parameter| parameter.gradient.into_inner()).collect();
            }
        }
        Ok(self)
    }

    /// Computes with these instructions from now on, where it computes on the processor.
    #[must_use]
    pub fn with_instruction_set(mut self, set: InstructionSet) -> Self {
        match &mut self.computation {
            Computation::Fused32(fused) => fused.set_instruction_set(set),
            Computation::Fused64(fused) => fused.set_instruction_set(set),
            Computation::Composed => {}
        }
        self
    }

    /// A training step's forward and backward pass over the trials `numbers` of `signal`, `[trial, 1, channel, time]` or
    /// `[trial, channel, time]` on the network's device, with a label for each. Statistics are those of the batch, which also move the running ones;
    /// dropout is drawn from `key`. The gradients of the mean loss are then [`gradients`](Self::gradients).
    ///
    /// # Errors
    /// Where `signal` has another shape, a number or a label is out of its range, or the device runs out of memory.
    pub fn step(
        &mut self,
        signal: &Tensor,
        numbers: &[u32],
        labels: &[u32],
        key: DropoutKey,
    ) -> Result<Step, ModelError> {
        let signal = self.checked(signal)?;
        self.check_batch(signal.dim(0)?, numbers, labels)?;
        match &mut self.computation {
            Computation::Fused32(fused) => {
                let step = fused.step(&signal.to_dtype(DType::F32)?.contiguous()?, numbers, labels, key);
                self.count_batch();
                step
            }
            Computation::Fused64(fused) => {
                let step = fused.step(&signal.to_dtype(DType::F32)?.contiguous()?, numbers, labels, key);
                self.count_batch();
                step
            }
            Computation::Composed => self.composed_step(&signal, numbers, labels, key),
        }
    }

    /// The gradients of the last step, in the order of [`parameters`](Self::parameters).
    pub fn gradients(&self) -> &[Tensor] {
        &self.gradients
    }

    /// The logits, `[trial, class]`, of `signal`, `[trial, 1, channel, time]` or `[trial, channel, time]` on the network's device, in evaluation
    /// mode: running statistics, no dropout. Those of a trial do not depend on the trials beside it.
    ///
    /// # Errors
    /// Where `signal` has another shape, or the device runs out of memory.
    pub fn logits(&mut self, signal: &Tensor) -> Result<Tensor, ModelError> {
        let signal = self.checked(signal)?;
        let shape = (signal.dim(0)?, self.shape.classes);
        match &mut self.computation {
            Computation::Fused32(fused) => {
                let logits = fused.logits(&signal.to_dtype(DType::F32)?.contiguous()?)?;
                Ok(Tensor::from_vec(logits, shape, &self.device)?)
            }
            Computation::Fused64(fused) => {
                let logits = fused.logits(&signal.to_dtype(DType::F32)?.contiguous()?)?;
                Ok(Tensor::from_vec(logits, shape, &self.device)?)
            }
            Computation::Composed => {
                let trials = signal.dim(0)?;
                let batches = (0..trials).step_by(EVALUATED_TOGETHER).map(|first| {
                    let count = EVALUATED_TOGETHER.min(trials - first);
                    self.composed(&signal.narrow(0, first, count)?, Mode::Evaluate)
                });
                Ok(Tensor::cat(&batches.collect::<Result<Vec<_>, _>>()?, 0)?)
            }
        }
    }

    /// `signal` as `[trial, 1, channel, time]`.
    fn checked(&self, signal: &Tensor) -> Result<Tensor, ModelError> {
        let InputShape { channels, samples, .. } = self.shape;
        match *signal.dims() {
            [_, 1, c, t] if (c, t) == (channels, samples) => Ok(signal.clone()),
            [_, c, t] if (c, t) == (channels, samples) => Ok(signal.unsqueeze(1)?),
            _ => Err(ModelError::Input { expected: self.shape, found: signal.dims().to_vec() }),
        }
    }

    fn check_batch(&self, trials: usize, numbers: &[u32], labels: &[u32]) -> Result<(), ModelError> {
        let classes = self.shape.classes;
        if let Some(number) = numbers.iter().find(|number| **number as usize >= trials) {
            return Err(ModelError::Trial { number: *number, trials });
        }
        if let Some(label) = labels.iter().find(|label| **label as usize >= classes) {
            return Err(ModelError::Label { label: *label, classes });
        }
        if numbers.is_empty() || numbers.len() != labels.len() {
            return Err(ModelError::Batch { trials: numbers.len(), labels: labels.len() });
        }
        Ok(())
    }

    fn composed(&self, signal: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
        let trials = signal.to_dtype(self.dtype)?;
        let last_uses = self.blueprint.last_uses();
        let mut outputs: Vec<Option<Tensor>> = Vec::with_capacity(self.layers.len());
        for (number, (layer, (_, computed))) in self.blueprint.layers.iter().zip(&self.layers).enumerate() {
            let inputs = layer.inputs.iter().map(|input| match input {
                Input::Trials => Some(&trials),
                Input::Layer(before) => outputs[*before].as_ref(),
            });
            let output = computed.forward(&inputs.flatten().collect::<Vec<_>>(), mode)?;
            // Not longer than it is needed, which matters in an evaluation: in training the graph holds it.
            last_uses[number].iter().for_each(|done| outputs[*done] = None);
            outputs.push(Some(output));
        }
        outputs.pop().flatten().ok_or_else(|| ModelError::Tensor("a network without layers".to_owned()))
    }

    fn composed_step(
        &mut self,
        signal: &Tensor,
        numbers: &[u32],
        labels: &[u32],
        key: DropoutKey,
    ) -> Result<Step, ModelError> {
        let on_device = |values: &[u32]| Tensor::from_slice(values, values.len(), &self.device);
        let labels = on_device(labels)?;
        let logits = self.composed(&signal.index_select(&on_device(numbers)?, 0)?, Mode::Train(key))?;
        let loss = sweep_kernels::cross_entropy(&logits, &labels)?;
        let correct = logits.argmax(1)?.eq(&labels)?.to_dtype(DType::U32)?.sum_all()?.to_scalar::<u32>()?;
        let gradients = loss.backward()?;
        let of_parameter = |(name, parameter): &(String, Var)| {
            // By itself: a gradient is the end of a graph too, which would keep this step's activations until the next step has its own.
            let gradient = gradients.get(parameter.as_tensor()).map(Tensor::detach);
            gradient.ok_or_else(|| ModelError::MissingGradient { parameter: name.clone() })
        };
        self.gradients = self.parameters.iter().map(of_parameter).collect::<Result<_, _>>()?;
        self.count_batch();
        Ok(Step { loss: loss.to_dtype(DType::F64)?.to_scalar()?, correct: correct as usize })
    }

    fn count_batch(&self) {
        for (_, layer) in &self.layers {
            if let Layer::BatchNorm(layer) = layer {
                layer.batches_tracked.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The form that it computes in.
    pub fn form(&self) -> Form {
        match self.computation {
            Computation::Fused32(_) | Computation::Fused64(_) => Form::Fused,
            Computation::Composed => Form::Composed,
        }
    }
}
