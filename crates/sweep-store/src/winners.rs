//! The best jobs of a sweep, found without reading the others. It shows nothing.

use rusqlite::Result as SqlResult;
use sweep_job::{JobRecord, SweepId};

use crate::{Reader, StoreError, error::sqlite};

/// Of each data set, model and activation, the finished job with the highest test accuracy, and the one that the validation set selects; of
/// equals the first, as the view `best` has it.
const WINNERS: &str = "
WITH ranked AS (
    SELECT job.key, sweep_job.position, job.selected_epoch,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.best_test_accuracy DESC, sweep_job.position
        ) AS best_place,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.selected_validation_accuracy DESC, job.selected_validation_loss, sweep_job.position
        ) AS selected_place
    FROM sweep_job JOIN job ON job.key = sweep_job.job
    WHERE sweep_job.sweep = ?1 AND job.status = 'finished'
)
SELECT key FROM ranked WHERE best_place = 1 OR selected_place = 1 AND selected_epoch IS NOT NULL ORDER BY position";

impl Reader {
    /// The finished jobs that fill the table of a sweep's best accuracies, in the order of its plan: of each model and activation the one with the
    /// highest test accuracy, and the one that the validation set selects.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn winners(&self, sweep: SweepId) -> Result<Vec<JobRecord>, StoreError> {
        let read = || -> SqlResult<Vec<JobRecord>> {
            let mut statement = self.connection().prepare_cached(WINNERS)?;
            let keys: Vec<i64> =
                statement.query_map([sweep.0], |row| row.get(0))?.collect::<SqlResult<_>>()?;
            keys.into_iter().map(|key| self.job_of(key)).collect()
        };
        self.at_one_moment(|| read().map_err(sqlite("find the best jobs of a sweep")))
    }
}
