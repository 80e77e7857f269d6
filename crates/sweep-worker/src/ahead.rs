//! Engines of other kinds: one that runs ahead of its results changes nothing but the time at which they come, and one that cannot be
//! made for some members leaves the others alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::VecDeque, fs, num::NonZeroU32, path::Path, sync::Arc};

use sweep_job::{
    Activation, Bundle, BundleOrder, CheckpointInterval, DataIdentity, DataSource, DataSpec, EpochMetrics,
    FailureReason, JobEvent, JobId, JobSpec, ModelKind, Optimizer, PlannedJob, Provenance, Scale, Training,
};
use sweep_models::{Device, Engine, Epoch, EpochResult, Member, ModelError, State, TrainingData};
use tempfile::TempDir;

use crate::{ResidentData, StopFlag, TrainingEvent, WorkerError, train::train_by};

/// Takes up to so many epochs before the results of the first are collected.
const AHEAD: usize = 3;

/// As an engine on a device would be that keeps the states of a few epochs there.
#[derive(Debug)]
struct Ahead {
    inner: Box<dyn Engine>,
    members: usize,
    /// Results that are not collected, with the states after them.
    waiting: VecDeque<(Vec<Option<EpochResult>>, Vec<State>)>,
    collected: Vec<State>,
}

impl Ahead {
    fn of(inner: Box<dyn Engine>, members: usize) -> Result<Box<dyn Engine>, WorkerError> {
        let collected = states(inner.as_ref(), members)?;
        Ok(Box::new(Self { inner, members, waiting: VecDeque::new(), collected }))
    }
}

fn states(engine: &dyn Engine, members: usize) -> Result<Vec<State>, ModelError> {
    (0..members).map(|member| engine.state(member)).collect()
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
        assert!(epoch.members.iter().any(Option::is_some), "an epoch in which all rest");
        self.inner.submit(epoch)?;
        let results = self.inner.collect()?.unwrap();
        self.waiting.push_back((results, states(self.inner.as_ref(), self.members)?));
        Ok(())
    }

    fn collect(&mut self) -> Result<Option<Vec<Option<EpochResult>>>, ModelError> {
        Ok(self.waiting.pop_front().map(|(results, states)| {
            self.collected = states;
            results
        }))
    }

    fn state(&self, member: usize) -> Result<State, ModelError> {
        Ok(self.collected[member].clone())
    }

    fn set_state(&mut self, member: usize, state: State) -> Result<(), ModelError> {
        assert!(self.waiting.is_empty());
        self.collected[member] = state.clone();
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

fn job(seed: u64, epochs: u32, learning_rate: f64, identity: &DataIdentity) -> PlannedJob {
    let elu = Activation::Elu { alpha: 1.0 };
    // With a rate that is large enough, it diverges.
    let optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false };
    let lab = JobSpec::lab(ModelKind::EegNet, elu);
    let spec = JobSpec { seed, batch_size: 10, epochs, learning_rate, optimizer, ..lab };
    PlannedJob { id: JobId::new(&spec, identity), spec }
}

/// An order for trainings side by side: one of jobs of 2 and 7 epochs, one of 4, and one that diverges.
fn order(data: DataSpec, identity: &DataIdentity, folder: &Path) -> BundleOrder {
    let training = |jobs: &[(u64, u32, f64)]| Training {
        jobs: jobs.iter().map(|(seed, epochs, rate)| job(*seed, *epochs, *rate, identity)).collect(),
    };
    let trainings =
        vec![training(&[(0, 2, 1e-3), (0, 7, 1e-3)]), training(&[(1, 4, 1e-3)]), training(&[(2, 5, 1e30)])];
    BundleOrder {
        bundle: Bundle { trainings },
        data,
        identity: identity.clone(),
        weights_dir: folder.to_owned(),
        checkpoint_every: CheckpointInterval::Epochs(NonZeroU32::MIN),
    }
}

fn resident(spec: &DataSpec) -> ResidentData {
    let identity = sweep_data::identify(spec).unwrap();
    ResidentData::new(sweep_data::load(spec).unwrap(), identity)
}

/// What the trainings report and leave if they are stopped when one of 7 epochs has `stop_after`, and then go on.
fn run(is_ahead: bool, stop_after: u32) -> Vec<String> {
    let (folder, spec) = (TempDir::new().unwrap(), data_spec());
    let data = resident(&spec);
    let order = order(spec, &data.identity, folder.path());
    let longest = order.bundle.trainings[0].jobs[1].id;
    let mut lines = Vec::new();
    for _ in 0..2 {
        let stop = StopFlag::default();
        let engine = |members: &[Member]| {
            let engine = Device::Cpu.engine(members, data.shape)?;
            if is_ahead { Ahead::of(engine, members.len()) } else { Ok(engine) }
        };
        let mut emit = |event| {
            if matches!(&event, TrainingEvent::Job(job, JobEvent::EpochFinished(metrics)) if *job == longest && metrics.epoch == stop_after)
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
        assert!(at_once.len() > 20);
        assert!(at_once.iter().any(|line| line.contains("Diverged")), "{at_once:#?}");
        assert_eq!(late, at_once, "stopped after {stop_after}");
    }
}

/// Trains the order by engines that `refuse` refuses to make; the events, and what the whole comes to.
fn train_where(
    refuse: impl Fn(&[Member]) -> Option<ModelError>,
) -> (Vec<(u64, JobEvent)>, Result<(), WorkerError>) {
    let (folder, spec) = (TempDir::new().unwrap(), data_spec());
    let data = resident(&spec);
    let order = order(spec, &data.identity, folder.path());
    let engine = |members: &[Member]| match refuse(members) {
        Some(error) => Err(error.into()),
        None => Ok(Device::Cpu.engine(members, data.shape)?),
    };
    let mut events = Vec::new();
    let seed = |job| order.bundle.jobs().find(|planned| planned.id == job).unwrap().spec.seed;
    let mut emit = |event| {
        events.push(match event {
            TrainingEvent::Job(job, event) => (seed(job), event),
            TrainingEvent::Trained(trained) => (seed(trained.job), JobEvent::Finished(trained.save()?)),
        });
        Ok(())
    };
    let result = train_by(&engine, &order, &data, &provenance(), &StopFlag::default(), &mut emit);
    (events, result)
}

#[test]
fn a_training_for_which_there_is_no_engine_fails_alone() {
    let refuse = |members: &[Member]| {
        let is_refused = members.iter().any(|member| member.seed == 0);
        is_refused.then(|| ModelError::Tensor("no seed 0 here".into()))
    };
    let (events, result) = train_where(refuse);
    result.unwrap();
    let first: Vec<&JobEvent> =
        events.iter().filter(|(seed, _)| *seed == 0).map(|(_, event)| event).collect();
    let refused = JobEvent::Failed(FailureReason::Unsuitable {
        message: "tensor operation failed: no seed 0 here".into(),
    });
    assert_eq!(first, [&refused, &refused]);
    assert!(events.iter().any(|(seed, event)| *seed == 1 && matches!(event, JobEvent::Finished(_))));
}

#[test]
fn a_device_that_fails_ends_no_job_but_the_worker() {
    let (events, result) = train_where(|_| Some(ModelError::Device("cuda:0 is gone".into())));
    assert!(events.is_empty(), "{events:?}");
    let error = result.unwrap_err();
    assert!(error.ends_the_worker());
    assert_eq!(error.to_string(), "the device failed: cuda:0 is gone");
}

#[test]
fn a_bundle_that_does_not_fit_is_an_error_of_all() {
    let refuse = |members: &[Member]| {
        (members.len() > 2).then(|| ModelError::OutOfMemory("too little GPU memory".into()))
    };
    let (events, result) = train_where(refuse);
    assert!(events.is_empty(), "{events:?}");
    let reason = crate::error::failure(&result.unwrap_err());
    assert_eq!(
        reason.to_string(),
        "out of memory: worker has too little GPU memory; a smaller batch size needs less, and other programs may hold memory of the GPU"
    );
}
