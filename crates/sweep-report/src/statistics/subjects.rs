//! Accuracy of each subject apart: a mean over all trials can hide a subject whom the network does not decode.

use std::collections::BTreeMap;

use super::{
    Interval, StatisticsError,
    chance::{majority_chance, p_value_against_chance},
    error::{check_count, check_lengths},
    wilson::wilson_interval,
};

/// What was achieved for one subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubjectAccuracy {
    /// The subject's number.
    pub subject: usize,
    /// Trials of the subject.
    pub trials: u64,
    /// Those of them whose class was recognised.
    pub correct: u64,
    /// Their share.
    pub accuracy: f64,
    /// Wilson's interval of the share.
    pub interval: Interval,
    /// The accuracy of always naming the subject's own most frequent class. `None` if all trials are of one class: naming it is always right.
    pub chance: Option<f64>,
    /// Probability that guessing has so many right, or more; `None` if all trials are of one class.
    pub p_value: Option<f64>,
}

/// The accuracy of each subject with Wilson's interval at `level`, ascending by subject. `subjects`, `labels` (the classes) and `correct` have
/// an entry per trial.
///
/// # Errors
/// If there is no trial, the lists differ in length, or `level` is not between 0 and 1.
pub fn accuracy_of_subjects(
    subjects: &[usize],
    labels: &[usize],
    correct: &[bool],
    level: f64,
) -> Result<Vec<SubjectAccuracy>, StatisticsError> {
    check_lengths(subjects.len(), correct.len())?;
    check_lengths(labels.len(), correct.len())?;
    check_count(subjects.len(), 1)?;
    let mut counts: BTreeMap<usize, (BTreeMap<usize, u64>, u64)> = BTreeMap::new();
    for ((subject, label), correct) in subjects.iter().zip(labels).zip(correct) {
        let (classes, right) = counts.entry(*subject).or_default();
        *classes.entry(*label).or_default() += 1;
        *right += u64::from(*correct);
    }
    counts
        .into_iter()
        .map(|(subject, (classes, correct))| {
            let classes: Vec<u64> = classes.into_values().collect();
            let trials = classes.iter().sum();
            let chance = majority_chance(&classes).ok();
            Ok(SubjectAccuracy {
                subject,
                trials,
                correct,
                accuracy: correct as f64 / trials as f64,
                interval: wilson_interval(correct, trials, level)?,
                chance,
                p_value: chance.map(|chance| p_value_against_chance(correct, trials, chance)).transpose()?,
            })
        })
        .collect()
}
