//! The forward passes over a part.

use std::ops::Range;

use sweep_kernels::{Mask, Real};

use super::{Core, Part, Trials};

impl<T: Real> Core<T> {
    /// The first convolution, and the moments of what it gives.
    pub(super) fn first_forward(&self, part: &mut Part<T>, trials: Trials<'_>, with_moments: bool) {
        let (tail, first) = (&self.stages[0].tail, &self.first);
        let stored = part.stored[0].chunks_exact_mut(tail.stored_elements());
        T::with_scratch(first.layout.laid(), |laid| {
            for (number, stored) in trials.numbers.iter().zip(stored) {
                first.layout.lay(
                    self.set,
                    &trials.signal[*number as usize * self.trial..][..self.trial],
                    laid,
                );
                first.layout.forward(self.set, laid, &first.packed, stored);
                if with_moments {
                    let moments = &mut part.trial_moments[0];
                    moments.take(self.set, tail.mixture, stored);
                    part.moments[0].add_trial(tail.mixture, tail.time, moments);
                }
            }
        });
    }

    /// The tail of `stage` and the convolution of the next, for the trials `range` of the batch. Moments are taken in training, which has
    /// masks.
    pub(super) fn middle_forward(
        &self,
        part: &mut Part<T>,
        stage: usize,
        range: Range<usize>,
        masks: Option<&[Option<Mask>]>,
    ) {
        let (layout, packed) = (&self.convolutions[stage].layout, &self.convolutions[stage].packed);
        let next = &self.stages[stage + 1].tail;
        let (result, stored) = (self.result_elements(stage), next.stored_elements());
        let factors = self.stages[stage].tail.out_elements();
        T::with_scratch(factors + layout.scratch(), |scratch| {
            let (factors, scratch) = scratch.split_at_mut(factors);
            for trial in 0..range.len() {
                self.tail_forward(part, stage, trial, range.start + trial, masks, factors);
                let x = &part.results[stage][trial * result..][..result];
                let z = &mut part.stored[stage + 1][trial * stored..][..stored];
                layout.forward(self.set, packed, x, z, scratch);
                if masks.is_some() {
                    let moments = &mut part.trial_moments[stage + 1];
                    moments.take(self.set, next.mixture, z);
                    part.moments[stage + 1].add_trial(next.mixture, next.time, moments);
                }
            }
        });
    }

    /// The tail of `stage` for one trial: number `trial` of the part, number `in_batch` of the batch. The factors of its dropout are left
    /// in `factors`.
    pub(super) fn tail_forward(
        &self,
        part: &mut Part<T>,
        stage: usize,
        trial: usize,
        in_batch: usize,
        masks: Option<&[Option<Mask>]>,
        factors: &mut [T],
    ) {
        let Self { set, stages, .. } = self;
        let (tail, mixing) = (&stages[stage].tail, &stages[stage].mixing);
        let stored = &part.stored[stage][trial * tail.stored_elements()..][..tail.stored_elements()];
        let out = &mut part.results[stage][self.result_of(stage, trial)];
        let factors = masks.and_then(|masks| self.factors(stage, in_batch, masks, factors));
        tail.forward(*set, stored, mixing, factors, out);
    }

    /// Draws the factors of a stage's dropout for one trial; none where nothing is dropped.
    pub(super) fn factors<'a>(
        &self,
        stage: usize,
        in_batch: usize,
        masks: &[Option<Mask>],
        factors: &'a mut [T],
    ) -> Option<&'a [T]> {
        let elements = self.stages[stage].tail.out_elements();
        masks[stage].as_ref().map(|mask| {
            mask.factors(self.set, in_batch * elements, &mut factors[..elements]);
            &factors[..elements]
        })
    }

    /// The logits of a few trials in evaluation mode.
    pub(super) fn evaluate(&self, part: &mut Part<T>, trials: Trials<'_>, logits: &mut [T]) {
        let (count, last) = (trials.numbers.len(), self.convolutions.len());
        part.reserve(self, count);
        self.first_forward(part, trials, false);
        for stage in 0..last {
            self.middle_forward(part, stage, 0..count, None);
        }
        let (features, layer) = (self.result_elements(last), &self.end.layer);
        for (trial, logits) in logits.chunks_exact_mut(layer.classes).enumerate() {
            self.tail_forward(part, last, trial, trial, None, &mut []);
            let features = &part.results[last][trial * features..][..features];
            layer.forward(self.set, features, &self.end.packed, &self.end.packed_bias, logits);
        }
    }
}
