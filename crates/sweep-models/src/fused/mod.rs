//! A whole network on the processor, stage by stage: what trains and evaluates there.
//!
//! A stage is a convolution and its tail: batch normalisation, activation, pooling, dropout. Batch normalisation needs sums over the whole
//! batch, so a step is a chain of passes over the trials, each of which does all that can be done with a trial while it is in the
//! cache: the tail of one stage and the convolution of the next, and backward the same. Passes run on parts of the batch that are fixed by
//! its size alone, and what they sum is joined in their order: the same bits on any number of threads.
//!
//! Activations are `[trial, time, lane]`: the planes side by side, padded to whole vectors. All buffers are kept from step to step.

mod backward;
mod first;
mod forward;
mod layout;
mod memory;
mod norm;
mod part;
mod stage;

use sweep_kernels::{
    Dense, DropoutKey, InstructionSet, Mask, PackedWeights, Real, Winograd, for_each_mut,
    softmax_cross_entropy, threads,
};

pub(crate) use self::layout::Layout;
use self::{
    first::First,
    layout::{ConvolutionLayout, EndLayout},
    part::Part,
    stage::Stage,
};
use crate::{Step, state::Entry};

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

/// A convolution along time with its weights.
#[derive(Debug)]
struct Convolution<T> {
    weight: usize,
    layout: Winograd,
    packed: PackedWeights<T>,
    /// Where the weights' gradient is joined.
    at_points: Vec<T>,
}

/// The dense layer.
#[derive(Debug)]
struct End<T> {
    layer: Dense,
    weight: usize,
    bias: usize,
    /// Where each feature stands in PyTorch's order, or nothing for the lanes that hold no plane.
    order: Vec<Option<usize>>,
    label_smoothing: f64,
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
/// Trials that go through the stages together in an evaluation: as many as stay in the cache. It decides no bit.
const EVALUATED_IN_CACHE: usize = 8;

impl<T: Real> Fused<T> {
    /// A network of these stages.
    pub(crate) fn new(layout: Layout) -> Self {
        let Layout { first, convolutions, stages, end, trial } = layout;
        let EndLayout { layer, weight, bias, order, label_smoothing } = end;
        let convolution = |ConvolutionLayout { weight, layout }: ConvolutionLayout| {
            let at_points = vec![T::zero(); layout.gradient_elements()];
            Convolution { weight, layout, packed: PackedWeights::default(), at_points }
        };
        let core = Core {
            set: InstructionSet::detect(),
            first: First::new(first),
            convolutions: convolutions.into_iter().map(convolution).collect(),
            stages: stages.into_iter().map(Stage::new).collect(),
            end: End {
                layer,
                weight,
                bias,
                order,
                label_smoothing,
                packed: vec![T::zero(); layer.classes * layer.features],
                packed_bias: vec![T::zero(); layer.classes],
            },
            trial,
        };
        Self { core, parts: Vec::new() }
    }

    /// The gradients of the mean loss over the trials `numbers` of `signal` `[trial, ...]` with their `labels`, and new running statistics in
    /// the `state`.
    pub(crate) fn step(
        &mut self,
        state: &mut [Entry<T>],
        gradients: &mut [Vec<T>],
        signal: &[f32],
        numbers: &[u32],
        labels: &[u32],
        key: DropoutKey,
    ) -> Step {
        self.core.prepare(state);
        let masks = self.core.masks(key);
        let bounds = self.reserve(numbers.len());
        let (core, parts) = (&mut self.core, &mut self.parts[..bounds.len()]);
        let trials_of = |part: usize| bounds[part].clone();
        let part_of = |part: usize| Trials { signal, numbers: &numbers[trials_of(part)] };
        for_each_mut(parts, |number, part| core.first_forward(part, part_of(number), true));
        core.normalise(0, parts, state);
        for stage in 0..core.convolutions.len() {
            for_each_mut(parts, |number, part| {
                core.middle_forward(part, stage, trials_of(number), Some(&masks));
            });
            core.normalise(stage + 1, parts, state);
        }
        let share = 1.0 / numbers.len() as f64;
        for_each_mut(parts, |number, part| {
            let range = trials_of(number);
            core.end(part, range.clone(), &labels[range], share, &masks);
        });
        core.end_gradients(parts, gradients);
        for stage in (0..core.convolutions.len()).rev() {
            core.slopes(stage + 1, parts, state, gradients);
            for_each_mut(parts, |number, part| core.middle_backward(part, stage, trials_of(number), &masks));
            core.convolution_gradient(stage, parts, gradients);
        }
        core.slopes(0, parts, state, gradients);
        for_each_mut(parts, |number, part| core.first_backward(part, part_of(number)));
        core.first_gradient(parts, state, gradients);
        let loss = parts.iter().map(|part| part.loss).sum::<f64>() / numbers.len() as f64;
        Step { loss, correct: parts.iter().map(|part| part.correct).sum() }
    }

    /// The logits `[trial, class]` of all trials of `signal` `[trial, ...]` in evaluation mode.
    pub(crate) fn logits(&mut self, state: &[Entry<T>], signal: &[f32]) -> Vec<T> {
        self.core.prepare(state);
        self.core.normalise_by_running_statistics(state);
        let (core, classes) = (&self.core, self.core.end.layer.classes);
        let trials = signal.len() / core.trial;
        let mut logits = vec![T::zero(); trials * classes];
        let parts = trials.div_ceil(EVALUATED_IN_CACHE).min(threads()).max(1);
        while self.parts.len() < parts {
            self.parts.push(Part::new(core));
        }
        let share = trials.div_ceil(parts).max(1);
        let numbers: Vec<u32> = (0..trials as u32).collect();
        let mut work: Vec<_> = self.parts.iter_mut().zip(logits.chunks_mut(share * classes)).collect();
        for_each_mut(&mut work, |number, (part, logits)| {
            let numbers = &numbers[number * share..][..logits.len() / classes];
            let together = numbers.chunks(EVALUATED_IN_CACHE);
            for (numbers, logits) in together.zip(logits.chunks_mut(EVALUATED_IN_CACHE * classes)) {
                core.evaluate(part, Trials { signal, numbers }, logits);
            }
        });
        logits
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
    fn prepare(&mut self, state: &[Entry<T>]) {
        self.first.prepare(self.set, state);
        for Convolution { weight, layout, packed, .. } in &mut self.convolutions {
            layout.pack(self.set, state[*weight].numbers(), packed);
        }
        let End { layer, weight, bias, order, packed, packed_bias, .. } = &mut self.end;
        let weight = state[*weight].numbers();
        let rows = weight.chunks_exact(weight.len() / layer.classes);
        for (packed, weight) in packed.chunks_exact_mut(layer.features).zip(rows) {
            for (packed, place) in packed.iter_mut().zip(order.iter()) {
                *packed = place.map_or(T::zero(), |place| weight[place]);
            }
        }
        packed_bias.copy_from_slice(state[*bias].numbers());
    }

    /// The masks of every stage's dropout.
    fn masks(&self, key: DropoutKey) -> Vec<Option<Mask>> {
        let mask = |stage: &Stage<T>| key.mask(stage.dropout.number, stage.dropout.probability);
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
        let End { layer, label_smoothing, packed, packed_bias, .. } = &self.end;
        let mut logits = [T::zero(); MOST_CLASSES];
        let mut gradient = [T::zero(); MOST_CLASSES];
        let (logits, gradient) = (&mut logits[..layer.classes], &mut gradient[..layer.classes]);
        layer.forward(self.set, features, packed, packed_bias, logits);
        let loss = softmax_cross_entropy(logits, label as usize, *label_smoothing, share, gradient);
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
