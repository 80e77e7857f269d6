//! What has changed since the last look, for those who look often. It waits for nothing.

use rusqlite::{OptionalExtension, Result as SqlResult};
use sweep_job::{EpochCursor, JobId, NewEpochs};

use crate::{Reader, StoreError, encode::Id, error::sqlite, query::epoch_metrics};

/// What a reader has seen of a database; another one says that something was recorded since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataVersion(i64);

impl Reader {
    /// Changes whenever another process or another connection of this one records something (SQLite's `PRAGMA data_version`), and costs
    /// microseconds. Values of two readers have nothing to do with each other.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn data_version(&self) -> Result<DataVersion, StoreError> {
        let version = self.connection().pragma_query_value(None, "data_version", |row| row.get(0));
        version.map(DataVersion).map_err(sqlite("look for changes"))
    }

    /// The epochs of a job that have ended behind `cursor`; with the default cursor, all. An attempt that goes on from a checkpoint
    /// has all its epochs too. A start that has no epoch yet, of a job that had some, gives none and a new attempt.
    ///
    /// # Errors
    /// Where the database does not know the job, or SQLite fails.
    pub fn epochs_after(&self, job: &JobId, cursor: EpochCursor) -> Result<NewEpochs, StoreError> {
        let read = || -> SqlResult<Option<NewEpochs>> {
            let attempt: Option<u32> = self
                .connection()
                .prepare_cached("SELECT attempts FROM job WHERE id = ?1")?
                .query_row([Id(*job)], |row| row.get(0))
                .optional()?;
            let Some(attempt) = attempt else { return Ok(None) };
            let after = if attempt == cursor.attempt { cursor.epoch } else { 0 };
            let epochs = self
                .connection()
                .prepare_cached(EPOCHS_AFTER)?
                .query_map((Id(*job), after), |row| epoch_metrics(row, 0))?
                .collect::<SqlResult<Vec<_>>>()?;
            let epoch = epochs.last().map_or(after, |last| last.epoch);
            Ok(Some(NewEpochs { cursor: EpochCursor { attempt, epoch }, epochs }))
        };
        self.at_one_moment(|| {
            read().map_err(sqlite("read the epochs of a job"))?.ok_or(StoreError::UnknownJob { id: *job })
        })
    }
}

const EPOCHS_AFTER: &str = "
SELECT epoch.epoch, epoch.train_loss, epoch.train_accuracy, epoch.validation_loss, epoch.validation_accuracy,
    epoch.test_loss, epoch.test_accuracy, epoch.train_seconds, epoch.evaluation_seconds
FROM job JOIN epoch ON epoch.job = job.key AND epoch.epoch > ?2 WHERE job.id = ?1 ORDER BY epoch.epoch";
