//! Stored predictions held against the labels and the recorded score: a flipped bit in either must not become a number on a page.
//! It reads no rows.

use sweep_job::{DataSetRecord, JobId, Snapshot};

use crate::StoreError;

/// Losses are sums of exponentials and logarithms, whose last bits differ between C libraries.
const LOSS_TOLERANCE: f64 = 1e-12;
/// A share of trials times their number is a whole number but for rounding.
const COUNT_TOLERANCE: f64 = 1e-6;

/// Refuses a snapshot whose predictions do not give the accuracy that is recorded.
///
/// # Errors
/// `Predictions`, with both accuracies.
pub(crate) fn check_accuracy(
    job: &JobId,
    snapshot: &Snapshot,
    data: &DataSetRecord,
) -> Result<(), StoreError> {
    accuracy_contradiction(snapshot, &data.test_labels)
        .map_or(Ok(()), |contradiction| Err(StoreError::Predictions { job: *job, contradiction }))
}

/// How the predictions contradict the recorded accuracy, in words.
pub(crate) fn accuracy_contradiction(snapshot: &Snapshot, labels: &[u32]) -> Option<String> {
    let Some(rows) = rows(snapshot, labels) else {
        return Some(format!(
            "{} numbers are stored for {} test trials and {} classes",
            snapshot.predictions.logits.len(),
            labels.len(),
            snapshot.predictions.classes
        ));
    };
    let correct = rows.filter(|(row, label)| predicted_class(row) == *label).count() as f64;
    let trials = labels.len().max(1) as f64;
    // NaN is no count.
    let is_recorded = (snapshot.test.accuracy * trials - correct).abs() < COUNT_TOLERANCE;
    (!is_recorded).then(|| {
        format!(
            "the stored predictions give {:.2} %, but {:.2} % is recorded",
            100.0 * correct / trials,
            100.0 * snapshot.test.accuracy
        )
    })
}

/// Whether the predictions give the recorded loss.
pub(crate) fn gives_loss(snapshot: &Snapshot, labels: &[u32]) -> bool {
    let Some(rows) = rows(snapshot, labels) else { return false };
    let sum: f64 = rows.map(|(row, label)| cross_entropy(row, label)).sum();
    let loss = sum / labels.len().max(1) as f64;
    (loss - snapshot.test.loss).abs() <= LOSS_TOLERANCE * (1.0 + loss.abs())
}

/// The logits of each trial with its class; `None` if they are not one row a trial, or a label is no class.
fn rows<'a>(snapshot: &'a Snapshot, labels: &'a [u32]) -> Option<impl Iterator<Item = (&'a [f32], usize)>> {
    let classes = snapshot.predictions.classes as usize;
    let logits = &snapshot.predictions.logits;
    let fits = classes > 0 && labels.len().checked_mul(classes) == Some(logits.len());
    let are_classes = labels.iter().all(|label| (*label as usize) < classes);
    (fits && are_classes)
        .then(|| logits.chunks_exact(classes).zip(labels.iter().map(|label| *label as usize)))
}

/// The first class of those with the largest logit, as workers count.
fn predicted_class(row: &[f32]) -> usize {
    let mut best = 0;
    for (class, logit) in row.iter().enumerate() {
        if *logit > row[best] {
            best = class;
        }
    }
    best
}

/// In nats, in the order of operations of the worker.
fn cross_entropy(row: &[f32], label: usize) -> f64 {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|logit| f64::from(logit - largest).exp()).sum();
    sum.ln() - f64::from(row[label] - largest)
}

#[cfg(test)]
mod tests {
    use sweep_job::{Predictions, Score, WeightsFile};

    use super::*;

    fn snapshot(logits: &[f32], loss: f64, accuracy: f64) -> Snapshot {
        Snapshot {
            epoch: 1,
            test: Score { loss, accuracy },
            weights: WeightsFile { file: "x".into(), sha256: "y".into() },
            predictions: Predictions { classes: 2, logits: logits.to_vec() },
        }
    }

    #[test]
    fn predictions_are_held_against_the_recorded_score() {
        // ln 2, ln(1 + e^-2), 0; the tie of the first trial counts as class 0.
        let loss = (2.0f64.ln() + (-2.0f64).exp().ln_1p()) / 3.0;
        let logits = [0.0, 0.0, 2.0, 0.0, 0.0, 1000.0];
        let right = snapshot(&logits, loss, 2.0 / 3.0);
        assert_eq!(accuracy_contradiction(&right, &[1, 0, 1]), None);
        assert!(gives_loss(&right, &[1, 0, 1]) && !gives_loss(&right, &[1, 1, 1]));
        let words = accuracy_contradiction(&right, &[0, 0, 1]);
        assert_eq!(words.as_deref(), Some("the stored predictions give 100.00 %, but 66.67 % is recorded"));
        let words = accuracy_contradiction(&snapshot(&logits[..5], loss, 2.0 / 3.0), &[1, 0, 1]);
        assert_eq!(words.as_deref(), Some("5 numbers are stored for 3 test trials and 2 classes"));
        for wrong in [f64::NAN, f64::INFINITY] {
            assert!(accuracy_contradiction(&snapshot(&logits, loss, wrong), &[1, 0, 1]).is_some());
            assert!(!gives_loss(&snapshot(&logits, wrong, 1.0), &[1, 0, 1]));
        }
        assert!(accuracy_contradiction(&right, &[7, 0, 1]).is_some());
        assert!(!gives_loss(&snapshot(&[f32::NAN; 6], loss, 0.0), &[1, 0, 1]));
    }
}
