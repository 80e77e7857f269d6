//! The messages between a scheduler and its worker processes: one JSON document a line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Bundle, CheckpointInterval, DataIdentity, DataSpec, JobEvent, JobId};

/// A bundle with all that a worker needs to train it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleOrder {
    /// What to train.
    pub bundle: Bundle,
    /// On which data.
    pub data: DataSpec,
    /// What those data must be: a worker that finds others refuses to train.
    pub identity: DataIdentity,
    /// The weights folder of the database.
    pub weights_dir: PathBuf,
    /// When the trainings are saved while they run.
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
    /// Give up these jobs after the current epoch and train the others on; they become cancelled.
    Cancel(Vec<JobId>),
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
