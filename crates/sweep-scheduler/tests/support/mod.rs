//! Jobs and events to test with. Every test binary uses its own part of it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::{collections::VecDeque, num::NonZeroUsize};

use sweep_job::{
    Activation, Bundle, BundleOrder, CheckpointInterval, DataIdentity, DataSource, DataSpec, EpochMetrics,
    FailureReason, JobEvent, JobId, JobSpec, ModelKind, Optimizer, Outcome, PlannedJob, Predictions,
    Provenance, Scale, Score, Shuffle, Snapshot, Training, WeightsFile, sources,
};
use sweep_scheduler::{Client, Heard, Limits, RunEvent, Supply};

pub(crate) fn limits(slots: usize) -> Limits {
    Limits { slots: NonZeroUsize::new(slots).unwrap(), timeout: None }
}

/// A client with a fixed list of bundles, and an observer.
pub(crate) struct FixedList<F> {
    pub(crate) waiting: VecDeque<BundleOrder>,
    pub(crate) observer: F,
}

impl<F> FixedList<F> {
    pub(crate) fn new(bundles: Vec<BundleOrder>, observer: F) -> Self {
        Self { waiting: bundles.into(), observer }
    }
}

impl<E, F: FnMut(RunEvent<'_>) -> Result<(), E>> Client for FixedList<F> {
    type Error = E;

    fn next_bundle(&mut self, _free_slots: NonZeroUsize) -> Result<Supply, E> {
        Ok(self.waiting.pop_front().map_or(Supply::Exhausted, |order| Supply::Bundle(Box::new(order))))
    }

    fn take_back(&mut self, order: BundleOrder) -> Result<(), E> {
        self.waiting.push_front(order);
        Ok(())
    }

    fn jobs_left(&self) -> usize {
        self.waiting.iter().map(|order| order.bundle.jobs().count()).sum()
    }

    fn cancelled(&mut self) -> Result<Vec<JobId>, E> {
        Ok(Vec::new())
    }

    fn hear(&mut self, run_event: RunEvent<'_>) -> Result<Heard, E> {
        (self.observer)(run_event).map(|()| Heard::default())
    }
}

pub(crate) fn identity() -> DataIdentity {
    DataIdentity("ab".repeat(32))
}

pub(crate) fn job(seed: u64, epochs: u32) -> PlannedJob {
    let spec = JobSpec {
        model: ModelKind::EegNet,
        activation: Activation::Relu,
        batch_size: 108,
        learning_rate: 1e-3,
        epochs,
        seed,
        optimizer: Optimizer::LAB,
        weight_decay: 0.0,
        dropout: 0.25,
        max_norm: None,
        shuffle: Shuffle::EveryEpoch,
        initial_weights: None,
        more: Default::default(),
    };
    PlannedJob { id: JobId::new(&spec, &identity()), spec }
}

/// A bundle of one training, of the jobs of one seed with these numbers of epochs.
pub(crate) fn order(seed: u64, epochs: &[u32]) -> BundleOrder {
    side_by_side(&[(seed, epochs)])
}

/// A bundle of trainings, each of the jobs of one seed with these numbers of epochs.
pub(crate) fn side_by_side(trainings: &[(u64, &[u32])]) -> BundleOrder {
    let training = |(seed, epochs): &(u64, &[u32])| Training {
        jobs: epochs.iter().map(|&epochs| job(*seed, epochs)).collect(),
    };
    BundleOrder {
        bundle: Bundle { trainings: trainings.iter().map(training).collect() },
        data: DataSpec {
            source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
            validation: 0.0,
            validation_by: Default::default(),
            validation_seed: 0,
            scale: Scale::None,
            limit: None,
        },
        identity: identity(),
        weights_dir: "weights".into(),
        checkpoint_every: CheckpointInterval::default(),
    }
}

/// So many bundles of one job of `epochs` epochs, with the seeds 0, 1, 2...
pub(crate) fn orders(count: u64, epochs: u32) -> Vec<BundleOrder> {
    (0..count).map(|seed| order(seed, &[epochs])).collect()
}

pub(crate) fn started() -> JobEvent {
    JobEvent::Started(Provenance {
        host: "host".into(),
        device: "cpu".into(),
        hardware: "none".into(),
        threads: 1,
        program_version: "0".into(),
        arithmetic: 1,
    })
}

pub(crate) fn epoch(epoch: u32) -> JobEvent {
    let score = Score { loss: 0.5, accuracy: 0.5 };
    JobEvent::EpochFinished(EpochMetrics {
        epoch,
        train: score,
        validation: None,
        test: score,
        train_seconds: 1.0,
        evaluation_seconds: 0.1,
    })
}

pub(crate) fn finished(epoch: u32) -> JobEvent {
    let snapshot = Snapshot {
        epoch,
        test: Score { loss: 0.5, accuracy: 0.5 },
        weights: WeightsFile { file: "file".into(), sha256: "00".into() },
        predictions: Predictions { classes: 2, logits: vec![0.25; 16] },
    };
    JobEvent::Finished(Box::new(Outcome { best: snapshot.clone(), selected: None, last: snapshot }))
}

/// All that happens to a bundle that is trained without a fault, in order.
pub(crate) fn training(bundle: &Bundle) -> Vec<(JobId, JobEvent)> {
    let mut events: Vec<_> = bundle.jobs().map(|job| (job.id, started())).collect();
    let epochs = bundle.trainings.iter().map(Training::epochs).max().unwrap_or(0);
    for number in 1..=epochs {
        for job in bundle.jobs().filter(|job| job.spec.epochs >= number) {
            events.push((job.id, epoch(number)));
            if job.spec.epochs == number {
                events.push((job.id, finished(number)));
            }
        }
    }
    events
}

pub(crate) fn event_text(event: &JobEvent) -> String {
    match event {
        JobEvent::Started(_) => "started".into(),
        JobEvent::EpochFinished(metrics) => format!("epoch {}", metrics.epoch),
        JobEvent::Finished(_) => "finished".into(),
        JobEvent::Failed(reason @ FailureReason::WorkerDied { .. }) => reason.to_string(),
        JobEvent::Failed(reason) => format!("failed: {reason}"),
        JobEvent::Interrupted => "interrupted".into(),
        JobEvent::Requeued => "queued again".into(),
        JobEvent::Renewed => "renewed".into(),
    }
}

/// What a sweep said, as lines; and a check on every word of it.
#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) lines: Vec<String>,
    pub(crate) ended: usize,
    pub(crate) most_workers: usize,
    pub(crate) workers: usize,
    jobs: std::collections::HashMap<JobId, (String, sweep_job::JobState, bool)>,
}

impl Witness {
    /// Hears of something that happens. Panics where it cannot be.
    pub(crate) fn hear(&mut self, run_event: sweep_scheduler::RunEvent<'_>) {
        use sweep_scheduler::RunEvent;
        let line = match run_event {
            RunEvent::WorkerStarted { slot, .. } => {
                self.workers += 1;
                self.most_workers = self.most_workers.max(self.workers);
                format!("{slot}: worker started")
            }
            RunEvent::WorkerEnded { slot, how } => {
                self.workers -= 1;
                format!("{slot}: worker ended: {how}")
            }
            RunEvent::WorkerLeaves { slot, signal, stops_the_sweep } => {
                let also = if stops_the_sweep { ", and the sweep stops" } else { "" };
                format!("{slot}: worker leaves: {signal}{also}")
            }
            RunEvent::SlotRetired { slot, how } => format!("{slot}: retired: {how}"),
            RunEvent::BundleHandedOut { slot, bundle } => {
                let mut names = Vec::new();
                for job in bundle.jobs() {
                    let name = format!("{}x{}", job.spec.seed, job.spec.epochs);
                    names.push(name.clone());
                    let earlier = self.jobs.insert(job.id, (name, sweep_job::JobState::Queued, false));
                    let has_ended = earlier.is_none_or(|(_, _, ended)| ended);
                    assert!(has_ended, "{} is handed out twice at once", job.id);
                }
                format!("{slot}: gets {}", names.join(" and "))
            }
            RunEvent::Job { slot, job, event } => {
                let (name, state, ended) =
                    self.jobs.get_mut(&job).expect("only jobs that were handed out are told of");
                assert!(!*ended, "{name} has ended, but then: {event:?}");
                *state = state.clone().apply(event).unwrap();
                *ended = !matches!(event, JobEvent::Started(_) | JobEvent::EpochFinished(_));
                self.ended += usize::from(*ended);
                format!("{slot}: {name} {}", event_text(event))
            }
        };
        self.lines.push(line);
    }

    /// Panics where a job that was handed out has no end, or a worker is left.
    pub(crate) fn close(&self) {
        assert_eq!(self.workers, 0, "workers are left");
        for (name, _, ended) in self.jobs.values() {
            assert!(ended, "{name} was handed out and has no end");
        }
    }

    /// The lines as one text.
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}
