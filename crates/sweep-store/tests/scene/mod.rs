//! A database in a folder of its own, and what happens in it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};

use sweep_job::{
    Activation, DataIdentity, DataSetRecord, DataSource, DataSpec, EpochMetrics, JobEvent, JobId, JobSpec,
    Leaks, ModelKind, Optimizer, Outcome, PlannedJob, Predictions, Provenance, Scale, Score, SharedExample,
    SharedTrials, Shuffle, Snapshot, ValidationBy, WeightsFile, sources,
};
use sweep_store::{Store, SweepEntry};
use tempfile::TempDir;

pub(crate) const TEST_TRIALS: usize = 20;

pub(crate) struct Scene {
    pub(crate) folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("results.db")
    }

    /// A store that knows the data set and the sweep `lab2` with `jobs`.
    pub(crate) fn with_sweep(&self, jobs: &[PlannedJob]) -> Store {
        let mut store = Store::open(&self.path()).unwrap();
        store.record_data_set(&data_set()).unwrap();
        store.record_sweep(&entry("lab2"), &identity(), jobs).unwrap();
        store
    }
}

impl Scene {
    /// The rows of a query, the values of each separated by spaces.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|column| match row.get_ref(column)? {
                rusqlite::types::ValueRef::Integer(number) => Ok(number.to_string()),
                rusqlite::types::ValueRef::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
                other => Ok(format!("{other:?}")),
            });
            Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
        };
        statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }
}

pub(crate) fn spec_of_seed(seed: u64) -> JobSpec {
    JobSpec { seed, ..spec(ModelKind::EegNet, Activation::Relu) }
}

pub(crate) fn identity() -> DataIdentity {
    DataIdentity("ab".repeat(32))
}

pub(crate) fn data_set() -> DataSetRecord {
    DataSetRecord {
        identity: identity(),
        spec: DataSpec {
            source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
            validation: 0.2,
            validation_by: ValidationBy::Trial,
            validation_seed: 0,
            scale: Scale::Standardize,
            limit: Some(10),
        },
        title: "two-class motor imagery, seed 0".into(),
        channels: 2,
        samples: 750,
        sampling_rate_hz: Some(125.0),
        classes: vec![1, 2],
        train_trials: 8,
        validation_trials: 20,
        test_labels: (0..TEST_TRIALS as u32).map(label).collect(),
        test_subjects: Some((0..TEST_TRIALS as i64).map(|trial| 1 + trial / 10).collect()),
        leaks: Some(leaks()),
    }
}

/// One test trial overlaps with a train trial.
pub(crate) fn leaks() -> Leaks {
    let example = Some(SharedExample { trial: 2, other_trial: 7, samples: 300 });
    Leaks {
        trial_samples: 750,
        test_with_train: SharedTrials { trials: TEST_TRIALS as u32, shared: 1, identical: 0, example },
        ..Leaks::default()
    }
}

fn label(trial: u32) -> u32 {
    trial % 2
}

pub(crate) fn entry(name: &str) -> SweepEntry {
    SweepEntry {
        name: name.into(),
        file_text: format!("name = \"{name}\"\n"),
        command_line: format!("sweep run sweeps/{name}.toml"),
    }
}

pub(crate) fn spec(model: ModelKind, activation: Activation) -> JobSpec {
    JobSpec {
        model,
        activation,
        batch_size: 108,
        learning_rate: 1e-3,
        epochs: 3,
        seed: 0,
        optimizer: Optimizer::LAB,
        weight_decay: 0.0,
        dropout: 0.25,
        max_norm: None,
        shuffle: Shuffle::EveryEpoch,
        initial_weights: None,
        more: Default::default(),
    }
}

pub(crate) fn planned(spec: JobSpec) -> PlannedJob {
    PlannedJob { id: JobId::new(&spec, &identity()), spec }
}

/// The six jobs of the lab, of three epochs each.
pub(crate) fn lab() -> Vec<PlannedJob> {
    let activations =
        [Activation::Relu, Activation::LeakyRelu { slope: 0.01 }, Activation::Elu { alpha: 1.0 }];
    [ModelKind::EegNet, ModelKind::DeepConvNet]
        .into_iter()
        .flat_map(|model| activations.map(|activation| planned(spec(model, activation))))
        .collect()
}

pub(crate) fn seeds(count: u64) -> Vec<PlannedJob> {
    (0..count).map(|seed| planned(spec_of_seed(seed))).collect()
}

pub(crate) fn started() -> JobEvent {
    JobEvent::Started(Provenance {
        host: "lab".into(),
        device: "cpu".into(),
        hardware: "avx2".into(),
        threads: 1,
        program_version: "0.1.0".into(),
        arithmetic: sweep_job::ARITHMETIC,
    })
}

pub(crate) fn metrics(epoch: u32, validation: Option<f64>, test: f64) -> EpochMetrics {
    let score = |accuracy| Score { loss: 1.0 - accuracy, accuracy };
    EpochMetrics {
        epoch,
        train: score(0.75),
        validation: validation.map(score),
        test: Score { loss: loss_of(test), accuracy: test },
        train_seconds: 1.0,
        evaluation_seconds: 0.5,
    }
}

/// The loss of predictions as [`logits`] makes them, of which so many are right.
fn loss_of(accuracy: f64) -> f64 {
    accuracy * (-2.0f64).exp().ln_1p() + (1.0 - accuracy) * 2.0f64.exp().ln_1p()
}

/// Of as many trials as the accuracy says, the class that is right is the likelier. The epoch changes the numbers and not what they mean.
fn logits(epoch: u32, accuracy: f64) -> Vec<f32> {
    let right = (accuracy * TEST_TRIALS as f64).round() as u32;
    let row = |trial: u32| {
        let class = if trial < right { label(trial) } else { 1 - label(trial) };
        [0, 1].map(|place| epoch as f32 + if place == class { 1.0 } else { -1.0 })
    };
    (0..TEST_TRIALS as u32).flat_map(row).collect()
}

pub(crate) fn epoch(epoch: u32, validation: Option<f64>, test: f64) -> JobEvent {
    JobEvent::EpochFinished(metrics(epoch, validation, test))
}

pub(crate) fn snapshot(epoch: u32, name: &str, test: f64) -> Snapshot {
    Snapshot {
        epoch,
        test: metrics(epoch, None, test).test,
        weights: WeightsFile { file: format!("job/{name}.safetensors"), sha256: "cd".repeat(32) },
        predictions: Predictions { classes: 2, logits: logits(epoch, test) },
    }
}

/// Three epochs: the best on the test set is 2; the validation set selects 3, which is also the last.
pub(crate) const TESTS: [f64; 3] = [0.5, 0.75, 0.6];
pub(crate) const VALIDATIONS: [f64; 3] = [0.5, 0.6, 0.7];

pub(crate) fn outcome() -> Outcome {
    Outcome {
        best: snapshot(2, "best", TESTS[1]),
        selected: Some(snapshot(3, "selected", TESTS[2])),
        last: snapshot(3, "last", TESTS[2]),
    }
}

pub(crate) fn finished() -> JobEvent {
    JobEvent::Finished(Box::new(outcome()))
}

/// All events of a job from its start to its end.
pub(crate) fn life() -> Vec<JobEvent> {
    let mut events = vec![started()];
    events.extend((0..3).map(|index| epoch(index as u32 + 1, Some(VALIDATIONS[index]), TESTS[index])));
    events.push(finished());
    events
}

/// The events of a job whose epochs all have these accuracies.
pub(crate) fn life_of(validation: f64, test: f64) -> Vec<JobEvent> {
    let mut events = vec![started()];
    events.extend((1..=3).map(|number| epoch(number, Some(validation), test)));
    let outcome = Outcome {
        best: snapshot(1, "best", test),
        selected: Some(snapshot(1, "selected", test)),
        last: snapshot(3, "last", test),
    };
    events.push(JobEvent::Finished(Box::new(outcome)));
    events
}

pub(crate) fn live(store: &mut Store, job: &JobId, events: &[JobEvent]) {
    for event in events {
        store.record(job, event).unwrap();
    }
}

/// Makes the database as a process that was killed leaves it: `job` is running, and its run has no lock.
pub(crate) fn die_while_running(store: Store, path: &Path, job: &JobId) {
    drop(store);
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute(
            "UPDATE job SET status = 'running', owner = (SELECT max(key) FROM run) WHERE id = ?1",
            [job.to_string()],
        )
        .unwrap();
    connection
        .execute_batch(
            "UPDATE attempt SET ending = NULL, ended_at = NULL
              WHERE job IN (SELECT key FROM job WHERE status = 'running')
                AND number = (SELECT attempts FROM job WHERE job.key = attempt.job);
             UPDATE run SET ending = NULL, ended_at = NULL WHERE key = (SELECT max(key) FROM run)",
        )
        .unwrap();
}
