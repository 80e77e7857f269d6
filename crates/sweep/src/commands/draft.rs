//! A sweep before its training: its file, its data and what the database has of it. Each is looked at once, in one place, and handed on.

use std::collections::HashMap;

use sweep_data::DataExtent;
use sweep_job::{BulkTransition, DataIdentity, DataSetRecord, JobId, JobSpec, PlannedJob, Status};
use sweep_store::{Location, Reader, Store, StoreError};

use super::{
    places,
    plan::PlannedFile,
    prepared::{self, Prepared},
};
use crate::error::CliError;

/// What `sweep run` knows before it reads the data, which takes memory of its own, and before it touches the database.
pub(super) struct Draft {
    pub(super) file: PlannedFile,
    pub(super) identity: DataIdentity,
    /// The sizes of the data; `None` if they cannot be read, which [`Draft::prepare`] explains.
    pub(super) extent: Option<DataExtent>,
    pub(super) jobs: Vec<PlannedJob>,
    recorded: Recorded,
}

/// What the database has of the sweep.
#[derive(Default)]
struct Recorded {
    data: Option<DataSetRecord>,
    statuses: HashMap<JobId, Status>,
}

impl Draft {
    /// Identifies the data, reads their sizes, and looks up what `database` has.
    ///
    /// # Errors
    /// If the data cannot be identified, with the line that is to blame. What is wrong with the database is told when it is opened for
    /// writing.
    pub(super) fn new(file: PlannedFile, database: &Location) -> Result<Self, CliError> {
        let identity = prepared::identify(&file)?;
        let extent = sweep_data::extent(&file.plan.data).ok();
        let planned = |spec: &JobSpec| PlannedJob {
            id: JobId::new(spec, &identity),
            spec: places::absolute_weights(spec),
        };
        let jobs: Vec<PlannedJob> = file.plan.jobs.iter().map(planned).collect();
        let recorded = Store::open_read_only(database)
            .and_then(|reader| Recorded::of(&reader, &identity, &jobs))
            .unwrap_or_default();
        Ok(Self { file, identity, extent, jobs, recorded })
    }

    /// The jobs that are to be trained.
    pub(super) fn missing(&self) -> Vec<PlannedJob> {
        self.jobs.iter().filter(|job| self.recorded.is_missing(job)).cloned().collect()
    }

    /// Reads the data and checks the networks, as far as the database does not know that all is done.
    ///
    /// # Errors
    /// If the data cannot be trained on, or a network cannot be built for them, with the lines that are to blame.
    pub(super) fn prepare(&self) -> Result<Prepared, CliError> {
        let is_done = || !self.jobs.iter().any(|job| self.recorded.is_missing(job));
        match &self.recorded.data {
            Some(data) if data.leaks.is_some() && is_done() => Prepared::recorded(&self.file, data.clone()),
            known => {
                let leaks = known.as_ref().and_then(|data| data.leaks);
                Prepared::new(&self.file, &self.identity, leaks)
            }
        }
    }
}

impl Recorded {
    fn of(reader: &Reader, identity: &DataIdentity, jobs: &[PlannedJob]) -> Result<Self, StoreError> {
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        Ok(Self { data: reader.data_set(identity).ok(), statuses: reader.statuses(&ids)? })
    }

    /// A job that failed is trained again; one that diverged or was cancelled is not.
    fn is_missing(&self, job: &PlannedJob) -> bool {
        let status = self.statuses.get(&job.id);
        status.is_none_or(|status| !status.is_over() || BulkTransition::Requested.changes(*status))
    }
}
