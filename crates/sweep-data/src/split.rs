//! The validation split: stratified by class, decided by a seed alone. Knows no signal processing.

use sweep_random::{Purpose, Stream};

use crate::{DataError, TrialSet};

/// The two parts of a train set, each in its original order.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) train: TrialSet,
    pub(crate) validation: TrialSet,
}

/// Holds out `share` of the trials of every class, rounded to the nearest whole number of trials. Which ones
/// depends on the seed and on the class's number alone, so that a class is split alike whatever other classes
/// there are.
pub(crate) fn split(set: &TrialSet, classes: &[i64], share: f64, seed: u64) -> Result<Split, DataError> {
    let mut held_out = vec![false; set.trials()];
    let mut by_class = vec![Vec::new(); classes.len()];
    set.labels.iter().enumerate().for_each(|(trial, class)| by_class[*class as usize].push(trial));
    for (class, (label, mut members)) in classes.iter().zip(by_class).enumerate() {
        let count = (share * members.len() as f64).round() as usize;
        let side = if count == 0 {
            Some("for validation")
        } else if count >= members.len() {
            Some("for training")
        } else {
            None
        };
        if let Some(side) = side {
            return Err(DataError::ValidationClass { share, label: *label, trials: members.len(), side });
        }
        Stream::new(seed, Purpose::ValidationSplit, 0, class as u32).draws().shuffle(&mut members);
        members[..count].iter().for_each(|trial| held_out[*trial] = true);
    }
    let part = |wanted: bool| select(set, |trial| held_out[trial] == wanted);
    Ok(Split { train: part(false), validation: part(true) })
}

fn select(set: &TrialSet, keep: impl Fn(usize) -> bool) -> TrialSet {
    let kept: Vec<usize> = (0..set.trials()).filter(|trial| keep(*trial)).collect();
    // Reserved at once: a signal that grew by doubling would take up to twice its size.
    let mut signal = Vec::with_capacity(kept.len() * set.trial_values());
    kept.iter().for_each(|trial| signal.extend_from_slice(set.trial(*trial)));
    TrialSet {
        signal,
        labels: kept.iter().map(|trial| set.labels[*trial]).collect(),
        subjects: set.subjects.as_ref().map(|subjects| kept.iter().map(|trial| subjects[*trial]).collect()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(labels: Vec<u32>) -> TrialSet {
        let trials = labels.len();
        TrialSet {
            signal: (0..trials * 2).map(|value| value as f32).collect(),
            labels,
            subjects: Some((0..trials as i64).collect()),
        }
    }

    proptest! {
        #[test]
        fn both_parts_together_are_the_set(
            labels in prop::collection::vec(0u32..3, 30..120), share in 0.2f64..0.8, seed: u64
        ) {
            let set = set(labels);
            let counts = set.class_counts(3);
            prop_assume!(counts.iter().all(|count| *count >= 4));
            let Split { train, validation } = split(&set, &[10, 20, 30], share, seed).unwrap();
            for part in [&train, &validation] {
                let trials = part.subjects.as_ref().unwrap();
                prop_assert!(trials.is_sorted(), "the original order is kept");
                for (index, trial) in trials.iter().enumerate() {
                    prop_assert_eq!(part.trial(index), set.trial(*trial as usize));
                    prop_assert_eq!(part.labels[index], set.labels[*trial as usize]);
                }
            }
            let mut all: Vec<i64> = [&train, &validation].iter().flat_map(|part| part.subjects.clone().unwrap()).collect();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..set.trials() as i64));
            for (class, count) in counts.iter().enumerate() {
                prop_assert_eq!(validation.class_counts(3)[class], (share * *count as f64).round() as usize);
            }
        }
    }

    #[test]
    fn the_seed_decides_which_trials() {
        let set = set((0..100).map(|trial| trial % 2).collect());
        let held_out = |seed| split(&set, &[1, 2], 0.2, seed).unwrap().validation.subjects.unwrap();
        assert_eq!(held_out(0), held_out(0));
        assert_ne!(held_out(0), held_out(1));
    }

    #[test]
    fn a_class_without_trials_on_one_side_is_an_error() {
        let set = set([vec![0; 20], vec![1; 2]].concat());
        insta::assert_snapshot!(split(&set, &[1, 2], 0.1, 0).unwrap_err(), @"validation = 0.1: of the 2 train trials of class 2, none would be left for validation");
        insta::assert_snapshot!(split(&set, &[1, 2], 0.9, 0).unwrap_err(), @"validation = 0.9: of the 2 train trials of class 2, none would be left for training");
    }
}
