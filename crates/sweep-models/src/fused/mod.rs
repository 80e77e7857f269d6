//! A whole network on the processor, stage by stage: what trains and evaluates there.
//!
//! A stage is a convolution and its tail: batch normalisation, activation, pooling, dropout. Batch normalisation needs sums over the whole
//! batch, so a step is a chain of passes over the trials, each of which does all that can be done with a trial while it is in the
//! cache: the tail of one stage and the convolution of the next, and backward the same. Passes run on parts of the batch that are fixed by
//! its size alone, and what they sum is joined in their order: the same bits on any number of threads.
//!
//! Activations are `[trial, time, lane]`: the planes side by side, padded to whole vectors. All buffers are kept from step to step.

mod backward;
mod build;
mod first;
mod forward;
mod memory;
mod norm;
mod part;
mod stage;

use candle_core::{Tensor, Var};
use sweep_kernels::{
    Dense, InstructionSet, Mask, PackedWeights, Real, Winograd, for_each_mut, softmax_cross_entropy, threads,
    with_elements, with_elements_mut,
};
use sweep_random::{Purpose, Stream};

pub(crate) use self::memory::fused_memory;
use self::{first::First, part::Part, stage::Stage};
use crate::{DropoutKey, ModelError, Step};

/// A network laid out for the processor.
#[derive(Debug)]
pub(crate) struct Fused<T> {
    core: Core<T>,
    parts: Vec<Part<T>>,
}

/// What all parts read.
#[derive(Debug)]
struct Core<T> {
    set: InstructionSet,
    first: First<T>,
    /// The convolutions of all stages but the first.
    convolutions: Vec<Convolution<T>>,
    stages: Vec<Stage<T>>,
    end: End<T>,
    /// Samples of a trial in the data set, over all channels.
    trial: usize,
}

/// A parameter and where its gradient goes.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) value: Var,
    pub(crate) gradient: Var,
}

/// A convolution along time with its weights.
#[derive(Debug)]
struct Convolution<T> {
    weight: Parameter,
    layout: Winograd,
    packed: PackedWeights<T>,
    /// Where the weights' gradient is joined.
    at_points: Vec<T>,
}

/// The dense layer.
#[derive(Debug)]
struct End<T> {
    layer: Dense,
    weight: Parameter,
    bias: Parameter,
    /// Where each feature stands in PyTorch's order, or nothing for the lanes that hold no plane.
    order: Vec<Option<usize>>,
    /// `[class, feature]`.
    packed: Vec<T>,
    packed_bias: Vec<T>,
}

/// The trials of a batch: numbers of trials in a signal `[trial, ...]`.
#[derive(Debug, Clone, Copy)]
struct Trials<'a> {
    signal: &'a [f32],
    numbers: &'a [u32],
}

/// Fewest trials of a part, and the most parts. Each part sums its own gradients of the weights, which costs time of its own.
const LEAST_TRIALS: usize = 16;
const MOST_PARTS: usize = 8;
/// Trials that are evaluated together: as many as stay in the cache.
const EVALUATED_TOGETHER: usize = 8;

impl Parameter {
    /// With a gradient of zeros.
    pub(crate) fn new(value: &Var) -> Result<Self, ModelError> {
        Ok(Self { value: value.clone(), gradient: Var::from_tensor(&value.zeros_like()?)? })
    }

    fn read<T: Real, R>(&self, work: impl FnOnce(&[T]) -> R) -> Result<R, ModelError> {
        Ok(with_elements(self.value.as_tensor(), work)?)
    }

    fn set_gradient<T: Real>(&self, work: impl FnOnce(&mut [T])) -> Result<(), ModelError> {
        Ok(with_elements_mut(&self.gradient, work)?)
    }
}

impl<T: Real> Fused<T> {
    /// The gradients of the mean loss over the trials `numbers` of `signal` `[trial, ...]`, float32, with their `labels`.
    pub(crate) fn step(
        &mut self,
        signal: &Tensor,
        numbers: &[u32],
        labels: &[u32],
        key: DropoutKey,
    ) -> Result<Step, ModelError> {
        self.core.prepare()?;
        let masks = self.core.masks(key);
        let bounds = self.reserve(numbers.len());
        let (core, parts) = (&mut self.core, &mut self.parts[..bounds.len()]);
        let trials_of = |part: usize| bounds[part].clone();
        with_elements::<f32, _>(signal, |signal| {
            let part_of = |part: usize| Trials { signal, numbers: &numbers[trials_of(part)] };
            for_each_mut(parts, |number, part| core.first_forward(part, part_of(number), true));
            core.normalise(0, parts)?;
            for stage in 0..core.convolutions.len() {
                for_each_mut(parts, |number, part| {
                    core.middle_forward(part, stage, trials_of(number), Some(&masks));
                });
                core.normalise(stage + 1, parts)?;
            }
            let share = 1.0 / numbers.len() as f64;
            for_each_mut(parts, |number, part| {
                let range = trials_of(number);
                core.end(part, range.clone(), &labels[range], share, &masks);
            });
            core.end_gradients(parts)?;
            for stage in (0..core.convolutions.len()).rev() {
                core.slopes(stage + 1, parts)?;
                for_each_mut(parts, |number, part| {
                    core.middle_backward(part, stage, trials_of(number), &masks)
                });
                core.convolution_gradient(stage, parts)?;
            }
            core.slopes(0, parts)?;
            for_each_mut(parts, |number, part| core.first_backward(part, part_of(number)));
            core.first_gradient(parts)
        })??;
        let loss = parts.iter().map(|part| part.loss).sum::<f64>() / numbers.len() as f64;
        Ok(Step { loss, correct: parts.iter().map(|part| part.correct).sum() })
    }

    /// The logits `[trial, class]` of all trials of `signal` `[trial, ...]`, float32, in evaluation mode.
    pub(crate) fn logits(&mut self, signal: &Tensor) -> Result<Vec<T>, ModelError> {
        self.core.prepare()?;
        self.core.normalise_by_running_statistics()?;
        let (core, classes) = (&self.core, self.core.end.layer.classes);
        let trials = signal.dim(0)?;
        let mut logits = vec![T::zero(); trials * classes];
        let parts = trials.div_ceil(EVALUATED_TOGETHER).min(threads()).max(1);
        while self.parts.len() < parts {
            self.parts.push(Part::new(core));
        }
        let share = trials.div_ceil(parts).max(1);
        let numbers: Vec<u32> = (0..trials as u32).collect();
        with_elements::<f32, _>(signal, |signal| {
            let mut work: Vec<_> = self.parts.iter_mut().zip(logits.chunks_mut(share * classes)).collect();
            for_each_mut(&mut work, |number, (part, logits)| {
                let numbers = &numbers[number * share..][..logits.len() / classes];
                let together = numbers.chunks(EVALUATED_TOGETHER);
                for (numbers, logits) in together.zip(logits.chunks_mut(EVALUATED_TOGETHER * classes)) {
                    core.evaluate(part, Trials { signal, numbers }, logits);
                }
            });
        })?;
        Ok(logits)
    }

    pub(crate) fn set_instruction_set(&mut self, set: InstructionSet) {
        self.core.set = set;
    }

    /// The parts of a batch, with room for them.
    fn reserve(&mut self, trials: usize) -> Vec<std::ops::Range<usize>> {
        let parts = (trials / LEAST_TRIALS).clamp(1, MOST_PARTS);
        while self.parts.len() < parts {
            self.parts.push(Part::new(&self.core));
        }
        // Sizes differ by one at the most.
        let bound = |part: usize| part * trials / parts;
        let bounds: Vec<_> = (0..parts).map(|part| bound(part)..bound(part + 1)).collect();
        for (part, bounds) in self.parts.iter_mut().zip(&bounds) {
            part.begin(&self.core, bounds.len());
        }
        bounds
    }
}

impl<T: Real> Core<T> {
    /// Brings the parameters into the kernels' orders.
    fn prepare(&mut self) -> Result<(), ModelError> {
        self.first.prepare(self.set)?;
        for Convolution { weight, layout, packed, .. } in &mut self.convolutions {
            weight.read(|weight| layout.pack(self.set, weight, packed))?;
        }
        let End { layer, weight, bias, order, packed, packed_bias } = &mut self.end;
        let features = weight.value.dim(1)?;
        weight.read::<T, _>(|weight| {
            for (packed, weight) in packed.chunks_exact_mut(layer.features).zip(weight.chunks_exact(features))
            {
                for (packed, place) in packed.iter_mut().zip(order.iter()) {
                    *packed = place.map_or(T::zero(), |place| weight[place]);
                }
            }
        })?;
        bias.read(|bias| packed_bias.copy_from_slice(bias))
    }

    /// The masks of every stage's dropout.
    fn masks(&self, key: DropoutKey) -> Vec<Option<Mask>> {
        let DropoutKey { seed, epoch, step } = key;
        let mask = |stage: &Stage<T>| {
            let purpose = Purpose::Dropout { layer: stage.dropout.number };
            Mask::new(stage.dropout.probability, Stream::new(seed, purpose, epoch, step))
        };
        self.stages.iter().map(mask).collect()
    }

    /// Logits, loss and their gradient of one trial, whose features become their own gradient.
    fn trial_end(
        &self,
        features: &mut [T],
        label: u32,
        share: f64,
        (weight_gradient, bias_gradient): (&mut [T], &mut [f64]),
    ) -> (f64, bool) {
        let End { layer, packed, packed_bias, .. } = &self.end;
        let mut logits = [T::zero(); MOST_CLASSES];
        let mut gradient = [T::zero(); MOST_CLASSES];
        let (logits, gradient) = (&mut logits[..layer.classes], &mut gradient[..layer.classes]);
        layer.forward(self.set, features, packed, packed_bias, logits);
        let loss = softmax_cross_entropy(logits, label as usize, share, gradient);
        layer.backward(self.set, features, packed, gradient, weight_gradient);
        for (sum, gradient) in bias_gradient.iter_mut().zip(gradient.iter()) {
            *sum += gradient.to_f64();
        }
        (loss, largest(logits) == label as usize)
    }
}

/// The most classes of a network that is laid out; others are computed layer by layer.
const MOST_CLASSES: usize = 64;

/// The class with the largest logit; the first of equals.
fn largest<T: Real>(logits: &[T]) -> usize {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best
}
