//! Whether a reader reads what it should, and everything about one job. It writes nothing.

use sweep_job::{JobId, JobView, SnapshotKind};

use crate::{
    Reader, StoreError,
    migrations::{self, Form},
    predictions::check_accuracy,
    weights_dir,
};

impl Reader {
    /// Whether the path still names the file that was opened, and no later program has given it another form since: who keeps a reader
    /// for long asks now and then.
    ///
    /// # Errors
    /// Where the path cannot be looked at, or the file cannot be read.
    pub fn is_current(&self) -> Result<bool, StoreError> {
        let known = migrations::known_version();
        Ok(self.is_up_to_date()
            && self.is_in_place()?
            && matches!(migrations::form(self.connection(), self.path())?, Form::Results(version) if version == known))
    }

    /// Everything that is recorded of a job.
    ///
    /// # Errors
    /// If the database does not know it, SQLite fails, or its predictions do not give the accuracy that is recorded.
    pub fn job_view(&self, id: &JobId) -> Result<JobView, StoreError> {
        let job = self.job(id)?;
        let data = self.data_set(&job.data.identity)?;
        let mut snapshots = Vec::new();
        for kind in SnapshotKind::ALL {
            if let Some(snapshot) = self.snapshot(id, kind)? {
                check_accuracy(id, &snapshot, &data)?;
                snapshots.push((kind, snapshot));
            }
        }
        Ok(JobView {
            data,
            epochs: self.epochs(id)?,
            attempts: self.attempts(id)?,
            run: self.run_of(id)?,
            snapshots,
            weights_dir: weights_dir(self.path()).display().to_string(),
            job,
        })
    }
}
