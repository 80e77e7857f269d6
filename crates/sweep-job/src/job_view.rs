//! Everything that is recorded of one job. It reads nothing.

use crate::{AttemptRecord, DataSetRecord, EpochMetrics, JobRecord, RunRecord, Snapshot, SnapshotKind};

/// A job with all that is recorded of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// The job.
    pub job: JobRecord,
    /// Its data set.
    pub data: DataSetRecord,
    /// Its epochs, the first one first.
    pub epochs: Vec<EpochMetrics>,
    /// Its starts, the first one first.
    pub attempts: Vec<AttemptRecord>,
    /// The run that last started it.
    pub run: Option<RunRecord>,
    /// Its snapshots.
    pub snapshots: Vec<(SnapshotKind, Snapshot)>,
    /// The folder of its weights.
    pub weights_dir: String,
}
