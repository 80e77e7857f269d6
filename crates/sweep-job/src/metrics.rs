//! What a training measures.

use serde::{Deserialize, Serialize};

/// Loss and accuracy on one set of trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean cross-entropy a trial, in nats.
    pub loss: f64,
    /// Share of trials that are classified rightly, 0 to 1.
    pub accuracy: f64,
}

/// The metrics of one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The epoch; the first is 1.
    pub epoch: u32,
    /// On the train set, collected while training: dropout is on, and each batch is scored before its update.
    pub train: Score,
    /// On the validation set after the epoch, in evaluation mode; `None` where the data have none.
    pub validation: Option<Score>,
    /// On the test set after the epoch, in evaluation mode.
    pub test: Score,
    /// Time of the training part, in seconds.
    pub train_seconds: f64,
    /// Time of the evaluations, in seconds.
    pub evaluation_seconds: f64,
}

impl EpochMetrics {
    /// Whether the epoch replaces `incumbent` as the best on the test set: by higher accuracy. The earlier of equals stays.
    pub fn beats_on_test(&self, incumbent: Option<&Self>) -> bool {
        incumbent.is_none_or(|best| is_higher(self.test.accuracy, best.test.accuracy))
    }

    /// Whether the epoch replaces `incumbent` as the one that the validation set selects: by higher accuracy, then by lower loss.
    /// The earlier of equals stays. Without a validation set no epoch is selected.
    pub fn beats_on_validation(&self, incumbent: Option<&Self>) -> bool {
        let Some(score) = self.validation else { return false };
        match incumbent.and_then(|best| best.validation) {
            None => true,
            Some(best) if is_higher(score.accuracy, best.accuracy) => true,
            Some(best) if is_higher(best.accuracy, score.accuracy) => false,
            Some(best) => is_higher(-score.loss, -best.loss),
        }
    }
}

/// Whether `one` is the higher number. NaN is lower than any.
fn is_higher(one: f64, other: f64) -> bool {
    one > other || (other.is_nan() && !one.is_nan())
}

/// The epochs of a training that stand out so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Standouts {
    /// The one with the highest test accuracy; `None` before the first epoch.
    pub best: Option<EpochMetrics>,
    /// The one that the validation set selects; `None` without a validation set too.
    pub selected: Option<EpochMetrics>,
}

impl Standouts {
    /// Those after one more epoch.
    #[must_use]
    pub fn with(self, epoch: &EpochMetrics) -> Self {
        Self {
            best: if epoch.beats_on_test(self.best.as_ref()) { Some(*epoch) } else { self.best },
            selected: if epoch.beats_on_validation(self.selected.as_ref()) {
                Some(*epoch)
            } else {
                self.selected
            },
        }
    }

    /// Those of all `epochs`.
    pub fn of<'a>(epochs: impl IntoIterator<Item = &'a EpochMetrics>) -> Self {
        epochs.into_iter().fold(Self::default(), Self::with)
    }
}

/// What a finished job leaves behind beside its epochs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The epoch with the highest test accuracy (the earliest of equals). Chosen on the test set: optimistic.
    pub best: Snapshot,
    /// The epoch that the validation set selects; `None` without a validation set.
    pub selected: Option<Snapshot>,
    /// The last epoch.
    pub last: Snapshot,
}

impl Outcome {
    /// Each snapshot with its name in the database and of its weights file: `best`, `selected`, `last`.
    pub fn snapshots(&self) -> impl Iterator<Item = (&'static str, &Snapshot)> {
        [("best", Some(&self.best)), ("selected", self.selected.as_ref()), ("last", Some(&self.last))]
            .into_iter()
            .filter_map(|(name, snapshot)| Some((name, snapshot?)))
    }
}

/// A model at one epoch: its weights and what it says of the test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The epoch after which it was taken.
    pub epoch: u32,
    /// Score on the test set.
    pub test: Score,
    /// The saved weights.
    pub weights: WeightsFile,
    /// Output for every test trial.
    pub predictions: Predictions,
}

/// A saved safetensors file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightsFile {
    /// Path relative to the weights folder of the database: `JOB_ID/best.safetensors`.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
}

impl WeightsFile {
    /// A file of more bytes, 256 MiB, holds no weights: those of the largest networks have a few megabytes.
    pub const MOST_BYTES: u64 = 256 << 20;
}

/// The network's output for every trial of a set, in the order of the set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// Number of classes.
    pub classes: u32,
    /// Logits, `[trial, class]`, row-major; all finite.
    pub logits: Vec<f32>,
}

impl Predictions {
    /// Whether every logit is finite.
    pub fn are_finite(&self) -> bool {
        self.logits.iter().all(|logit| logit.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epochs with these (accuracy, loss) on both sets, and the numbers of the best and the selected one.
    fn standouts(scores: &[(f64, f64)]) -> (Option<u32>, Option<u32>) {
        let epoch = |(number, &(accuracy, loss)): (u32, &(f64, f64))| {
            let score = Score { loss, accuracy };
            EpochMetrics {
                epoch: number,
                train: score,
                validation: Some(score),
                test: score,
                train_seconds: 1.0,
                evaluation_seconds: 0.1,
            }
        };
        let epochs: Vec<EpochMetrics> = (1..).zip(scores).map(epoch).collect();
        let Standouts { best, selected } = Standouts::of(&epochs);
        (best.map(|best| best.epoch), selected.map(|selected| selected.epoch))
    }

    #[test]
    fn the_earlier_of_equals_stays() {
        assert_eq!(standouts(&[]), (None, None));
        assert_eq!(standouts(&[(0.5, 1.0), (0.75, 1.0), (0.75, 1.0), (0.5, 0.1)]), (Some(2), Some(2)));
    }

    #[test]
    fn of_equal_accuracies_the_validation_set_selects_the_lower_loss_and_the_test_set_the_earlier_epoch() {
        assert_eq!(standouts(&[(0.75, 1.0), (0.75, 0.5), (0.75, 0.7)]), (Some(1), Some(2)));
    }

    #[test]
    fn a_number_beats_nan_and_nan_beats_none() {
        let nan = f64::NAN;
        assert_eq!(standouts(&[(nan, 1.0), (0.1, 1.0), (nan, 1.0)]), (Some(2), Some(2)));
        assert_eq!(standouts(&[(0.5, nan), (0.5, 2.0), (0.5, nan)]), (Some(1), Some(2)));
        assert_eq!(standouts(&[(nan, nan), (nan, nan)]), (Some(1), Some(1)));
        // Whatever came before, a higher accuracy wins, also with a loss that is no number.
        assert_eq!(standouts(&[(0.5, 0.1), (0.6, nan)]), (Some(2), Some(2)));
    }
}
