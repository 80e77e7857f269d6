//! A job's state, read back from its rows.

use rusqlite::{OptionalExtension, Result as SqlResult, named_params};
use sweep_job::{FailureReason, JobId, JobState, JobStatus, Outcome, SnapshotKind, Standouts};

use crate::{
    Reader, StoreError,
    encode::{Id, Json, Named},
    error::sqlite,
    live::LiveJob,
    query::epoch_metrics,
};

impl Reader {
    /// Where `job` stands, as its events would have it.
    ///
    /// # Errors
    /// Where the database does not know the job, or SQLite fails.
    pub fn state(&self, job: &JobId) -> Result<JobState, StoreError> {
        Ok(self.live_job(job)?.state)
    }

    pub(crate) fn live_job(&self, job: &JobId) -> Result<LiveJob, StoreError> {
        self.read_live_job(job)
            .map_err(sqlite("read the state of a job"))?
            .ok_or(StoreError::UnknownJob { id: *job })
    }

    fn read_live_job(&self, job: &JobId) -> SqlResult<Option<LiveJob>> {
        let row = self
            .connection()
            .prepare_cached(
                "SELECT job.key, job.epochs, data_set.test_trials, job.status, job.failure, job.epochs_finished,
                        job.best_epoch, job.selected_epoch
                 FROM job JOIN data_set ON data_set.key = job.data_set WHERE job.id = :id",
            )?
            .query_row(named_params! { ":id": Id(*job) }, |row| {
                let failure: Option<Json<FailureReason>> = row.get(4)?;
                let epochs: (u32, Option<u32>, Option<u32>) = (row.get(5)?, row.get(6)?, row.get(7)?);
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Named>(3)?, failure, epochs))
            })
            .optional()?;
        let Some((key, epochs, test_trials, Named(status), failure, (epoch, best, selected))) = row else {
            return Ok(None);
        };
        let metrics = |epoch: Option<u32>| epoch.map(|epoch| self.read_epoch(key, epoch)).transpose();
        let state = match JobStatus::recorded(status, failure.map(|Json(reason)| reason)) {
            JobStatus::Queued => JobState::Queued,
            JobStatus::Running => {
                let standouts = Standouts { best: metrics(best)?, selected: metrics(selected)? };
                JobState::Running { epoch, standouts }
            }
            JobStatus::Finished => JobState::Finished(Box::new(self.read_outcome(job)?)),
            JobStatus::Failed(reason) => JobState::Failed(reason),
        };
        Ok(Some(LiveJob { key, epochs, test_trials, state }))
    }

    fn read_epoch(&self, key: i64, epoch: u32) -> SqlResult<sweep_job::EpochMetrics> {
        self.connection()
            .prepare_cached(
                "SELECT epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, test_loss,
                        test_accuracy, train_seconds, evaluation_seconds
                 FROM epoch WHERE job = ?1 AND epoch = ?2",
            )?
            .query_row((key, epoch), |row| epoch_metrics(row, 0))
    }

    fn read_outcome(&self, job: &JobId) -> SqlResult<Outcome> {
        let snapshot = |kind| self.read_snapshot(job, kind);
        let present = |snapshot: Option<_>| snapshot.ok_or(rusqlite::Error::QueryReturnedNoRows);
        Ok(Outcome {
            best: present(snapshot(SnapshotKind::Best)?)?,
            selected: snapshot(SnapshotKind::Selected)?,
            last: present(snapshot(SnapshotKind::Last)?)?,
        })
    }
}
