//! Trials with one and the same signal, within a set and between two. Exact equality only: sample for sample,
//! missing ones alike.

use std::cmp::Ordering;

use crate::recording::Recording;

/// Trials that repeat an earlier one.
pub(super) fn repeated(recording: &Recording) -> usize {
    recording.trials() - distinct(recording).len()
}

/// Trials of `test` that are also in `train`; 0 where their shapes differ.
pub(super) fn shared(train: &Recording, test: &Recording) -> usize {
    if (train.channels, train.samples) != (test.channels, test.samples) {
        return 0;
    }
    let known = distinct(train);
    test.trial_signals().filter(|trial| known.binary_search_by(|other| compare(other, trial)).is_ok()).count()
}

/// The distinct trials in the order of [`compare`].
fn distinct(recording: &Recording) -> Vec<&[f32]> {
    let mut trials: Vec<&[f32]> = recording.trial_signals().collect();
    trials.sort_unstable_by(|one, other| compare(one, other));
    trials.dedup_by(|one, other| compare(one, other).is_eq());
    trials
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
