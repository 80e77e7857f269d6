//! Databases to show, filled as trainings fill them.
#![allow(dead_code, reason = "each test and example has use for some of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::Path;

use sweep_job::{
    Activation, DataIdentity, DataSetRecord, DataSource, DataSpec, EpochMetrics, FailureReason, JobEvent,
    JobId, JobSpec, LossKind, ModelKind, Outcome, PlannedJob, Predictions, Provenance, RunDetails, Scale,
    Score, Snapshot, WeightsFile, sources,
};
use sweep_store::{Store, SweepEntry};

pub(crate) const RELU: Activation = Activation::Relu;
pub(crate) const LEAKY: Activation = Activation::LeakyRelu { slope: 0.01 };
pub(crate) const ELU: Activation = Activation::Elu { alpha: 1.0 };

/// Trials of the test set.
const TEST_TRIALS: usize = 120;

pub(crate) fn identity() -> DataIdentity {
    DataIdentity("ab".repeat(32))
}

pub(crate) fn data_set() -> DataSetRecord {
    DataSetRecord {
        identity: identity(),
        spec: DataSpec {
            source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
            validation: 0.2,
            validation_by: Default::default(),
            validation_seed: 0,
            scale: Scale::Standardize,
            limit: None,
        },
        title: "two-class motor imagery, seed 0".into(),
        channels: 2,
        samples: 750,
        sampling_rate_hz: Some(125.0),
        classes: vec![1, 2],
        train_trials: 864,
        validation_trials: 216,
        test_labels: (0..TEST_TRIALS as u32).map(|trial| trial % 2).collect(),
        test_subjects: None,
        leaks: None,
    }
}

pub(crate) fn spec(model: ModelKind, activation: Activation, epochs: u32, seed: u64) -> JobSpec {
    JobSpec { epochs, seed, ..JobSpec::lab(model, activation) }
}

pub(crate) fn planned(spec: JobSpec) -> PlannedJob {
    PlannedJob { id: JobId::new(&spec, &identity()), spec }
}

/// The six jobs of the lab.
pub(crate) fn lab(epochs: u32) -> Vec<PlannedJob> {
    let activations = [RELU, LEAKY, ELU];
    let of = |model| activations.map(|activation| planned(spec(model, activation, epochs, 0)));
    [ModelKind::EegNet, ModelKind::DeepConvNet].into_iter().flat_map(of).collect()
}

/// A store at `path` that knows the data set, and says who it is.
pub(crate) fn store(path: &Path) -> Store {
    let mut store = Store::open(path).unwrap();
    store.describe_run(RunDetails {
        command_line: "sweep run sweeps/lab2.toml --workers 4".into(),
        program_version: "0.1.0".into(),
        git_commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        compiler: "rustc 1.95.0".into(),
        target: "x86_64-unknown-linux-gnu".into(),
        features: String::new(),
    });
    store.record_data_set(&data_set()).unwrap();
    store
}

pub(crate) fn sweep(store: &mut Store, name: &str, jobs: &[PlannedJob]) {
    let entry = SweepEntry {
        name: name.into(),
        file_text: format!("name = {name:?}\n\n[data]\nset = \"synthetic\"\n"),
        command_line: "sweep run sweeps/lab2.toml".into(),
    };
    store.record_sweep(&entry, &identity(), jobs).unwrap();
}

pub(crate) fn start(store: &mut Store, job: &PlannedJob) {
    let started = Provenance {
        host: "lab".into(),
        device: "cpu".into(),
        hardware: "avx2".into(),
        threads: 1,
        program_version: "0.1.0".into(),
        arithmetic: 1,
    };
    store.record(&job.id, &JobEvent::Started(started)).unwrap();
}

/// Metrics that look like learning: a rise to a ceiling, with noise that the settings decide.
pub(crate) fn metrics(spec: &JobSpec, epoch: u32) -> EpochMetrics {
    let model = if spec.model == ModelKind::EegNet { 0.03 } else { 0.0 };
    let activation = match spec.activation {
        Activation::Relu => 0.02,
        Activation::LeakyRelu { .. } => 0.035,
        Activation::Elu { .. } => -0.01,
    };
    let rate = (1e3 * spec.learning_rate).clamp(0.1, 10.0);
    let risen = 1.0 - (-f64::from(epoch) * rate / 140.0).exp();
    let noise = |part: u64| {
        let mut bits = (u64::from(epoch) << 20) ^ (spec.seed << 8) ^ part ^ ((rate * 1e3) as u64) << 32;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let test = 0.5 + (0.31 + model + activation) * risen + 0.04 * noise(1);
    // A share of whole trials.
    let of_trials = |share: f64, trials: f64| (share.clamp(0.0, 1.0) * trials).round() / trials;
    let score = |accuracy: f64| Score { loss: 0.7 - 0.6 * (accuracy - 0.5), accuracy };
    EpochMetrics {
        epoch,
        train: score(of_trials(0.5 + 0.45 * risen + 0.02 * noise(2), 864.0)),
        validation: Some(score(of_trials(test - 0.01 + 0.03 * noise(3), 216.0))),
        test: score(of_trials(test, TEST_TRIALS as f64)),
        train_seconds: if spec.model == ModelKind::EegNet { 0.4 } else { 1.3 },
        evaluation_seconds: 0.1,
    }
}

pub(crate) fn epochs(store: &mut Store, job: &PlannedJob, which: impl Iterator<Item = u32>) {
    let events: Vec<JobEvent> =
        which.map(|epoch| JobEvent::EpochFinished(metrics(&job.spec, epoch))).collect();
    store.record_all(&job.id, &events).unwrap();
}

/// Trains a job from its start to its end.
pub(crate) fn train(store: &mut Store, job: &PlannedJob) {
    start(store, job);
    epochs(store, job, 1..=job.spec.epochs);
    finish(store, job);
}

/// Ends a job whose epochs are recorded.
pub(crate) fn finish(store: &mut Store, job: &PlannedJob) {
    let all: Vec<EpochMetrics> = (1..=job.spec.epochs).map(|epoch| metrics(&job.spec, epoch)).collect();
    let chosen = |beats: fn(&EpochMetrics, Option<&EpochMetrics>) -> bool| {
        all.iter().fold(None, |best, epoch| if beats(epoch, best) { Some(epoch) } else { best })
    };
    let snapshot = |name: &str, metrics: &EpochMetrics| Snapshot {
        epoch: metrics.epoch,
        test: metrics.test,
        weights: WeightsFile { file: format!("{}/{name}.safetensors", job.id), sha256: "cd".repeat(32) },
        predictions: Predictions { classes: 2, logits: logits(metrics.test.accuracy) },
    };
    let outcome = Outcome {
        best: snapshot("best", chosen(EpochMetrics::beats_on_test).unwrap()),
        selected: chosen(EpochMetrics::beats_on_validation).map(|epoch| snapshot("selected", epoch)),
        last: snapshot("last", all.last().unwrap()),
    };
    store.record(&job.id, &JobEvent::Finished(Box::new(outcome))).unwrap();
}

/// Of as many trials as the accuracy says, the class that is right is the likelier.
fn logits(accuracy: f64) -> Vec<f32> {
    let right = (accuracy * TEST_TRIALS as f64).round() as usize;
    let class = |trial: usize| if (trial * 7) % TEST_TRIALS < right { trial % 2 } else { 1 - trial % 2 };
    (0..TEST_TRIALS).flat_map(|trial| if class(trial) == 0 { [1.0, -1.0] } else { [-1.0, 1.0] }).collect()
}

pub(crate) fn fail(store: &mut Store, job: &PlannedJob, reason: FailureReason) {
    store.record(&job.id, &JobEvent::Failed(reason)).unwrap();
}

pub(crate) fn diverged(epoch: u32) -> FailureReason {
    FailureReason::Diverged { epoch, step: 7, loss: LossKind::Train }
}
