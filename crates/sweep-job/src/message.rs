//! The messages between a scheduler and its worker processes: one JSON document a line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{CheckpointInterval, DataIdentity, DataSpec, JobEvent, JobId, JobSpec, TrajectoryKey};

/// A job with its identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedJob {
    /// Its identity.
    pub id: JobId,
    /// Its settings.
    pub spec: JobSpec,
}

/// Jobs that one training serves: equal in all but the number of epochs, and sorted by it. Never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The jobs, fewest epochs first.
    pub jobs: Vec<PlannedJob>,
}

impl Training {
    /// Epochs of the longest job.
    pub fn epochs(&self) -> u32 {
        self.jobs.last().map_or(0, |job| job.spec.epochs)
    }

    /// Whether it is what a training must be: one that was read from a message can be anything.
    ///
    /// # Errors
    /// Where it has no job, jobs of different trainings or in another order, or a job that cannot be trained.
    pub fn check(&self) -> Result<(), TrainingError> {
        let [first, rest @ ..] = self.jobs.as_slice() else { return Err(TrainingError::Empty) };
        let key = TrajectoryKey::new(&first.spec);
        if let Some(other) = rest.iter().find(|job| TrajectoryKey::new(&job.spec) != key) {
            return Err(TrainingError::OtherTraining { job: other.id, first: first.id });
        }
        if !self.jobs.is_sorted_by_key(|job| job.spec.epochs) {
            return Err(TrainingError::Unsorted);
        }
        match self.jobs.iter().find(|job| job.spec.epochs == 0 || job.spec.batch_size == 0) {
            Some(job) => Err(TrainingError::NothingToTrain { job: job.id }),
            None => Ok(()),
        }
    }
}

/// Why jobs are no training.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainingError {
    /// There is none.
    #[error("the training has no jobs")]
    Empty,
    /// They differ in more than their epochs.
    #[error("the jobs {first} and {job} of one training differ in more than their epochs")]
    OtherTraining {
        /// One of them.
        job: JobId,
        /// The first one.
        first: JobId,
    },
    /// They are not sorted by their epochs.
    #[error("the jobs of the training are not sorted by their epochs")]
    Unsorted,
    /// A job has no epochs, or batches without trials.
    #[error("the job {job} has no epochs, or batches of no trials")]
    NothingToTrain {
        /// Which.
        job: JobId,
    },
}

/// A bundle with all that a worker needs to train it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleOrder {
    /// What to train.
    pub bundle: Training,
    /// On which data.
    pub data: DataSpec,
    /// What those data must be: a worker that finds others refuses to train.
    pub identity: DataIdentity,
    /// The weights folder of the database.
    pub weights_dir: PathBuf,
    /// When the training is saved while it runs.
    pub checkpoint_every: CheckpointInterval,
}

/// What a scheduler says to a worker, on its standard input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", content = "detail", rename_all = "snake_case")]
pub enum WorkerOrder {
    /// Train this; the worker trains no other bundle.
    Train(Box<BundleOrder>),
    /// Stop after the current epoch; unfinished jobs become interrupted.
    Stop,
}

/// What a worker says, on its standard output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", content = "detail", rename_all = "snake_case")]
pub enum WorkerReport {
    /// It waits for a bundle: said once after its start and after the training of every bundle. The ends of jobs that were
    /// trained to their last epochs may follow later, when their weights are on disk.
    Ready,
    /// Something happened to a job.
    Event(JobId, JobEvent),
    /// A signal told it to end. It takes no further bundle, stops after the current epoch, and ends; jobs that it has not
    /// reported on by then were interrupted.
    Leaving {
        /// Which signal, such as `SIGTERM`.
        signal: String,
    },
}
