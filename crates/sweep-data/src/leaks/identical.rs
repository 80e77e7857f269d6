//! Trials with the same signal, sample for sample, missing ones alike.

use std::cmp::Ordering;

/// Trials in the order of [`compare`], each signal once, with the number of the first trial that has it.
pub(crate) struct Distinct<'a>(Vec<(&'a [f32], usize)>);

impl<'a> Distinct<'a> {
    pub(crate) fn new(trials: impl Iterator<Item = &'a [f32]>) -> Self {
        let mut trials: Vec<_> = trials.zip(0..).collect();
        trials.sort_unstable_by(|(one, first), (other, second)| compare(one, other).then(first.cmp(second)));
        trials.dedup_by(|(one, _), (other, _)| compare(one, other).is_eq());
        Self(trials)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of the trial with the signal of `trial`; a trial that never changes is like no other.
    pub(crate) fn find(&self, trial: &[f32]) -> Option<usize> {
        let place = self.0.binary_search_by(|(other, _)| compare(other, trial)).ok()?;
        changes(trial).then(|| self.0[place].1)
    }
}

/// Whether a trial has two finite samples that differ.
fn changes(trial: &[f32]) -> bool {
    let mut finite = trial.iter().filter(|value| !value.is_nan());
    let first = finite.next();
    finite.any(|value| Some(value) != first)
}

/// A total order in which all NaN are equal, and so are both zeros.
fn compare(one: &[f32], other: &[f32]) -> Ordering {
    let key = |value: &f32| if value.is_nan() { f32::NAN } else { value + 0.0 };
    one.iter()
        .zip(other)
        .map(|(a, b)| key(a).total_cmp(&key(b)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
