//! The validation split: which trials or subjects are held out is decided by a seed alone. Knows no signal processing.

use sweep_job::{DataSpec, ValidationBy};
use sweep_random::{Purpose, Stream};

use crate::{DataError, TrialSet, sources::distinct};

/// The number of the stream that shuffles subjects: no class has it.
const SUBJECTS_STREAM: u32 = u32::MAX;

/// The two parts of a train set, each in its original order.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) train: TrialSet,
    pub(crate) validation: TrialSet,
}

/// Which trials of a train set are held out for validation: none without `validation`.
pub(crate) fn held_out(set: &TrialSet, classes: &[i64], spec: &DataSpec) -> Result<Vec<bool>, DataError> {
    match spec.validation_by {
        _ if spec.validation == 0.0 => Ok(vec![false; set.trials()]),
        ValidationBy::Trial => trials_held_out(set, classes, spec.validation, spec.validation_seed),
        ValidationBy::Subject => subjects_held_out(set, classes, spec.validation, spec.validation_seed),
    }
}

/// Holds out `share` of the trials of every class, rounded to the nearest whole number of trials. Which ones
/// depends on the seed and on the class's number alone, so that a class is split alike whatever other classes
/// there are.
fn trials_held_out(set: &TrialSet, classes: &[i64], share: f64, seed: u64) -> Result<Vec<bool>, DataError> {
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
    Ok(held_out)
}

/// Holds out the first few of the shuffled subjects, so many that their trials come as near to `share` of all as they can; at least
/// one subject, and not all.
fn subjects_held_out(set: &TrialSet, classes: &[i64], share: f64, seed: u64) -> Result<Vec<bool>, DataError> {
    let of_trials = set.subjects.as_ref().ok_or(DataError::NoSubjects)?;
    let mut subjects = distinct(of_trials);
    if let [subject] = subjects[..] {
        return Err(DataError::OneSubject { subject });
    }
    Stream::new(seed, Purpose::ValidationSplit, 0, SUBJECTS_STREAM).draws().shuffle(&mut subjects);
    let wanted = share * set.trials() as f64;
    let trials = |subject: &i64| of_trials.iter().filter(|other| *other == subject).count();
    let sums = subjects.iter().scan(0, |sum, subject| {
        *sum += trials(subject);
        Some(*sum)
    });
    let distances = sums.take(subjects.len() - 1).map(|sum| (sum as f64 - wanted).abs());
    let nearest = distances.enumerate().min_by(|(_, one), (_, other)| one.total_cmp(other));
    let chosen = &subjects[..=nearest.map_or(0, |(last, _)| last)];
    let held_out: Vec<bool> = of_trials.iter().map(|subject| chosen.contains(subject)).collect();
    for (class, label) in (0..).zip(classes) {
        let trials = || set.labels.iter().zip(&held_out).filter(|(other, _)| **other == class);
        for (part, side) in [(true, "for validation"), (false, "for training")] {
            if !trials().any(|(_, is_held_out)| *is_held_out == part) {
                return Err(DataError::SubjectsWithoutClass { share, label: *label, side });
            }
        }
    }
    Ok(held_out)
}

/// Takes the trials that are held out from the others.
pub(crate) fn split(set: &TrialSet, held_out: &[bool]) -> Split {
    let part = |wanted: bool| select(set, |trial| held_out[trial] == wanted);
    Split { train: part(false), validation: part(true) }
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
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use proptest::prelude::*;
    use sweep_job::{DataSource, Scale, sources};

    use super::*;

    fn spec(validation: f64, validation_by: ValidationBy, validation_seed: u64) -> DataSpec {
        let source = DataSource::Synthetic(sources::Synthetic { seed: 0 });
        DataSpec { source, validation, validation_by, validation_seed, scale: Scale::None, limit: None }
    }

    fn split_of(set: &TrialSet, classes: &[i64], share: f64, seed: u64) -> Result<Split, DataError> {
        Ok(split(set, &held_out(set, classes, &spec(share, ValidationBy::Trial, seed))?))
    }

    fn set(labels: Vec<u32>) -> TrialSet {
        let trials = labels.len();
        TrialSet {
            signal: (0..trials * 2).map(|value| value as f32).collect(),
            labels,
            subjects: Some((0..trials as i64).collect()),
        }
    }

    /// Trials of each of three classes.
    fn class_counts(set: &TrialSet) -> [usize; 3] {
        [0, 1, 2].map(|class| set.labels.iter().filter(|label| **label == class).count())
    }

    proptest! {
        #[test]
        fn both_parts_together_are_the_set(
            labels in prop::collection::vec(0u32..3, 30..120), share in 0.2f64..0.8, seed: u64
        ) {
            let set = set(labels);
            let counts = class_counts(&set);
            prop_assume!(counts.iter().all(|count| *count >= 4));
            let Split { train, validation } = split_of(&set, &[10, 20, 30], share, seed).unwrap();
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
                prop_assert_eq!(class_counts(&validation)[class], (share * *count as f64).round() as usize);
            }
        }

        /// No subject is in both parts, and no other number of the shuffled subjects comes nearer to the share.
        #[test]
        fn subjects_are_held_out_as_a_whole(
            sizes in prop::collection::vec(2usize..20, 2..9), share in 0.01f64..0.99, seed: u64
        ) {
            let subjects: Vec<i64> = (0..).zip(&sizes).flat_map(|(subject, size)| vec![10 * subject; *size]).collect();
            let labels = (0..subjects.len() as u32).map(|trial| trial % 2).collect();
            let set = TrialSet { subjects: Some(subjects.clone()), ..set(labels) };
            let Ok(held_out) = held_out(&set, &[1, 2], &spec(share, ValidationBy::Subject, seed)) else {
                return Err(TestCaseError::reject("a class on one side alone"));
            };
            let of = |wanted| subjects.iter().zip(&held_out).filter(move |(_, held)| **held == wanted).map(|(subject, _)| *subject);
            let (out, kept) = (of(true).collect::<Vec<_>>(), distinct(&of(false).collect::<Vec<_>>()));
            prop_assert!(!out.is_empty() && !kept.is_empty());
            prop_assert!(out.iter().all(|subject| !kept.contains(subject)));
            // One subject less, or one more, would be no nearer.
            let wanted = share * subjects.len() as f64;
            let most = *sizes.iter().max().unwrap() as f64;
            let missed = (out.len() as f64 - wanted).abs();
            let is_at_an_end = kept.len() == 1 || distinct(&out).len() == 1;
            prop_assert!(missed <= most / 2.0 || is_at_an_end, "{} of {}, wanted {wanted}", out.len(), subjects.len());
        }
    }

    #[test]
    fn the_seed_decides_which_trials_and_subjects() {
        let set = set((0..100).map(|trial| trial % 2).collect());
        let by_trial = |seed| split_of(&set, &[1, 2], 0.2, seed).unwrap().validation.subjects.unwrap();
        assert_eq!(by_trial(0), by_trial(0));
        assert_ne!(by_trial(0), by_trial(1));
        let by_subject = |seed| held_out(&set, &[1, 2], &spec(0.2, ValidationBy::Subject, seed)).unwrap();
        assert_eq!(by_subject(0), by_subject(0));
        assert_ne!(by_subject(0), by_subject(1));
        assert_eq!(by_subject(0).iter().filter(|is_held_out| **is_held_out).count(), 20);
    }

    #[test]
    fn a_class_without_trials_on_one_side_is_an_error() {
        let set = set([vec![0; 20], vec![1; 2]].concat());
        insta::assert_snapshot!(split_of(&set, &[1, 2], 0.1, 0).unwrap_err(), @"validation = 0.1: of the 2 train trials of class 2, none would be left for validation");
        insta::assert_snapshot!(split_of(&set, &[1, 2], 0.9, 0).unwrap_err(), @"validation = 0.9: of the 2 train trials of class 2, none would be left for training");
    }

    #[test]
    fn subjects_that_cannot_be_held_out_are_an_error() {
        let of = |subjects| TrialSet { subjects, ..set(vec![0, 0, 1, 1]) };
        let refused =
            |subjects| held_out(&of(subjects), &[1, 2], &spec(0.5, ValidationBy::Subject, 0)).unwrap_err();
        insta::assert_snapshot!(refused(None), @r#"validation_by = "subject" needs the subject of each train trial: add an array `subject` to the archives, or hold out trials (validation_by = "trial")"#);
        insta::assert_snapshot!(refused(Some(vec![7; 4])), @r#"validation_by = "subject" needs at least two subjects in the train set, but all train trials are of subject 7: add subjects, or hold out trials (validation_by = "trial")"#);
        let error = refused(Some(vec![7, 7, 8, 8])).to_string();
        assert!(
            error.starts_with("validation = 0.5 by subject: none of the trials of class 1 would be left"),
            "{error}"
        );
    }
}
