//! For how long a reader waits, and everything about one job. It writes nothing.

use std::time::Duration;

use sweep_job::{JobId, JobView, SnapshotKind};

use crate::{Reader, StoreError, error::sqlite, weights_dir};

impl Reader {
    /// Waits no longer than `time` for a process that has the database for itself, instead of a minute.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn wait_at_most(&self, time: Duration) -> Result<(), StoreError> {
        self.connection().busy_timeout(time).map_err(sqlite("be set up"))
    }

    /// Everything that is recorded of a job.
    ///
    /// # Errors
    /// Where the database does not know it, or SQLite fails.
    pub fn job_view(&self, id: &JobId) -> Result<JobView, StoreError> {
        let job = self.job(id)?;
        let mut snapshots = Vec::new();
        for kind in SnapshotKind::ALL {
            snapshots.extend(self.snapshot(id, kind)?.map(|snapshot| (kind, snapshot)));
        }
        Ok(JobView {
            data: self.data_set(&job.data.identity)?,
            epochs: self.epochs(id)?,
            attempts: self.attempts(id)?,
            run: self.run_of(id)?,
            snapshots,
            weights_dir: weights_dir(self.path()).display().to_string(),
            job,
        })
    }
}
