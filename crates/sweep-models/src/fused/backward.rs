//! The end of the forward pass and the backward passes over a part, and the gradients of the parameters from what the parts have
//! summed.

use std::ops::Range;

use sweep_kernels::{Mask, Real, Stored};

use super::{Convolution, Core, End, Part, Stage, Trials};
use crate::state::Entry;

impl<T: Real> Core<T> {
    /// For each trial the last tail, the dense layer and the loss, all the way back to the sums of the last batch normalisation.
    pub(super) fn end(
        &self,
        part: &mut Part<T>,
        range: Range<usize>,
        labels: &[u32],
        share: f64,
        masks: &[Option<Mask>],
    ) {
        let last = self.convolutions.len();
        let tail = &self.stages[last].tail;
        let elements = tail.out_elements();
        T::with_scratch(elements + tail.sums(), |scratch| {
            let (factors, sums) = scratch.split_at_mut(elements);
            for (trial, label) in labels.iter().enumerate() {
                self.tail_forward(part, last, trial, range.start + trial, Some(masks), factors);
                let features = &mut part.results[last][trial * elements..][..elements];
                let (loss, is_correct) =
                    self.trial_end(features, *label, share, (&mut part.end, &mut part.end_bias));
                part.loss += loss;
                part.correct += usize::from(is_correct);
                let factors = masks[last].as_ref().map(|_| &*factors);
                self.add_sums(part, last, trial, factors, sums);
            }
        });
    }

    /// Adds one trial's sums for the gradient of a stage's batch normalisation.
    fn add_sums(
        &self,
        part: &mut Part<T>,
        stage: usize,
        trial: usize,
        factors: Option<&[T]>,
        sums: &mut [T],
    ) {
        let tail = &self.stages[stage].tail;
        let stored = self.stored(&part.stored[stage], stage, trial);
        let gradient = &mut part.results[stage][self.result_of(stage, trial)];
        tail.sum(self.set, stored, factors, gradient, sums);
        for (total, sum) in part.sums[stage].iter_mut().zip(sums.iter()) {
            *total += sum.to_f64();
        }
    }

    fn stored<'a>(&'a self, values: &'a [T], stage: usize, trial: usize) -> Stored<'a, T> {
        let Stage { tail, mixing, mean, .. } = &self.stages[stage];
        Stored { values: &values[trial * tail.stored_elements()..][..tail.stored_elements()], mixing, mean }
    }

    /// Where a trial's result of a stage stands.
    pub(super) fn result_of(&self, stage: usize, trial: usize) -> Range<usize> {
        let begin = trial * self.result_elements(stage) + self.result_begin(stage);
        begin..begin + self.stages[stage].tail.out_elements()
    }

    /// The tail of stage `stage + 1` and the convolution before it, back to the sums of the batch normalisation of `stage`.
    pub(super) fn middle_backward(
        &self,
        part: &mut Part<T>,
        stage: usize,
        range: Range<usize>,
        masks: &[Option<Mask>],
    ) {
        let Convolution { layout, packed, .. } = &self.convolutions[stage];
        let (after, before) = (&self.stages[stage + 1], &self.stages[stage].tail);
        let (result, dz) = (self.result_elements(stage), layout.gradient_rows() * layout.out_lanes());
        let (factors, sums) = (before.out_elements(), before.sums());
        T::with_scratch(factors + sums + dz + layout.scratch(), |scratch| {
            let (factors, scratch) = scratch.split_at_mut(factors);
            let (sums, scratch) = scratch.split_at_mut(sums);
            let (dz, scratch) = scratch.split_at_mut(dz);
            // Rows beyond the output, up to whole tiles, stay zero.
            let within = after.tail.stored_elements();
            dz[within..].fill(T::zero());
            for trial in 0..range.len() {
                let stored = self.stored(&part.stored[stage + 1], stage + 1, trial);
                let gradient = &part.results[stage + 1][self.result_of(stage + 1, trial)];
                after.tail.backward(self.set, stored, gradient, &after.slopes, &mut dz[..within]);
                let x = &mut part.results[stage][trial * result..][..result];
                layout.backward(self.set, packed, dz, x, &mut part.at_points[stage], scratch);
                let factors = self.factors(stage, range.start + trial, masks, factors);
                self.add_sums(part, stage, trial, factors, sums);
            }
        });
    }

    /// The first tail, and the gradient of the first stage's weights.
    pub(super) fn first_backward(&self, part: &mut Part<T>, trials: Trials<'_>) {
        let (first, layout) = (&self.stages[0], &self.first.layout);
        let gradient = first.tail.stored_elements();
        T::with_scratch(gradient + layout.laid(), |scratch| {
            let (dz, laid) = scratch.split_at_mut(gradient);
            for (trial, number) in trials.numbers.iter().enumerate() {
                let stored = self.stored(&part.stored[0], 0, trial);
                let gradient = &part.results[0][self.result_of(0, trial)];
                first.tail.backward(self.set, stored, gradient, &first.slopes, dz);
                layout.lay(self.set, &trials.signal[*number as usize * self.trial..][..self.trial], laid);
                layout.add_gradient(self.set, laid, dz, &mut part.first);
            }
        });
    }

    /// The gradients of the dense layer.
    pub(super) fn end_gradients(&self, parts: &mut [Part<T>], gradients: &mut [Vec<T>]) {
        let End { layer, weight, bias, order, .. } = &self.end;
        let total = join(parts, |part| &mut part.end);
        let gradient = &mut gradients[*weight];
        let features = gradient.len() / layer.classes;
        for (gradient, total) in gradient.chunks_exact_mut(features).zip(total.chunks_exact(layer.features)) {
            for (total, place) in total.iter().zip(order) {
                if let Some(place) = place {
                    gradient[*place] = *total;
                }
            }
        }
        for (class, gradient) in gradients[*bias].iter_mut().enumerate() {
            *gradient = T::from_f64(parts.iter().map(|part| part.end_bias[class]).sum());
        }
    }

    /// The gradient of a convolution's weights.
    pub(super) fn convolution_gradient(&self, stage: usize, parts: &mut [Part<T>], gradients: &mut [Vec<T>]) {
        let Convolution { weight, layout, .. } = &self.convolutions[stage];
        let total = join(parts, |part| &mut part.at_points[stage]);
        layout.weight_gradient(self.set, total, &mut gradients[*weight]);
    }

    /// The gradients of the first stage's convolutions.
    pub(super) fn first_gradient(&self, parts: &mut [Part<T>], state: &[Entry<T>], gradients: &mut [Vec<T>]) {
        self.first.set_gradient(self.set, join(parts, |part| &mut part.first), state, gradients);
    }
}

/// The sum of all parts' gradients, in their order, in the place of the first's.
fn join<T: Real>(parts: &mut [Part<T>], gradient: impl Fn(&mut Part<T>) -> &mut Vec<T>) -> &[T] {
    let Some((first, others)) = parts.split_first_mut() else { return &[] };
    let total = gradient(first);
    for other in others {
        total.iter_mut().zip(gradient(other).iter()).for_each(|(sum, term)| *sum += *term);
    }
    total
}
