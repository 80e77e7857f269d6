//! Made-up jobs, each a function of its number.

use std::ops::ControlFlow;

use sweep_export::{JobSource, RecordedJob, SourceError};
use sweep_job::{
    Activation, DataIdentity, DataLabel, EpochMetrics, FailureReason, JobId, JobRecord, JobSpec, JobStatus,
    LossKind, MaxNorm, ModelKind, Optimizer, Provenance, Score,
};

pub(crate) const TEST_TRIALS: u64 = 1080;
/// A sweep with a name that is hard on programs.
pub(crate) const SWEEPS: [&str; 2] = ["lab2", "Versuch \"ä\", 2/b"];
pub(crate) const GIT_COMMIT: &str = "3f786850e387550fdab836ed7e6dc881de23001b-dirty";

/// Jobs of so many epochs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jobs {
    pub(crate) jobs: u64,
    pub(crate) epochs: u32,
}

impl JobSource for Jobs {
    fn jobs(&mut self, take: &mut dyn FnMut(&RecordedJob) -> ControlFlow<()>) -> Result<(), SourceError> {
        let _ = (0..self.jobs).try_for_each(|number| take(&self.job(number)));
        Ok(())
    }
}

impl Jobs {
    /// Of fifty, 46 are finished; the others diverged, were cancelled, run, or wait.
    pub(crate) fn job(self, number: u64) -> RecordedJob {
        let (status, epochs_finished) = match number % 50 {
            7 => {
                let (epoch, step, loss) = (self.epochs / 2 + 1, 3, LossKind::Train);
                (JobStatus::Failed(FailureReason::Diverged { epoch, step, loss }), self.epochs / 2)
            }
            17 => (JobStatus::Failed(FailureReason::Cancelled), 0),
            27 => (JobStatus::Running, self.epochs / 3),
            37 => (JobStatus::Queued, 0),
            _ => (JobStatus::Finished, self.epochs),
        };
        let epochs: Vec<_> = (1..=epochs_finished).map(|epoch| metrics(number, epoch)).collect();
        let (mut best, mut selected) = (None, None);
        for epoch in &epochs {
            best = if epoch.beats_on_test(best.as_ref()) { Some(*epoch) } else { best };
            selected = if epoch.beats_on_validation(selected.as_ref()) { Some(*epoch) } else { selected };
        }
        let (spec, data) = (spec(number, self.epochs), data(number));
        let is_started = matches!(status, JobStatus::Finished | JobStatus::Running) || epochs_finished > 0;
        let is_over = !matches!(status, JobStatus::Running | JobStatus::Queued);
        let record = JobRecord {
            id: JobId::new(&spec, &data.identity),
            sweeps: sweeps(number),
            spec,
            data,
            status,
            attempts: is_started.into(),
            created_at: "2026-03-01T12:00:00.000Z".into(),
            started_at: is_started.then(|| time(number, 1)),
            finished_at: is_over.then(|| time(number, 501)),
            provenance: is_started.then(provenance),
            epochs_finished,
            best,
            selected,
            last: epochs.last().copied(),
            seconds: epochs.iter().map(|epoch| epoch.train_seconds + epoch.evaluation_seconds).sum(),
        };
        RecordedJob { record, epochs, git_commit: is_started.then(|| GIT_COMMIT.into()) }
    }
}

/// The sweeps of a job: one of five is in both.
pub(crate) fn sweeps(number: u64) -> Vec<String> {
    let names: &[&str] = match number % 5 {
        0 => &SWEEPS,
        1 | 2 => &SWEEPS[..1],
        _ => &SWEEPS[1..],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn spec(number: u64, epochs: u32) -> JobSpec {
    let model = ModelKind::ALL[(number % 2) as usize];
    let activation = match number / 2 % 3 {
        0 => Activation::Relu,
        1 => Activation::LeakyRelu { slope: 0.01 },
        _ => Activation::Elu { alpha: 1.0 },
    };
    let is_even = number.is_multiple_of(12);
    JobSpec {
        epochs,
        seed: number / 6,
        optimizer: if is_even { Optimizer::Sgd { momentum: 0.9, nesterov: true } } else { Optimizer::LAB },
        max_norm: is_even.then_some(MaxNorm { convolution: 1.0, dense: 0.25 }),
        ..JobSpec::lab(model, activation)
    }
}

fn data(number: u64) -> DataLabel {
    let (set, title, digit) = if has_validation(number) {
        ("npz", "train.npz", "cd")
    } else {
        ("bci3b", "BCI Competition III, data set IIIb", "ab")
    };
    DataLabel { identity: DataIdentity(digit.repeat(32)), set: set.into(), title: title.into(), leaks: None }
}

fn has_validation(number: u64) -> bool {
    number % 3 == 1
}

fn provenance() -> Provenance {
    Provenance {
        host: "workstation".into(),
        device: "cpu".into(),
        hardware: "avx2".into(),
        threads: 1,
        program_version: "0.1.0".into(),
        arithmetic: 1,
    }
}

fn metrics(job: u64, epoch: u32) -> EpochMetrics {
    let score = |set: u64| {
        let noise = unit(job * 3_000_017 + u64::from(epoch) * 3 + set);
        let progress = 1.0 - 1.0 / (1.0 + f64::from(epoch) / 20.0);
        let right = ((0.5 + 0.4 * progress + 0.05 * noise) * TEST_TRIALS as f64).floor();
        Score { loss: 0.69 - 0.4 * progress + 0.03 * noise, accuracy: right / TEST_TRIALS as f64 }
    };
    EpochMetrics {
        epoch,
        train: score(0),
        validation: has_validation(job).then(|| score(1)),
        test: score(2),
        train_seconds: 0.3 + 0.1 * unit(job + u64::from(epoch)),
        evaluation_seconds: 0.05,
    }
}

/// A number from 0 to 1 that looks random: SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) fn unit(number: u64) -> f64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A time on the first days of March 2026: `second` seconds after noon, and one more a job.
pub(crate) fn time(number: u64, second: u64) -> String {
    let second = number + second;
    let (day, of_day) = (1 + (second + 43_200) / 86_400, (second + 43_200) % 86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", number % 1000)
}
