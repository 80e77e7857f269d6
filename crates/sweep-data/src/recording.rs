//! Trials as they were recorded: with their missing samples and original labels. Knows nothing of classes, of
//! train and test, or of where the trials came from.

/// Trials of one shape, as read or generated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recording {
    pub(crate) channels: usize,
    pub(crate) samples: usize,
    /// `[trial, channel, time]`; NaN where a sample is missing, else finite.
    pub(crate) signal: Vec<f32>,
    /// The finite samples of each trial, in the precision of the source.
    pub(crate) sums: Vec<FiniteSum>,
    /// The original label of each trial.
    pub(crate) labels: Vec<i64>,
    /// The subject of each trial, where known.
    pub(crate) subjects: Option<Vec<i64>>,
}

impl Recording {
    pub(crate) fn trials(&self) -> usize {
        self.sums.len()
    }

    pub(crate) fn trial_values(&self) -> usize {
        self.channels * self.samples
    }

    /// The signal of each trial, `[channel, time]`.
    pub(crate) fn trial_signals(&self) -> std::slice::ChunksExact<'_, f32> {
        self.signal.chunks_exact(self.trial_values())
    }

    /// Appends the trials of another recording of the same shape. Subjects remain only where both have them.
    pub(crate) fn append(&mut self, mut other: Self) {
        debug_assert_eq!((self.channels, self.samples), (other.channels, other.samples));
        self.signal.append(&mut other.signal);
        self.sums.append(&mut other.sums);
        self.labels.append(&mut other.labels);
        self.subjects = match (self.subjects.take(), other.subjects) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                Some(mine)
            }
            _ => None,
        };
    }

    /// Keeps `limit` trials, evenly spaced: trial `floor(i * trials / limit)` for every `i` below `limit`.
    pub(crate) fn limit(&mut self, limit: usize) {
        let trials = self.trials();
        if limit >= trials {
            return;
        }
        let kept: Vec<usize> = kept_trials(trials, limit).collect();
        let values = self.trial_values();
        // An outline has no signal.
        let signals: &[usize] = if self.signal.is_empty() { &[] } else { &kept };
        for (to, from) in signals.iter().enumerate() {
            self.signal.copy_within(from * values..(from + 1) * values, to * values);
        }
        self.signal.truncate(limit * values);
        self.sums = kept.iter().map(|trial| self.sums[*trial]).collect();
        self.labels = kept.iter().map(|trial| self.labels[*trial]).collect();
        self.subjects =
            self.subjects.take().map(|subjects| kept.iter().map(|trial| subjects[*trial]).collect());
    }

    /// The mean of all finite samples, in double precision of the source's values; `None` if all are missing.
    pub(crate) fn finite_mean(&self) -> Option<f64> {
        let mut total = FiniteSum::default();
        for sum in &self.sums {
            total.merge(*sum);
        }
        total.mean()
    }

    /// Puts `mean` in place of every missing sample.
    pub(crate) fn fill_missing(&mut self, mean: f64) {
        for value in &mut self.signal {
            if value.is_nan() {
                *value = mean as f32;
            }
        }
    }
}

/// The trials that a limit keeps of so many: evenly spaced, all where the limit is not below their number.
pub(crate) fn kept_trials(trials: usize, limit: usize) -> impl Iterator<Item = usize> {
    let kept = limit.min(trials);
    (0..kept).map(move |index| (index as u128 * trials as u128 / kept as u128) as usize)
}

/// A sum of finite values with its rounding error carried along (Neumaier 1974), so that a mean does not
/// depend on how the values were grouped: it is within a unit in the last place of the exact one, as NumPy's
/// pairwise sum nearly is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct FiniteSum {
    sum: f64,
    correction: f64,
    count: u64,
}

impl FiniteSum {
    /// Adds a finite value.
    pub(crate) fn add(&mut self, value: f64) {
        self.accumulate(value);
        self.count += 1;
    }

    fn accumulate(&mut self, value: f64) {
        let sum = self.sum + value;
        self.correction +=
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }

    fn merge(&mut self, other: Self) {
        self.accumulate(other.sum);
        self.correction += other.correction;
        self.count += other.count;
    }

    fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum + self.correction) / self.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recording(trials: usize) -> Recording {
        Recording {
            channels: 1,
            samples: 2,
            signal: (0..trials * 2).map(|value| value as f32).collect(),
            sums: (0..trials)
                .map(|trial| FiniteSum { sum: trial as f64, correction: 0.0, count: 2 })
                .collect(),
            labels: (0..trials as i64).collect(),
            subjects: Some((0..trials as i64).map(|trial| -trial).collect()),
        }
    }

    #[test]
    fn a_mean_survives_cancellation_in_any_grouping() {
        let values = [1e16, 3.0, -1e16, 1.0];
        let mut one = FiniteSum::default();
        values.iter().for_each(|value| one.add(*value));
        let mut merged = FiniteSum::default();
        for value in values {
            let mut single = FiniteSum::default();
            single.add(value);
            merged.merge(single);
        }
        assert_eq!((one.mean(), merged.mean()), (Some(1.0), Some(1.0)));
        assert_eq!(FiniteSum::default().mean(), None);
    }

    proptest! {
        #[test]
        fn a_limit_keeps_whole_trials_evenly_spaced(trials in 1usize..200, limit in 1usize..250) {
            let mut kept = recording(trials);
            kept.limit(limit);
            let expected: Vec<usize> = (0..limit.min(trials)).map(|i| i * trials / limit.min(trials)).collect();
            prop_assert_eq!(kept.trials(), expected.len());
            prop_assert_eq!(&kept.labels, &expected.iter().map(|trial| *trial as i64).collect::<Vec<_>>());
            prop_assert_eq!(kept.subjects, Some(expected.iter().map(|trial| -(*trial as i64)).collect::<Vec<_>>()));
            for (signal, trial) in kept.signal.chunks_exact(2).zip(&expected) {
                prop_assert_eq!(signal, [(trial * 2) as f32, (trial * 2 + 1) as f32]);
            }
            prop_assert!(kept.sums.iter().zip(&expected).all(|(sum, trial)| sum.sum == *trial as f64));
        }
    }
}
