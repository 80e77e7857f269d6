//! Which differences between settings are more than noise.

use std::collections::BTreeMap;

use sweep_job::{DataSetRecord, Evidence, JobRecord, Predictions};

use super::{
    Reading,
    setting::{LEVEL, Setting},
};
use crate::statistics::{
    holm::holm_adjusted,
    logits::predicted_classes,
    mann_whitney,
    mcnemar::{PairedCounts, mcnemar},
    paired::paired_differences,
    regrouping::{RegroupingMethod, regrouping_test},
    signed_rank::{signed_rank_test, smallest_p_value},
};

/// Differences with an adjusted p-value below this are told to be more than noise.
pub(crate) const SIGNIFICANCE: f64 = 0.05;

/// A comparison of two settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison {
    /// Place of the first setting.
    pub(crate) first: usize,
    /// Place of the second setting.
    pub(crate) second: usize,
    /// Mean accuracy of the first less that of the second, as a share.
    pub(crate) difference: f64,
    /// Whether the difference is more than chance among random starts or, with one job each, among test trials.
    pub(crate) starts: Answer,
    /// Whether it holds across the subjects of the test set; `None` if they are not known.
    pub(crate) subjects: Option<Answer>,
}

impl Answer {
    /// Its p-value adjusted for all comparisons; `None` if no test was made.
    pub(crate) fn told(&self) -> Option<f64> {
        (self.test != Test::None).then_some(self.adjusted)
    }
}

/// The answer of a test, within its family of comparisons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Answer {
    pub(crate) test: Test,
    pub(crate) p_value: f64,
    /// The least p-value that the test could have given.
    pub(crate) least: f64,
    /// Adjusted by Holm for all comparisons of the study by the same question.
    pub(crate) adjusted: f64,
    pub(crate) verdict: Verdict,
}

/// Which test was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// Permutation of the jobs of both settings.
    Permutation,
    /// Mann and Whitney's, of the jobs of both settings, if they are too many for a permutation test.
    MannWhitney,
    /// McNemar's, of the trials of one job each.
    Mcnemar,
    /// Wilcoxon's, of the mean accuracies of subjects.
    SignedRank,
    /// None: there is too little to compare.
    None,
}

/// What is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Real,
    WithinNoise,
    /// No difference, however large, could have been told from noise.
    CannotTell,
}

/// All pairs of `settings`.
pub(crate) fn comparisons(
    settings: &[Setting<'_>],
    reading: Reading,
    evidence: &Evidence,
    data: Option<&DataSetRecord>,
) -> Vec<Comparison> {
    let views: Vec<View> =
        settings.iter().map(|setting| View::new(setting, reading, evidence, data)).collect();
    let mut found = Vec::new();
    for first in 0..settings.len() {
        for second in first + 1..settings.len() {
            let (one, other) = (&views[first], &views[second]);
            if let (Some(a), Some(b)) = (settings[first].spread(), settings[second].spread()) {
                let difference = a.mean - b.mean;
                found.push((first, second, difference, starts(one, other), subjects(one, other)));
            }
        }
    }
    let of_starts = adjusted(found.iter().map(|(.., starts, _)| *starts));
    let of_subjects = adjusted(found.iter().filter_map(|(.., subjects)| *subjects));
    let has_subjects = of_subjects.len() == found.len();
    found
        .into_iter()
        .enumerate()
        .map(|(index, (first, second, difference, ..))| Comparison {
            first,
            second,
            difference,
            starts: of_starts[index],
            subjects: has_subjects.then(|| of_subjects[index]),
        })
        .collect()
}

/// What is compared of a setting.
struct View {
    accuracies: Vec<f64>,
    /// Which test trials its only job has right.
    correct: Option<Vec<bool>>,
    /// Mean accuracy over its jobs of each subject, in the order of their numbers.
    of_subjects: Option<Vec<f64>>,
}

impl View {
    fn new(
        setting: &Setting<'_>,
        reading: Reading,
        evidence: &Evidence,
        data: Option<&DataSetRecord>,
    ) -> Self {
        let correct: Option<Vec<Vec<bool>>> = data.and_then(|data| {
            setting.repeats.iter().map(|repeat| correct(repeat.job, reading, evidence, data)).collect()
        });
        let of_subjects = match (&correct, data.and_then(|data| data.test_subjects.as_ref())) {
            (Some(correct), Some(subjects)) if !correct.is_empty() => {
                Some(means_of_subjects(correct, subjects))
            }
            _ => None,
        };
        let only = correct.and_then(|mut jobs| if jobs.len() == 1 { jobs.pop() } else { None });
        Self { accuracies: setting.accuracies(), correct: only, of_subjects }
    }
}

/// Which test trials `job` has right; `None` where its predictions are not known.
pub(crate) fn correct(
    job: &JobRecord,
    reading: Reading,
    evidence: &Evidence,
    data: &DataSetRecord,
) -> Option<Vec<bool>> {
    let predicted = predicted(evidence.predictions.get(&(job.id, reading.snapshot()?))?)?;
    if predicted.len() != data.test_labels.len() {
        return None;
    }
    Some(predicted.iter().zip(&data.test_labels).map(|(class, label)| *class == *label as usize).collect())
}

/// The predicted class of each trial.
pub(crate) fn predicted(predictions: &Predictions) -> Option<Vec<usize>> {
    let logits: Vec<f64> = predictions.logits.iter().copied().map(f64::from).collect();
    predicted_classes(&logits, predictions.classes as usize).ok()
}

fn means_of_subjects(jobs: &[Vec<bool>], subjects: &[i64]) -> Vec<f64> {
    let mut counts: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for correct in jobs {
        for (subject, correct) in subjects.iter().zip(correct) {
            let (all, right) = counts.entry(*subject).or_default();
            *all += 1.0;
            *right += f64::from(u8::from(*correct));
        }
    }
    counts.into_values().map(|(all, right)| right / all).collect()
}

/// A test, its p-value, and the least that it could have been.
type Raw = (Test, f64, f64);

const NO_TEST: Raw = (Test::None, 1.0, 1.0);

fn starts(one: &View, other: &View) -> Raw {
    if let (Some(one), Some(other)) = (&one.correct, &other.correct) {
        let counts = PairedCounts::new(one, other);
        return counts
            .and_then(|counts| mcnemar(&counts, LEVEL))
            .map_or(NO_TEST, |test| (Test::Mcnemar, test.p_value, 0.0));
    }
    let (first, second) = (&one.accuracies, &other.accuracies);
    if first.len() + second.len() < 3 {
        return NO_TEST;
    }
    let Ok(test) = regrouping_test(first, second) else { return NO_TEST };
    match test.method {
        RegroupingMethod::Exact { .. } => {
            let sides = if first.len() == second.len() { 2.0 } else { 1.0 };
            let least = sides / arrangements(first.len() + second.len(), first.len());
            (Test::Permutation, test.p_value, least)
        }
        RegroupingMethod::MannWhitney(_) => {
            let least = mann_whitney::smallest_p_value(first.len(), second.len()).unwrap_or(0.0);
            (Test::MannWhitney, test.p_value, least)
        }
    }
}

/// In how many ways `all` values can be dealt to groups of which one has `some`.
fn arrangements(all: usize, some: usize) -> f64 {
    (0..some).map(|taken| (all - taken) as f64 / (taken + 1) as f64).product()
}

fn subjects(one: &View, other: &View) -> Option<Raw> {
    let (one, other) = (one.of_subjects.as_ref()?, other.of_subjects.as_ref()?);
    // With so few subjects, no difference is significant, however large.
    if one.len() < subjects_needed() {
        return Some(NO_TEST);
    }
    let test = paired_differences(one, other).and_then(|differences| signed_rank_test(&differences));
    Some(test.map_or(NO_TEST, |test| (Test::SignedRank, test.p_value, smallest_p_value(one.len()))))
}

fn adjusted(raw: impl Iterator<Item = Raw>) -> Vec<Answer> {
    let raw: Vec<Raw> = raw.collect();
    let p_values: Vec<f64> = raw.iter().map(|(_, p_value, _)| *p_value).collect();
    let adjusted = holm_adjusted(&p_values).unwrap_or(p_values);
    let count = raw.len() as f64;
    raw.into_iter()
        .zip(adjusted)
        .map(|((test, p_value, least), adjusted)| Answer {
            test,
            p_value,
            least,
            adjusted,
            verdict: match adjusted {
                adjusted if adjusted < SIGNIFICANCE => Verdict::Real,
                // A difference that would not do on its own either is within noise, however many are asked about.
                _ if least * count >= SIGNIFICANCE && (p_value < SIGNIFICANCE || least >= SIGNIFICANCE) => {
                    Verdict::CannotTell
                }
                _ => Verdict::WithinNoise,
            },
        })
        .collect()
}

/// With so many jobs per setting, the permutation test can tell a difference among `pairs` comparisons.
pub(crate) fn jobs_needed(pairs: usize) -> usize {
    (3..).find(|jobs| 2.0 / arrangements(2 * jobs, *jobs) * (pairs as f64) < SIGNIFICANCE).unwrap_or(3)
}

/// With so many subjects, Wilcoxon's test can tell a difference.
pub(crate) fn subjects_needed() -> usize {
    (1..).find(|subjects| smallest_p_value(*subjects) < SIGNIFICANCE).unwrap_or(1)
}
