//! Two results of one job, side by side: of two databases, or of two trainings. It trains nothing.

use sweep_job::{EpochMetrics, JobId, Score, Snapshot, SnapshotKind};

use crate::{Reader, StoreError};

/// How two results of a job differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    /// Not in a bit of any metric, prediction or weight.
    Same,
    /// In something.
    Differs(Differences),
}

/// The largest differences between two results.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Differences {
    /// The first epoch whose metrics differ; `None` where only predictions or weights do, or the number of epochs.
    pub first_epoch: Option<u32>,
    /// Of the train loss of the first epoch, relative to the first result's.
    pub first_train_loss: f64,
    /// Of the best test accuracy, as a share.
    pub best_test_accuracy: f64,
    /// Of the last test accuracy, as a share.
    pub last_test_accuracy: f64,
}

/// Compares what `one` and `other` hold of a job that is finished in both.
///
/// # Errors
/// Where one does not hold it, and where SQLite fails.
pub fn compare(one: &Reader, other: &Reader, job: &JobId) -> Result<Comparison, StoreError> {
    let (epochs, other_epochs) = (one.epochs(job)?, other.epochs(job)?);
    let mut is_same = epochs.len() == other_epochs.len();
    let mut differences = Differences::default();
    for (epoch, other) in epochs.iter().zip(&other_epochs) {
        if bits(epoch) != bits(other) {
            is_same = false;
            differences.first_epoch.get_or_insert(epoch.epoch);
        }
    }
    if let (Some(first), Some(other)) = (epochs.first(), other_epochs.first()) {
        differences.first_train_loss = (first.train.loss - other.train.loss).abs() / first.train.loss.abs();
    }
    for kind in SnapshotKind::ALL {
        let (snapshot, other) = (one.snapshot(job, kind)?, other.snapshot(job, kind)?);
        is_same &= is_equal(snapshot.as_ref(), other.as_ref());
        let accuracy = |snapshot: Option<Snapshot>| snapshot.map_or(f64::NAN, |found| found.test.accuracy);
        let difference = (accuracy(snapshot) - accuracy(other)).abs();
        match kind {
            SnapshotKind::Best => differences.best_test_accuracy = difference,
            SnapshotKind::Last => differences.last_test_accuracy = difference,
            SnapshotKind::Selected => {}
        }
    }
    Ok(if is_same { Comparison::Same } else { Comparison::Differs(differences) })
}

/// All of an epoch but its durations, bit for bit.
fn bits(metrics: &EpochMetrics) -> (u32, [u64; 6], bool) {
    let EpochMetrics { epoch, train, validation, test, train_seconds: _, evaluation_seconds: _ } = metrics;
    let validated = validation.unwrap_or(Score { loss: 0.0, accuracy: 0.0 });
    let numbers = [train.loss, train.accuracy, validated.loss, validated.accuracy, test.loss, test.accuracy];
    (*epoch, numbers.map(f64::to_bits), validation.is_some())
}

/// Names of files do not count.
fn is_equal(one: Option<&Snapshot>, other: Option<&Snapshot>) -> bool {
    let parts = |snapshot: &Snapshot| {
        let logits: Vec<u32> = snapshot.predictions.logits.iter().map(|logit| logit.to_bits()).collect();
        let score = [snapshot.test.loss, snapshot.test.accuracy].map(f64::to_bits);
        (snapshot.epoch, score, snapshot.weights.sha256.clone(), snapshot.predictions.classes, logits)
    };
    one.map(parts) == other.map(parts)
}
