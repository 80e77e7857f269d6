//! The buffers of one part of a batch.

use sweep_kernels::{Moments, Real, TrialMoments};

use super::Core;

/// What one part of a batch stores and sums.
#[derive(Debug)]
pub(super) struct Part<T> {
    /// Each stage's stored values, `[trial, time, channel, filter]`.
    pub(super) stored: Vec<Vec<T>>,
    /// Each stage's results, as the next convolution reads them, `[trial, input row, lane]`; for the last stage, the features
    /// `[trial, time, lane]`. In the backward pass they become their own gradients.
    pub(super) results: Vec<Vec<T>>,
    pub(super) moments: Vec<Moments>,
    pub(super) trial_moments: Vec<TrialMoments<T>>,
    /// Each stage's sums for the gradient of its batch normalisation.
    pub(super) sums: Vec<Vec<f64>>,
    /// The gradients of the first stage's weights in the kernel's order, the convolutions' at the points, and the dense layer's.
    pub(super) first: Vec<T>,
    pub(super) at_points: Vec<Vec<T>>,
    pub(super) end: Vec<T>,
    pub(super) end_bias: Vec<f64>,
    /// Sum of the trials' losses, and how many are classified right.
    pub(super) loss: f64,
    pub(super) correct: usize,
}

impl<T: Real> Part<T> {
    pub(super) fn new(core: &Core<T>) -> Self {
        let stages = &core.stages;
        let mixtures = || stages.iter().map(|stage| stage.tail.mixture);
        Self {
            stored: vec![Vec::new(); stages.len()],
            results: vec![Vec::new(); stages.len()],
            moments: mixtures().map(Moments::new).collect(),
            trial_moments: mixtures().map(TrialMoments::new).collect(),
            sums: stages.iter().map(|stage| vec![0.0; stage.tail.sums()]).collect(),
            first: vec![T::zero(); core.first.layout.packed()],
            at_points: core.convolutions.iter().map(|c| vec![T::zero(); c.at_points.len()]).collect(),
            end: vec![T::zero(); core.end.packed.len()],
            end_bias: vec![0.0; core.end.layer.classes],
            loss: 0.0,
            correct: 0,
        }
    }

    /// Room for `trials` trials, and all sums back to zero.
    pub(super) fn begin(&mut self, core: &Core<T>, trials: usize) {
        self.reserve(core, trials);
        self.moments.iter_mut().for_each(Moments::clear);
        self.sums.iter_mut().chain([&mut self.end_bias]).for_each(|sums| sums.fill(0.0));
        let gradients = self.at_points.iter_mut().chain([&mut self.first, &mut self.end]);
        gradients.for_each(|gradient| gradient.fill(T::zero()));
        (self.loss, self.correct) = (0.0, 0);
    }

    /// Room for `trials` trials. Rows around a convolution's input are zero, and stay so.
    pub(super) fn reserve(&mut self, core: &Core<T>, trials: usize) {
        for (stage, (stored, results)) in self.stored.iter_mut().zip(&mut self.results).enumerate() {
            grow(stored, trials * core.stages[stage].tail.stored_elements());
            grow(results, trials * core.result_elements(stage));
        }
    }
}

impl<T: Real> Core<T> {
    /// Elements of a trial's result of a stage, with the rows around it.
    pub(super) fn result_elements(&self, stage: usize) -> usize {
        match self.convolutions.get(stage) {
            Some(next) => next.layout.input_rows() * next.layout.lanes(),
            None => self.stages[stage].tail.out_elements(),
        }
    }

    /// Where the result itself begins.
    pub(super) fn result_begin(&self, stage: usize) -> usize {
        self.convolutions.get(stage).map_or(0, |next| next.layout.sizes().padding * next.layout.lanes())
    }
}

fn grow<T: Real>(buffer: &mut Vec<T>, length: usize) {
    if buffer.len() < length {
        buffer.resize(length, T::zero());
    }
}
