//! Jobs to report on.
#![allow(dead_code, reason = "each test has use for some of it")]

pub(crate) mod views;

use sweep_job::{
    Activation, DataIdentity, DataLabel, DataSetRecord, DataSource, DataSpec, EpochMetrics, JobId, JobRecord,
    JobSpec, JobStatus, ModelKind, Optimizer, Provenance, Scale, Score, Shuffle, sources,
};

pub(crate) const RELU: Activation = Activation::Relu;
pub(crate) const LEAKY: Activation = Activation::LeakyRelu { slope: 0.01 };
pub(crate) const ELU: Activation = Activation::Elu { alpha: 1.0 };

pub(crate) fn spec(model: ModelKind, activation: Activation) -> JobSpec {
    JobSpec {
        model,
        activation,
        batch_size: if model == ModelKind::EegNet { 108 } else { 1080 },
        learning_rate: 1e-3,
        epochs: 1201,
        seed: 0,
        optimizer: Optimizer::LAB,
        weight_decay: 0.0,
        dropout: model.default_dropout(),
        max_norm: None,
        shuffle: Shuffle::EveryEpoch,
        initial_weights: None,
        more: Default::default(),
    }
}

pub(crate) fn bci3b() -> DataLabel {
    DataLabel {
        identity: DataIdentity("ab".repeat(32)),
        set: "bci3b".into(),
        title: "BCI Competition III, data set IIIb".into(),
        leaks: None,
    }
}

pub(crate) fn synthetic() -> DataLabel {
    DataLabel {
        identity: DataIdentity("5e".repeat(32)),
        set: "synthetic".into(),
        title: "two-class motor imagery, seed 0".into(),
        leaks: None,
    }
}

/// The data of `bci3b` with the labels of its test trials: two classes, no subjects, no validation set.
pub(crate) fn data_set(test_labels: Vec<u32>) -> DataSetRecord {
    DataSetRecord {
        identity: bci3b().identity,
        spec: DataSpec {
            source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
            validation: 0.0,
            validation_by: Default::default(),
            validation_seed: 0,
            scale: Scale::None,
            limit: None,
        },
        title: bci3b().title,
        channels: 2,
        samples: 750,
        sampling_rate_hz: Some(125.0),
        classes: vec![1, 2],
        train_trials: 864,
        validation_trials: 0,
        test_labels,
        test_subjects: None,
        leaks: None,
    }
}

/// A queued job of the sweep `lab2` on `bci3b`.
pub(crate) fn queued(spec: JobSpec) -> JobRecord {
    JobRecord {
        id: JobId::new(&spec, &bci3b().identity),
        sweeps: vec!["lab2".into()],
        spec,
        data: bci3b(),
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

pub(crate) fn epoch(epoch: u32, accuracy: f64, validation: Option<f64>) -> EpochMetrics {
    let score = |accuracy| Score { loss: 0.5, accuracy };
    EpochMetrics {
        epoch,
        train: score(0.9),
        validation: validation.map(score),
        test: score(accuracy),
        train_seconds: 1.0,
        evaluation_seconds: 0.25,
    }
}

/// It has finished `epochs` epochs, the best one at `best`.
pub(crate) fn running(spec: JobSpec, epochs: u32, best: (f64, u32)) -> JobRecord {
    JobRecord {
        status: JobStatus::Running,
        attempts: 1,
        started_at: Some("2026-03-01T12:00:01.000Z".into()),
        provenance: Some(Provenance {
            host: "lab".into(),
            device: "cpu".into(),
            hardware: "avx2".into(),
            threads: 1,
            program_version: "0.1.0".into(),
            arithmetic: 1,
        }),
        epochs_finished: epochs,
        best: Some(epoch(best.1, best.0, None)),
        last: Some(epoch(epochs, best.0 - 0.0125, None)),
        seconds: 1.25 * f64::from(epochs),
        ..queued(spec)
    }
}

pub(crate) fn finished(spec: JobSpec, accuracy: f64, at: u32) -> JobRecord {
    let epochs = spec.epochs;
    JobRecord {
        status: JobStatus::Finished,
        finished_at: Some("2026-03-01T12:25:02.250Z".into()),
        ..running(spec, epochs, (accuracy, at))
    }
}

pub(crate) fn with_validation(mut job: JobRecord, validation: f64, test: f64, at: u32) -> JobRecord {
    job.selected = Some(epoch(at, test, Some(validation)));
    job
}

/// The lab's own results.
pub(crate) fn lab() -> Vec<JobRecord> {
    let (eegnet, deep) = (ModelKind::EegNet, ModelKind::DeepConvNet);
    vec![
        finished(spec(eegnet, RELU), 0.8722, 612),
        finished(spec(eegnet, LEAKY), 0.8870, 1015),
        finished(spec(eegnet, ELU), 0.8519, 87),
        finished(spec(deep, RELU), 0.8509, 1150),
        finished(spec(deep, LEAKY), 0.8343, 44),
        finished(spec(deep, ELU), 0.8306, 801),
    ]
}
