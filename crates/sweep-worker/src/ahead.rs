//! An engine that runs ahead of its results changes nothing but the time at which they come.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::VecDeque, fs, num::NonZeroU32, path::Path, sync::Arc};

use sweep_job::{
    Activation, BundleOrder, CheckpointInterval, DataSource, DataSpec, EpochMetrics, JobEvent, JobId,
    JobSpec, ModelKind, PlannedJob, Provenance, Scale, Training,
};
use sweep_models::{Device, Engine, Epoch, EpochResult, ModelError, State, TrainingData};
use tempfile::TempDir;

use crate::{ResidentData, StopFlag, TrainingEvent, WorkerError, network::engine_for, train::train_by};

/// Takes up to so many epochs before the results of the first are collected.
const AHEAD: usize = 3;

/// As an engine on a device would be that keeps the states of a few epochs there.
#[derive(Debug)]
struct Ahead {
    inner: Box<dyn Engine>,
    /// Results that are not collected, with the state after them.
    waiting: VecDeque<(Vec<EpochResult>, State)>,
    collected: State,
}

impl Ahead {
    fn of(inner: Box<dyn Engine>) -> Result<Box<dyn Engine>, WorkerError> {
        let collected = inner.state(0)?;
        Ok(Box::new(Self { inner, waiting: VecDeque::new(), collected }))
    }
}

impl Engine for Ahead {
    fn take_data(&mut self, data: Arc<TrainingData>) -> Result<(), ModelError> {
        self.inner.take_data(data)
    }

    fn wants_epoch(&self) -> bool {
        self.waiting.len() < AHEAD
    }

    fn submit(&mut self, epoch: Epoch) -> Result<(), ModelError> {
        assert!(self.wants_epoch());
        self.inner.submit(epoch)?;
        let results = self.inner.collect()?.unwrap();
        self.waiting.push_back((results, self.inner.state(0)?));
        Ok(())
    }

    fn collect(&mut self) -> Result<Option<Vec<EpochResult>>, ModelError> {
        Ok(self.waiting.pop_front().map(|(results, state)| {
            self.collected = state;
            results
        }))
    }

    fn state(&self, _: usize) -> Result<State, ModelError> {
        Ok(self.collected.clone())
    }

    fn set_state(&mut self, member: usize, state: State) -> Result<(), ModelError> {
        assert!(self.waiting.is_empty());
        self.collected = state.clone();
        self.inner.set_state(member, state)
    }

    fn logits(&mut self, member: usize, signal: &[f32]) -> Result<Vec<f32>, ModelError> {
        assert!(self.waiting.is_empty());
        self.inner.logits(member, signal)
    }
}

fn data_spec() -> DataSpec {
    DataSpec {
        source: DataSource::Synthetic(sweep_job::sources::Synthetic { seed: 0 }),
        validation: 0.25,
        validation_by: Default::default(),
        validation_seed: 0,
        scale: Scale::None,
        limit: Some(24),
    }
}

/// What a training of jobs of 2 and 7 epochs reports and leaves, if it is stopped after `stop_after` epochs and then goes on.
fn run(is_ahead: bool, stop_after: u32) -> Vec<String> {
    let (folder, spec) = (TempDir::new().unwrap(), data_spec());
    let identity = sweep_data::identify(&spec).unwrap();
    let data = ResidentData::new(sweep_data::load(&spec).unwrap(), identity.clone());
    let job = |epochs| {
        let elu = Activation::Elu { alpha: 1.0 };
        let spec = JobSpec { batch_size: 10, epochs, ..JobSpec::lab(ModelKind::EegNet, elu) };
        PlannedJob { id: JobId::new(&spec, &identity), spec }
    };
    let order = BundleOrder {
        bundle: Training { jobs: vec![job(2), job(7)] },
        data: spec,
        identity: identity.clone(),
        weights_dir: folder.path().to_owned(),
        checkpoint_every: CheckpointInterval::Epochs(NonZeroU32::MIN),
    };
    let mut lines = Vec::new();
    for _ in 0..2 {
        let stop = StopFlag::default();
        let engine = |spec: &JobSpec| {
            let engine = engine_for(spec, data.shape, &Device::cpu())?;
            if is_ahead { Ahead::of(engine) } else { Ok(engine) }
        };
        let mut emit = |event| {
            if matches!(&event, TrainingEvent::Job(_, JobEvent::EpochFinished(metrics)) if metrics.epoch == stop_after)
            {
                stop.raise();
            }
            lines.push(line(event, folder.path())?);
            Ok(())
        };
        train_by(&engine, &order, &data, &provenance(), &stop, &mut emit).unwrap();
    }
    lines
}

fn provenance() -> Provenance {
    Provenance {
        host: "host".into(),
        device: "cpu".into(),
        hardware: "any".into(),
        threads: 1,
        program_version: "0".into(),
        arithmetic: 1,
    }
}

/// An event without times, with the weights that it names.
fn line(event: TrainingEvent, folder: &Path) -> Result<String, WorkerError> {
    Ok(match event {
        TrainingEvent::Job(job, JobEvent::EpochFinished(metrics)) => {
            let metrics = EpochMetrics { train_seconds: 0.0, evaluation_seconds: 0.0, ..metrics };
            format!("{job} {metrics:?}")
        }
        TrainingEvent::Job(job, event) => format!("{job} {event:?}"),
        TrainingEvent::Trained(trained) => {
            let outcome = trained.save()?;
            let weights = fs::read(folder.join(&outcome.last.weights.file)).unwrap();
            format!("{outcome:?} {}", sweep_job::sha256(&weights))
        }
    })
}

#[test]
fn results_that_come_late_are_the_same_results() {
    for stop_after in [1, 3, 100] {
        let (at_once, late) = (run(false, stop_after), run(true, stop_after));
        assert!(at_once.len() > 12);
        assert_eq!(late, at_once, "stopped after {stop_after}");
    }
}
