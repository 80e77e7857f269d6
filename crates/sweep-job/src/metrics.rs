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
    /// Whether the epoch replaces `incumbent` as the best by test accuracy: the earliest of equals stays.
    pub fn beats_on_test(&self, incumbent: Option<&Self>) -> bool {
        incumbent.is_none_or(|best| self.test.accuracy > best.test.accuracy)
    }

    /// Whether the epoch replaces `incumbent` as the one selected on the validation set: higher accuracy, then
    /// lower loss, then the earlier epoch. Never, where there is no validation set.
    pub fn beats_on_validation(&self, incumbent: Option<&Self>) -> bool {
        let Some(score) = self.validation else { return false };
        match incumbent.and_then(|best| best.validation) {
            None => true,
            Some(best) => {
                score.accuracy > best.accuracy || (score.accuracy == best.accuracy && score.loss < best.loss)
            }
        }
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
