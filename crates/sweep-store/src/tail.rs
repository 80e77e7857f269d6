//! Mean accuracies over the last epochs of jobs. It chooses no epoch by its accuracy.

use std::num::NonZeroU32;

use rusqlite::Result as SqlResult;
use sweep_job::{JobId, TailMean};

use crate::{Reader, StoreError, encode::Id, error::sqlite};

/// The epochs of a job that have ended are 1 to `epochs_finished`.
const TAIL: &str = "
SELECT count(*), avg(epoch.test_accuracy), avg(epoch.validation_accuracy)
FROM job JOIN epoch ON epoch.job = job.key AND epoch.epoch > job.epochs_finished - ?2 WHERE job.id = ?1";

impl Reader {
    /// The mean accuracies of each of `jobs` over its last `epochs` that have ended, in the order of `jobs`, all of one moment.
    /// A job that the database does not know has no epochs.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn tail_means(&self, jobs: &[JobId], epochs: NonZeroU32) -> Result<Vec<TailMean>, StoreError> {
        let read = || -> SqlResult<Vec<TailMean>> {
            let mut statement = self.connection().prepare_cached(TAIL)?;
            jobs.iter()
                .map(|job| {
                    statement.query_row((Id(*job), epochs), |row| {
                        Ok(TailMean {
                            job: *job,
                            epochs: row.get(0)?,
                            test_accuracy: row.get(1)?,
                            validation_accuracy: row.get(2)?,
                        })
                    })
                })
                .collect()
        };
        self.at_one_moment(|| read().map_err(sqlite("read the last epochs of the jobs")))
    }
}
