//! All that is known of some jobs, as far as a study asks.

use std::collections::HashMap;

use crate::{DataIdentity, DataSetRecord, EpochMetrics, JobId, JobRecord, Predictions, SnapshotKind};

/// Jobs, and what beside their records a study may look at. What is missing makes a report say less.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The jobs.
    pub jobs: Vec<JobRecord>,
    /// Their data sets, which know the truth about the test trials.
    pub data_sets: HashMap<DataIdentity, DataSetRecord>,
    /// The mean test accuracy of a job over its last epochs, as a share.
    pub tails: HashMap<JobId, f64>,
    /// Over how many epochs that mean is, at most.
    pub tail_epochs: u32,
    /// All epochs of a job, the first one first.
    pub curves: HashMap<JobId, Vec<EpochMetrics>>,
    /// What a job said of the test trials.
    pub predictions: HashMap<(JobId, SnapshotKind), Predictions>,
}
