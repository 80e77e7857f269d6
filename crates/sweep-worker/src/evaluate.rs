//! Scores a network on a set of trials, in evaluation mode.

use sweep_job::{Predictions, Score};
use sweep_models::{Engine, LabelledTrials};

use crate::WorkerError;

/// What a network says of a set of trials.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Loss and accuracy.
    pub score: Score,
    /// Output for every trial.
    pub predictions: Predictions,
}

impl Evaluation {
    /// That of `logits`, `[trial, class]`, by the trials' `labels`.
    pub(crate) fn of(logits: Vec<f32>, classes: usize, labels: &[u32]) -> Self {
        let mut tally = Tally::default();
        tally.add(&logits, labels);
        Self { score: tally.score(), predictions: Predictions { classes: classes as u32, logits } }
    }
}

/// Evaluates a network of `classes` classes, the only member of `engine`, on all trials of `set`, with running statistics and without
/// dropout.
///
/// # Errors
/// If the device runs out of memory.
pub fn evaluate(
    engine: &mut dyn Engine,
    classes: usize,
    set: &LabelledTrials,
) -> Result<Evaluation, WorkerError> {
    evaluate_member(engine, 0, classes, set)
}

/// The same for a member of several.
pub(crate) fn evaluate_member(
    engine: &mut dyn Engine,
    member: usize,
    classes: usize,
    set: &LabelledTrials,
) -> Result<Evaluation, WorkerError> {
    Ok(Evaluation::of(engine.logits(member, &set.signal)?, classes, &set.labels))
}

/// Sums over trials, on the host and in double precision, by functions that are the same on every system.
#[derive(Debug, Default)]
struct Tally {
    loss_sum: f64,
    correct: usize,
    trials: usize,
}

impl Tally {
    /// Adds trials: `logits` are `[trial, class]`.
    fn add(&mut self, logits: &[f32], labels: &[u32]) {
        if labels.is_empty() {
            return;
        }
        for (row, label) in logits.chunks_exact(logits.len() / labels.len()).zip(labels) {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = row.iter().map(|logit| libm::exp(f64::from(logit - largest))).sum();
            self.loss_sum += libm::log(sum) - f64::from(row[*label as usize] - largest);
            self.correct += usize::from(predicted_class(row) == Some(*label as usize));
            self.trials += 1;
        }
    }

    fn score(&self) -> Score {
        let trials = self.trials.max(1) as f64;
        Score { loss: self.loss_sum / trials, accuracy: self.correct as f64 / trials }
    }
}

/// The class with the largest logit; the first of equals, as `argmax` has it. `None` if a logit is not finite: such a trial is
/// in no class, and counts as wrong.
pub fn predicted_class(logits: &[f32]) -> Option<usize> {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    logits.iter().all(|logit| logit.is_finite()).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_scores_like_cross_entropy_by_hand() {
        let mut tally = Tally::default();
        tally.add(&[0.0, 0.0, 2.0, 0.0, 0.0, 1000.0], &[1, 0, 1]);
        let score = tally.score();
        // ln 2, ln(1 + e^-2), 0; the tie of the first trial counts as class 0.
        let expected = (2.0f64.ln() + (-2.0f64).exp().ln_1p()) / 3.0;
        assert!((score.loss - expected).abs() < 1e-12, "{score:?}");
        assert_eq!(score.accuracy, 2.0 / 3.0);
    }

    #[test]
    fn a_logit_that_is_no_number_makes_the_loss_no_number() {
        let mut tally = Tally::default();
        tally.add(&[f32::NAN, 0.0], &[0]);
        assert!(!tally.score().loss.is_finite());
    }

    #[test]
    fn a_trial_with_logits_that_are_not_finite_is_wrong() {
        let mut tally = Tally::default();
        tally.add(&[f32::NAN, f32::NAN, 1.0, 0.0, f32::NEG_INFINITY, 0.0], &[0, 0, 1]);
        assert_eq!(tally.score().accuracy, 1.0 / 3.0);
        assert_eq!(predicted_class(&[0.0, f32::INFINITY]), None);
    }
}
