//! Jobs with everything that is recorded of them.

use sweep_job::{
    DataSetRecord, EpochMetrics, JobRecord, JobView, Predictions, Snapshot, SnapshotKind, WeightsFile,
};

use super::{data_set, epoch};

/// Test trials of `classes` that alternate, and of as many subjects as there are blocks of `of_subject` trials.
pub(crate) fn data(trials: usize, classes: usize, of_subject: Option<usize>) -> DataSetRecord {
    DataSetRecord {
        classes: (1..=classes as i64).collect(),
        test_subjects: of_subject
            .map(|of_subject| (0..trials).map(|trial| 1 + (trial / of_subject) as i64).collect()),
        ..data_set((0..trials).map(|trial| (trial % classes) as u32).collect())
    }
}

/// A finished job with these test accuracies. Its last network has the trials right of which `is_right` says so, and its best one too; others
/// it takes for the next class.
pub(crate) fn view(
    mut job: JobRecord,
    data: &DataSetRecord,
    accuracies: &[f64],
    is_right: impl Fn(usize) -> bool,
) -> JobView {
    let classes = data.classes.len();
    let logits = data.test_labels.iter().enumerate().flat_map(|(trial, label)| {
        let label = *label as usize;
        let predicted = if is_right(trial) { label } else { (label + 1) % classes };
        // How sure it is changes from trial to trial, so that scores have an order.
        let sure = 0.1 + (trial % 10) as f32 / 10.0;
        (0..classes).map(move |class| if class == predicted { sure } else { 0.0 })
    });
    let predictions = Predictions { classes: classes as u32, logits: logits.collect() };
    let epochs: Vec<EpochMetrics> =
        accuracies.iter().zip(1..).map(|(accuracy, at)| epoch(at, *accuracy, None)).collect();
    job.best = epochs
        .iter()
        .copied()
        .reduce(|best, next| if next.test.accuracy > best.test.accuracy { next } else { best });
    job.last = epochs.last().copied();
    job.epochs_finished = epochs.len() as u32;
    job.seconds = 1.25 * epochs.len() as f64;
    let snapshot = |name: &str, epoch: Option<EpochMetrics>| {
        Some(Snapshot {
            epoch: epoch?.epoch,
            test: epoch?.test,
            weights: WeightsFile { file: format!("{}/{name}.safetensors", job.id), sha256: "ab".repeat(32) },
            predictions: predictions.clone(),
        })
    };
    let snapshots =
        [(SnapshotKind::Best, snapshot("best", job.best)), (SnapshotKind::Last, snapshot("last", job.last))];
    JobView {
        data: data.clone(),
        epochs,
        attempts: Vec::new(),
        run: None,
        snapshots: snapshots.into_iter().filter_map(|(kind, snapshot)| Some((kind, snapshot?))).collect(),
        weights_dir: "results.weights".into(),
        job,
    }
}

/// A curve that rises for `rise` epochs to `level` and then wavers by a point around it, without memory or trend.
pub(crate) fn curve(epochs: usize, rise: usize, level: f64) -> Vec<f64> {
    let wavering = [0.0, 0.01, -0.01, 0.005, -0.005, 0.01, -0.01];
    let accuracy = |at: usize| match at < rise {
        true => 0.5 + (level - 0.5) * at as f64 / rise as f64,
        false => level + wavering[(at * 5) % 7],
    };
    (0..epochs).map(accuracy).collect()
}
