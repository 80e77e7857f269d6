//! Trainings in this process, and what they leave.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::{collections::HashMap, fs, path::Path};

use sweep_job::{
    Activation, Bundle, BundleOrder, CheckpointInterval, DataIdentity, DataSource, DataSpec, EpochMetrics,
    JobEvent, JobId, JobSpec, ModelKind, Outcome, PlannedJob, Provenance, Scale, Training, TrajectoryKey,
    sources,
};
use sweep_models::Device;
use sweep_worker::{ResidentData, StopFlag, TrainingEvent, WorkerError, train};

fn data_spec() -> DataSpec {
    DataSpec {
        source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
        validation: 0.25,
        validation_by: Default::default(),
        validation_seed: 0,
        scale: Scale::None,
        limit: Some(32),
    }
}

fn data(amplitude: f32) -> ResidentData {
    let spec = data_spec();
    let identity = sweep_data::identify(&spec).unwrap();
    let mut data = sweep_data::load(&spec).unwrap();
    data.train.signal.iter_mut().for_each(|value| *value *= amplitude);
    ResidentData::new(data, identity)
}

pub(crate) fn job(model: ModelKind, epochs: u32, seed: u64) -> JobSpec {
    JobSpec { batch_size: 10, epochs, seed, ..JobSpec::lab(model, Activation::Elu { alpha: 1.0 }) }
}

/// What a job left: its epochs without times, its outcome, and its weights.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Trace {
    pub(crate) epochs: Vec<EpochMetrics>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) weights: Vec<Vec<u8>>,
    pub(crate) ending: Option<JobEvent>,
}

/// How to train.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) checkpoint_every: CheckpointInterval,
    pub(crate) hardware: &'a str,
    pub(crate) version: &'a str,
    /// The train signal is multiplied by it.
    pub(crate) amplitude: f32,
}

impl<'a> Run<'a> {
    /// Without checkpoints.
    pub(crate) fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            checkpoint_every: CheckpointInterval::Never,
            hardware: "any",
            version: "0",
            amplitude: 1.0,
        }
    }

    /// Trains `specs` as one bundle, those that differ in their epochs alone by one training; `observe` sees every event.
    pub(crate) fn train(
        &self,
        specs: &[JobSpec],
        mut observe: impl FnMut(&JobEvent, &StopFlag),
    ) -> Vec<Trace> {
        self.train_jobs(specs, |_, event, stop| observe(event, stop))
    }

    /// The same where `observe` is told the number of the job as well.
    pub(crate) fn train_jobs(
        &self,
        specs: &[JobSpec],
        mut observe: impl FnMut(usize, &JobEvent, &StopFlag),
    ) -> Vec<Trace> {
        let data = data(self.amplitude);
        let planned =
            |spec: &JobSpec| PlannedJob { id: JobId::new(spec, &data.identity), spec: spec.clone() };
        let jobs: Vec<_> = specs.iter().map(planned).collect();
        let order = BundleOrder {
            bundle: Bundle { trainings: trainings(&jobs) },
            data: data_spec(),
            identity: data.identity.clone(),
            weights_dir: self.folder.to_owned(),
            checkpoint_every: self.checkpoint_every,
        };
        let provenance = Provenance {
            host: "host".into(),
            device: "cpu".into(),
            hardware: self.hardware.into(),
            threads: 1,
            program_version: self.version.into(),
            arithmetic: 1,
        };
        let stop = StopFlag::default();
        let mut traces: HashMap<JobId, Trace> = HashMap::new();
        let mut emit = |event: TrainingEvent| -> Result<(), WorkerError> {
            let (job, event) = match event {
                TrainingEvent::Job(job, event) => (job, event),
                TrainingEvent::Trained(trained) => (trained.job, JobEvent::Finished(trained.save()?)),
            };
            let number = jobs.iter().position(|planned| planned.id == job).unwrap();
            observe(number, &event, &stop);
            traces.entry(job).or_default().add(event, self.folder);
            Ok(())
        };
        train(&order, &data, &Device::Cpu, &provenance, &stop, &mut emit).unwrap();
        jobs.iter().map(|job| traces.remove(&job.id).unwrap()).collect()
    }
}

/// The trainings of jobs, in the order of the first job of each.
fn trainings(jobs: &[PlannedJob]) -> Vec<Training> {
    let mut trainings: Vec<Training> = Vec::new();
    for job in jobs {
        let key = |job: &PlannedJob| TrajectoryKey::new(&job.spec);
        match trainings.iter_mut().find(|training| key(&training.jobs[0]) == key(job)) {
            Some(training) => training.jobs.push(job.clone()),
            None => trainings.push(Training { jobs: vec![job.clone()] }),
        }
    }
    trainings
}

/// The id of a job on the data of these tests.
pub(crate) fn id(spec: &JobSpec) -> JobId {
    JobId::new(spec, &identity())
}

/// The identity of the data of these tests.
pub(crate) fn identity() -> DataIdentity {
    sweep_data::identify(&data_spec()).unwrap()
}

impl Trace {
    fn add(&mut self, event: JobEvent, folder: &Path) {
        match event {
            JobEvent::Started(_) => {}
            JobEvent::EpochFinished(metrics) => {
                self.epochs.push(EpochMetrics { train_seconds: 0.0, evaluation_seconds: 0.0, ..metrics });
            }
            JobEvent::Finished(mut outcome) => {
                let snapshots = [Some(&mut outcome.best), outcome.selected.as_mut(), Some(&mut outcome.last)];
                for snapshot in snapshots.into_iter().flatten() {
                    self.weights.push(fs::read(folder.join(&snapshot.weights.file)).unwrap());
                    // The path holds the job's id; the content is what is compared.
                    snapshot.weights.file.clear();
                }
                self.outcome = Some(*outcome);
            }
            ending => self.ending = Some(ending),
        }
    }
}
