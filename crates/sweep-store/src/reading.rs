//! How a reader reads: several questions at one moment, for how long it waits, and everything about one job. It writes nothing.

use std::time::Duration;

use sweep_job::{JobId, JobView, SnapshotKind};

use crate::{Reader, StoreError, error::sqlite, weights_dir};

impl Reader {
    /// What `read` reads, all of it as it was at one moment: what others record meanwhile is not seen.
    ///
    /// # Errors
    /// Those of `read`, and where SQLite fails. It cannot be used within itself.
    pub fn at_one_moment<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = || self.connection().unchecked_transaction();
        let moment = begin().map_err(sqlite("begin to read"))?;
        let value = read(self)?;
        moment.commit().map_err(sqlite("end to read"))?;
        Ok(value)
    }

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
