//! A network with its weights: training steps and logits.

use sweep_composed::{Batch, Composed, Element, JobSettings, Tensors};
use sweep_job as job;
use sweep_kernels::{Activation, DropoutKey, InstructionSet, Real, clip_norm, limit_row_norms};
use sweep_networks::{Blueprint, Bound, JobWords, LayerKind, LayerRow, ModelKind, SettingValues};

use crate::{
    InputShape, ModelError, Settings,
    fused::{Fused, Layout},
    state::{Entry, Value, initial, places},
};

/// A network with its weights, in float32; in float64 for checks.
#[derive(Debug)]
pub struct Network<T = f32> {
    settings: Settings,
    shape: InputShape,
    blueprint: Blueprint,
    state: Vec<Entry<T>>,
    /// Those of the last step, one for each entry of the state; empty for those that are not trained.
    gradients: Vec<Vec<T>>,
    computation: Computation<T>,
}

/// What a training step gives beside the gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The mean over the batch of the cross-entropy between the softmax of the logits and the labels, which may be smoothed.
    pub loss: f64,
    /// How many trials the logits, with dropout, put into the right class.
    pub correct: usize,
}

/// How it computes.
#[derive(Debug)]
enum Computation<T> {
    /// Stage by stage, with kernels for the processor.
    Fused(Box<Fused<T>>),
    /// Layer by layer.
    Composed(Box<Composed<T>>),
}

/// The layer table of `model` with the settings `values` for trials of `shape`, whatever its activation and dropout.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn layer_table(
    model: ModelKind,
    values: &SettingValues,
    shape: InputShape,
) -> Result<Vec<LayerRow>, ModelError> {
    Ok(model.descriptor().blueprint(values, shape)?.rows(JobWords::ANY))
}

/// Multiply-adds of a forward pass over one trial of `shape`, for comparing the costs of networks.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn multiply_adds(settings: &Settings, shape: InputShape) -> Result<u64, ModelError> {
    Ok(blueprint(settings, shape)?.multiply_adds(shape))
}

/// The network that `settings` describe, layer by layer.
pub(crate) fn blueprint(settings: &Settings, shape: InputShape) -> Result<Blueprint, ModelError> {
    Ok(settings.model.descriptor().blueprint(&settings.more, shape)?)
}

/// The job's part of a network's layers.
pub(crate) fn job_settings(settings: &Settings) -> JobSettings {
    let Settings { dropout, .. } = *settings;
    JobSettings {
        activation: activation(settings.activation),
        dropout,
        label_smoothing: settings.label_smoothing(),
    }
}

/// The activation function as the kernels have it.
pub(crate) fn activation(activation: job::Activation) -> Activation {
    match activation {
        job::Activation::Relu => Activation::Relu,
        job::Activation::LeakyRelu { slope } => Activation::LeakyRelu { slope },
        job::Activation::Elu { alpha } => Activation::Elu { alpha },
    }
}

impl<T: Element> Network<T> {
    /// A network for trials of `shape` with new weights from `seed`, computed on the processor: with kernels if all its layers have
    /// some.
    ///
    /// # Errors
    /// If the trials are too short, there is no channel or fewer than two classes, or a setting is out of its range.
    pub fn new(settings: &Settings, shape: InputShape, seed: u64) -> Result<Self, ModelError> {
        Self::of_layers(blueprint(settings, shape)?, settings, shape, seed)
    }

    /// The same with the layers of `blueprint`, which was made for `shape`, whatever network the settings name.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn of_layers(
        blueprint: Blueprint,
        settings: &Settings,
        shape: InputShape,
        seed: u64,
    ) -> Result<Self, ModelError> {
        check(settings)?;
        let computation = match Layout::of(&blueprint, shape, job_settings(settings)) {
            Some(layout) => Computation::Fused(Box::new(Fused::new(layout))),
            None => composed(&blueprint, settings, shape)?,
        };
        Ok(Self::with(settings, shape, seed, blueprint, computation))
    }

    /// The same network, computed layer by layer.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and if the machine is out of memory.
    pub fn composed(settings: &Settings, shape: InputShape, seed: u64) -> Result<Self, ModelError> {
        check(settings)?;
        let blueprint = blueprint(settings, shape)?;
        let composed = composed(&blueprint, settings, shape)?;
        Ok(Self::with(settings, shape, seed, blueprint, composed))
    }

    fn with(
        settings: &Settings,
        shape: InputShape,
        seed: u64,
        blueprint: Blueprint,
        computation: Computation<T>,
    ) -> Self {
        let state = initial::<T>(&blueprint, seed);
        let gradient = |entry: &Entry<T>| match &entry.value {
            Value::Parameter(numbers) => vec![T::zero(); numbers.len()],
            _ => Vec::new(),
        };
        let gradients = state.iter().map(gradient).collect();
        Self { settings: settings.clone(), shape, blueprint, state, gradients, computation }
    }

    /// Computes with these instructions from now on, if it computes with kernels.
    #[must_use]
    pub fn with_instruction_set(mut self, set: InstructionSet) -> Self {
        if let Computation::Fused(fused) = &mut self.computation {
            fused.set_instruction_set(set);
        }
        self
    }

    /// Whether it computes with kernels.
    pub fn is_fused(&self) -> bool {
        matches!(self.computation, Computation::Fused(_))
    }

    /// A training step's forward and backward pass over the trials `numbers` of `signal`, `[trial, channel, time]`, with a label for each.
    /// Statistics are those of the batch, which also move the running ones; dropout is drawn from `key`. The gradients of the mean loss are
    /// then [`gradients`](Self::gradients), clipped if the settings say so.
    ///
    /// # Errors
    /// If `signal` has another shape, a number or a label is out of its range, or the machine is out of memory.
    pub fn step(
        &mut self,
        signal: &[f32],
        numbers: &[u32],
        labels: &[u32],
        key: DropoutKey,
    ) -> Result<Step, ModelError> {
        self.check_batch(self.trials(signal)?, numbers, labels)?;
        let Self { state, gradients, computation, .. } = self;
        let step = match computation {
            Computation::Fused(fused) => fused.step(state, gradients, signal, numbers, labels, key),
            Computation::Composed(composed) => {
                let mut tensors = Tensors { values: Vec::new(), gradients: Vec::new() };
                for (entry, gradient) in
                    state.iter_mut().zip(gradients).filter(|(entry, _)| entry.is_tensor())
                {
                    tensors.values.push(entry.numbers_mut());
                    tensors.gradients.push(gradient);
                }
                let step = composed.step(tensors, Batch { signal, numbers, labels }, key)?;
                Step { loss: step.loss, correct: step.correct }
            }
        };
        for entry in &mut self.state {
            if let Value::Counter(batches) = &mut entry.value {
                *batches += 1;
            }
        }
        if let Some(bound) = self.settings.gradient_clip_norm() {
            clip_norm(self.gradients.iter_mut().map(Vec::as_mut_slice), bound);
        }
        Ok(step)
    }

    /// The logits, `[trial, class]`, of `signal`, `[trial, channel, time]`, in evaluation mode: running statistics, no dropout. Those of a
    /// trial do not depend on the trials beside it.
    ///
    /// # Errors
    /// If `signal` has another shape, or the machine is out of memory.
    pub fn logits(&mut self, signal: &[f32]) -> Result<Vec<T>, ModelError> {
        self.trials(signal)?;
        match &mut self.computation {
            Computation::Fused(fused) => Ok(fused.logits(&self.state, signal)),
            Computation::Composed(composed) => {
                let tensors = self.state.iter().filter(|entry| entry.is_tensor()).map(Entry::numbers);
                Ok(composed.logits(&tensors.collect::<Vec<_>>(), signal)?)
            }
        }
    }

    /// Trials of a signal.
    fn trials(&self, signal: &[f32]) -> Result<usize, ModelError> {
        let trial = self.shape.channels * self.shape.samples;
        if !signal.len().is_multiple_of(trial) {
            return Err(ModelError::Input { expected: self.shape, found: signal.len() });
        }
        Ok(signal.len() / trial)
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
}

impl<T: Real> Network<T> {
    /// Weights and running statistics in the order of the state dict.
    pub fn state(&self) -> &[Entry<T>] {
        &self.state
    }

    /// Lets it go on from `state`, which has the entries of its own.
    pub(crate) fn set_state(&mut self, state: Vec<Entry<T>>) {
        self.state = state;
    }

    /// The trainable parameters, in the order of the state dict.
    pub fn parameters(&self) -> impl Iterator<Item = &Entry<T>> {
        self.state.iter().filter(|entry| entry.is_parameter())
    }

    /// The numbers of parameter number `parameter`, for a change in place.
    pub fn parameter_mut(&mut self, parameter: usize) -> Option<&mut [T]> {
        self.state.iter_mut().filter(|entry| entry.is_parameter()).nth(parameter).map(Entry::numbers_mut)
    }

    /// The gradients of the last step, in the order of [`parameters`](Self::parameters); zeros before the first.
    pub fn gradients(&self) -> impl Iterator<Item = &[T]> {
        let both = self.state.iter().zip(&self.gradients);
        both.filter(|(entry, _)| entry.is_parameter()).map(|(_, gradient)| &gradient[..])
    }

    /// The parameters with their gradients.
    pub(crate) fn parameters_with_gradients(&mut self) -> impl Iterator<Item = (&mut [T], &[T])> {
        let both = self.state.iter_mut().zip(&self.gradients);
        both.filter(|(entry, _)| entry.is_parameter())
            .map(|(entry, gradient)| (entry.numbers_mut(), &gradient[..]))
    }

    /// Number of trainable values.
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(|entry| entry.numbers().len()).sum()
    }

    /// Scales weights whose norm is above its bound, if the settings have bounds: those of every output unit of the bounded convolutions
    /// (EEGNet: the depthwise one; DeepConvNet: all) and of the dense layer. Biases are left alone. As `torch.renorm`: the factor is
    /// bound / (norm + 1e-7). Called after every optimizer step.
    pub fn apply_max_norm(&mut self) {
        let Some(bounds) = self.settings.max_norm else { return };
        for (layer, place) in self.blueprint.layers.iter().zip(places(&self.blueprint)) {
            let bound = match layer.kind {
                LayerKind::Convolution(sizes) => sizes.bound,
                LayerKind::Dense { bound, .. } => bound,
                _ => Bound::None,
            };
            let bound = match bound {
                Bound::None => continue,
                Bound::Convolution => bounds.convolution,
                Bound::Dense => bounds.dense,
            };
            let weight = &mut self.state[place];
            let rows = weight.shape.first().copied().unwrap_or(1);
            limit_row_norms(weight.numbers_mut(), rows, bound);
        }
    }

    /// The layers with output shapes and numbers of parameters.
    pub fn layers(&self) -> Vec<LayerRow> {
        let activation = match self.settings.activation {
            job::Activation::Relu => "ReLU".to_owned(),
            job::Activation::LeakyRelu { slope } => format!("LeakyReLU {slope}"),
            job::Activation::Elu { alpha } => format!("ELU {alpha}"),
        };
        let dropout = format!("Dropout {}", self.settings.dropout);
        self.blueprint.rows(JobWords { activation: &activation, dropout: &dropout })
    }

    /// The settings it was built from.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The sizes it was built for.
    pub fn shape(&self) -> InputShape {
        self.shape
    }
}

fn composed<T: Element>(
    blueprint: &Blueprint,
    settings: &Settings,
    shape: InputShape,
) -> Result<Computation<T>, ModelError> {
    let composed = Composed::new(blueprint, shape, job_settings(settings))?;
    Ok(Computation::Composed(Box::new(composed)))
}

fn check(settings: &Settings) -> Result<(), ModelError> {
    let range = |setting, value: f64, fits: bool, range| {
        if fits { Ok(()) } else { Err(ModelError::Setting { setting, value, range }) }
    };
    let Settings { activation, dropout, max_norm, .. } = *settings;
    let smoothing = settings.label_smoothing();
    range("label_smoothing", smoothing, (0.0..1.0).contains(&smoothing), "0 or more and below 1")?;
    range("dropout", dropout, (0.0..1.0).contains(&dropout), "0 or more and below 1")?;
    if let Some(bound) = settings.gradient_clip_norm() {
        range("gradient_clip_norm", bound, bound > 0.0, "above 0")?;
    }
    match activation {
        job::Activation::Relu => {}
        job::Activation::LeakyRelu { slope } => range("slope", slope, slope.is_finite(), "a finite number")?,
        job::Activation::Elu { alpha } => range("alpha", alpha, alpha.is_finite(), "a finite number")?,
    }
    if let Some(bounds) = max_norm {
        for (setting, bound) in
            [("max_norm.convolution", bounds.convolution), ("max_norm.dense", bounds.dense)]
        {
            range(setting, bound, bound > 0.0, "above 0")?;
        }
    }
    Ok(())
}
