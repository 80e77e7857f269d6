//! Accuracy of each subject apart: a mean over all trials can hide a subject whom the network does not decode.

use std::collections::BTreeMap;

use super::{
    Interval, StatisticsError,
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
}

/// The accuracy of each subject with Wilson's interval at `level`, ascending by subject. `subjects` and `correct` have an
/// entry a trial.
///
/// # Errors
/// Where there is no trial, the lists differ in length, or `level` is not between 0 and 1.
pub fn accuracy_of_subjects(
    subjects: &[usize],
    correct: &[bool],
    level: f64,
) -> Result<Vec<SubjectAccuracy>, StatisticsError> {
    check_lengths(subjects.len(), correct.len())?;
    check_count(subjects.len(), 1)?;
    let mut counts: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for (subject, correct) in subjects.iter().zip(correct) {
        let (all, right) = counts.entry(*subject).or_default();
        *all += 1;
        *right += u64::from(*correct);
    }
    counts
        .into_iter()
        .map(|(subject, (trials, correct))| {
            let accuracy = correct as f64 / trials as f64;
            let interval = wilson_interval(correct, trials, level)?;
            Ok(SubjectAccuracy { subject, trials, correct, accuracy, interval })
        })
        .collect()
}
