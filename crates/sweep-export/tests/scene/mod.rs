//! Jobs to export.

use sweep_job::{
    Activation, DataIdentity, DataLabel, EpochMetrics, FailureReason, JobId, JobRecord, JobSpec, JobStatus,
    LossKind, ModelKind, Provenance, Score,
};

fn spec(seed: u64) -> JobSpec {
    JobSpec { epochs: 3, seed, ..JobSpec::lab(ModelKind::EegNet, Activation::Elu { alpha: 1.0 }) }
}

fn epoch(epoch: u32, accuracy: f64) -> EpochMetrics {
    EpochMetrics {
        epoch,
        train: Score { loss: 0.7, accuracy: 0.6 },
        validation: Some(Score { loss: 0.65, accuracy: accuracy - 0.05 }),
        test: Score { loss: 0.1 + accuracy, accuracy },
        train_seconds: 2.0,
        evaluation_seconds: 0.5,
    }
}

/// A job of the sweep `lab2` that waits.
pub(crate) fn queued(seed: u64) -> JobRecord {
    let identity = DataIdentity("ab".repeat(32));
    JobRecord {
        id: JobId::new(&spec(seed), &identity),
        sweeps: vec!["lab2".into()],
        spec: spec(seed),
        data: DataLabel {
            identity,
            set: "bci3b".into(),
            title: "BCI Competition III, data set IIIb".into(),
            leaks: None,
        },
        status: JobStatus::Queued,
        attempts: 0,
        created_at: "2026-03-01T12:00:00.000Z".into(),
        started_at: None,
        finished_at: None,
        provenance: None,
        epochs_finished: 0,
        best: None,
        selected: None,
        last: None,
        seconds: 0.0,
    }
}

/// A job that finished three epochs, the second of which was the best, and the third selected.
pub(crate) fn finished(seed: u64) -> (JobRecord, Vec<EpochMetrics>) {
    let epochs = vec![epoch(1, 0.5), epoch(2, 0.8), epoch(3, 0.75)];
    let record = JobRecord {
        status: JobStatus::Finished,
        attempts: 1,
        started_at: Some("2026-03-01T12:00:01.000Z".into()),
        finished_at: Some("2026-03-01T12:00:09.250Z".into()),
        provenance: Some(Provenance {
            host: "workstation".into(),
            device: "cpu".into(),
            hardware: "avx2".into(),
            threads: 1,
            program_version: "0.1.0".into(),
            arithmetic: 1,
        }),
        epochs_finished: 3,
        best: Some(epochs[1]),
        selected: Some(epochs[2]),
        last: Some(epochs[2]),
        seconds: 7.5,
        ..queued(seed)
    };
    (record, epochs)
}

/// A job that diverged in its second epoch.
pub(crate) fn diverged(seed: u64) -> (JobRecord, Vec<EpochMetrics>) {
    let (record, mut epochs) = finished(seed);
    epochs.truncate(1);
    let reason = FailureReason::Diverged { epoch: 2, step: 1, loss: LossKind::Train };
    let [best, selected, last] = [Some(epochs[0]); 3];
    let record =
        JobRecord { status: JobStatus::Failed(reason), epochs_finished: 1, best, selected, last, ..record };
    (record, epochs)
}
