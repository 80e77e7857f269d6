//! The best jobs of a sweep, found without reading the others. It shows nothing.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap},
};

use rusqlite::{Result as SqlResult, Row};
use sweep_job::{JobRecord, SweepId};

use crate::{Reader, StoreError, error::sqlite};

/// The finished jobs of a sweep in the order of its plan. SQLite would sort them twice to rank them, which takes three times as long.
const FINISHED: &str = "
SELECT job.key, sweep_job.position, job.data_set, job.model, job.activation,
    job.best_test_accuracy, job.selected_validation_accuracy, job.selected_validation_loss
FROM sweep_job JOIN job ON job.key = sweep_job.job
WHERE sweep_job.sweep = ?1 AND job.status = 'finished' ORDER BY sweep_job.position";

/// What a job competes with.
#[derive(Debug, Clone, Copy)]
struct Competitor {
    position: i64,
    key: i64,
    best_test: Option<f64>,
    /// Accuracy and loss.
    validation: Option<(f64, f64)>,
}

impl Competitor {
    fn read(row: &Row<'_>) -> SqlResult<Self> {
        let accuracy: Option<f64> = row.get(6)?;
        Ok(Self {
            key: row.get(0)?,
            position: row.get(1)?,
            best_test: row.get(5)?,
            validation: accuracy.zip(row.get(7)?),
        })
    }

    fn beats_on_test(&self, other: &Self) -> bool {
        self.best_test > other.best_test
    }

    fn beats_on_validation(&self, other: &Self) -> bool {
        match (self.validation, other.validation) {
            (Some((accuracy, loss)), Some((other_accuracy, other_loss))) => {
                accuracy.total_cmp(&other_accuracy).then(other_loss.total_cmp(&loss)) == Ordering::Greater
            }
            (one, other) => one.is_some() && other.is_none(),
        }
    }
}

impl Reader {
    /// The finished jobs that fill the table of a sweep's best accuracies, in the order of its plan: of each data set, model and activation the one
    /// with the highest test accuracy, and the one that the validation set selects; of equals the first, as the view `best` has it.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn winners(&self, sweep: SweepId) -> Result<Vec<JobRecord>, StoreError> {
        let read = || -> SqlResult<Vec<JobRecord>> {
            self.winning_keys(sweep)?.into_iter().map(|(_, key)| self.job_of(key)).collect()
        };
        self.at_one_moment(|| read().map_err(sqlite("find the best jobs of a sweep")))
    }

    /// Their positions and keys.
    fn winning_keys(&self, sweep: SweepId) -> SqlResult<BTreeSet<(i64, i64)>> {
        let mut best: HashMap<(i64, String, String), [Competitor; 2]> = HashMap::new();
        let mut statement = self.connection().prepare_cached(FINISHED)?;
        let mut rows = statement.query([sweep.0])?;
        while let Some(row) = rows.next()? {
            let job = Competitor::read(row)?;
            let [on_test, on_validation] =
                best.entry((row.get(2)?, row.get(3)?, row.get(4)?)).or_insert([job; 2]);
            if job.beats_on_test(on_test) {
                *on_test = job;
            }
            if job.beats_on_validation(on_validation) {
                *on_validation = job;
            }
        }
        let winners = best.into_values().flat_map(|[on_test, on_validation]| {
            [Some(on_test), Some(on_validation).filter(|job| job.validation.is_some())]
        });
        Ok(winners.flatten().map(|job| (job.position, job.key)).collect())
    }
}
