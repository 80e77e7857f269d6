//! What happens to a job.

use serde::{Deserialize, Serialize};

use crate::{EpochMetrics, FailureReason, Outcome};

/// What happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "detail", rename_all = "snake_case")]
pub enum JobEvent {
    /// A worker began to train it, from its first epoch.
    Started(Provenance),
    /// An epoch ended.
    EpochFinished(EpochMetrics),
    /// All epochs ended; weights are on disk.
    Finished(Box<Outcome>),
    /// It cannot go on.
    Failed(FailureReason),
    /// It was stopped from outside before its end, or its owner is gone: it waits again.
    Interrupted,
    /// It ended without a result, and is to be trained once more: it waits again.
    Requeued,
    /// Its result is of an older arithmetic and given up for a new one: it waits again.
    Renewed,
}

/// Where and by what a job is trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Host name.
    pub host: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Instruction set or GPU that ran the kernels.
    pub hardware: String,
    /// Threads inside the worker.
    pub threads: u32,
    /// Version of the program.
    pub program_version: String,
    /// The [revision of the arithmetic](crate::ARITHMETIC).
    #[serde(default = "first_revision")]
    pub arithmetic: u32,
}

fn first_revision() -> u32 {
    1
}

/// What stands between a GPU and the version of its driver in [`Provenance::hardware`].
pub const DRIVER: &str = ", driver ";

/// The hardware of a [`Provenance`] without the version of a driver, which does not matter for results: the kernels leave no rounding to the driver.
pub fn without_driver(hardware: &str) -> &str {
    hardware.split_once(DRIVER).map_or(hardware, |(gpu, _)| gpu)
}
