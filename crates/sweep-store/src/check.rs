//! Whether a database is whole: SQLite's own checks, and what this program promises of its rows. It changes nothing and opens no
//! weights.

use rusqlite::Result as SqlResult;
use sweep_job::{DataIdentity, JobId, JobSpec, SnapshotKind, WeightsFile};

use crate::{
    Reader, StoreError,
    encode::{Id, Json},
    error::sqlite,
};

/// So many findings of one kind are listed.
const LISTED: usize = 10;

/// What holds of every database of this program: what it is called where it does not, and a query for the jobs that break it.
const INVARIANTS: [(&str, &str); 9] = [
    (
        "finished without its best or last snapshot",
        "SELECT id FROM job WHERE status = 'finished' AND 2 <>
            (SELECT count(*) FROM snapshot WHERE snapshot.job = job.key AND kind IN ('best', 'last'))",
    ),
    (
        "epochs are missing or doubled, or their count is wrong",
        "SELECT id FROM job WHERE epochs_finished <> (SELECT count(*) FROM epoch WHERE epoch.job = job.key)
            OR epochs_finished <> (SELECT coalesce(max(epoch), 0) FROM epoch WHERE epoch.job = job.key)",
    ),
    (
        "the best epoch is not the one with the highest test accuracy",
        "SELECT id FROM job WHERE best_test_accuracy IS NOT (SELECT max(test_accuracy) FROM epoch WHERE epoch.job = job.key)
            OR best_epoch IS NOT (SELECT min(epoch) FROM epoch
                WHERE epoch.job = job.key AND epoch.test_accuracy = job.best_test_accuracy)",
    ),
    (
        "the last epoch of its row is not that of its epochs",
        "SELECT id FROM job LEFT JOIN epoch ON epoch.job = job.key AND epoch.epoch = job.epochs_finished
         WHERE last_test_accuracy IS NOT test_accuracy OR last_test_loss IS NOT test_loss OR last_train_loss IS NOT train_loss",
    ),
    (
        "a snapshot says other figures than its epoch",
        "SELECT job.id FROM snapshot JOIN job ON job.key = snapshot.job
         LEFT JOIN epoch ON epoch.job = snapshot.job AND epoch.epoch = snapshot.epoch
         WHERE snapshot.test_accuracy IS NOT epoch.test_accuracy OR snapshot.test_loss IS NOT epoch.test_loss",
    ),
    (
        "predictions are not one row of numbers a test trial",
        "SELECT job.id FROM snapshot JOIN job ON job.key = snapshot.job JOIN data_set ON data_set.key = job.data_set
         WHERE length(snapshot.logits) <> 4 * snapshot.classes * data_set.test_trials",
    ),
    (
        "it has a result and is still held by a run",
        "SELECT id FROM job WHERE owner IS NOT NULL AND status NOT IN ('queued', 'running')",
    ),
    (
        "its attempts do not end as it did",
        "SELECT id FROM job JOIN attempt ON attempt.job = job.key AND attempt.number = job.attempts
         WHERE (status = 'finished') <> coalesce(attempt.ending = 'finished', 0)",
    ),
    (
        "an attempt follows the one that finished it",
        "SELECT id FROM job WHERE EXISTS (SELECT 1 FROM attempt
            WHERE attempt.job = job.key AND attempt.ending = 'finished' AND attempt.number < job.attempts)",
    ),
];

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Findings of SQLite: the file is damaged.
    pub damage: Vec<String>,
    /// Promises that do not hold.
    pub broken: Vec<String>,
    /// Jobs that are finished.
    pub finished: usize,
    /// Those of them whose rows can all be read.
    pub readable: usize,
}

impl Reader {
    /// Checks the whole database.
    ///
    /// # Errors
    /// Where SQLite cannot even run the checks.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        let mut report =
            CheckReport { damage: self.damage().map_err(sqlite("be checked"))?, ..CheckReport::default() };
        for (words, query) in INVARIANTS {
            match self.ids(query) {
                Ok(jobs) if jobs.is_empty() => {}
                Ok(jobs) => report.broken.push(finding(words, &jobs)),
                Err(error) => report.damage.push(error.to_string()),
            }
        }
        match self.foreign_ids() {
            Ok(jobs) if jobs.is_empty() => {}
            Ok(jobs) => report.broken.push(finding("its id is not that of its settings and data", &jobs)),
            Err(error) => report.damage.push(error.to_string()),
        }
        let finished = self.jobs_with_status("finished").unwrap_or_default();
        report.finished = finished.len();
        report.readable = finished.iter().filter(|job| self.is_readable(job)).count();
        Ok(report)
    }

    /// The weights of all finished jobs: each job with its files, as paths below the weights folder.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn weights_files(&self) -> Result<Vec<(JobId, WeightsFile)>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(
                    "SELECT job.id, weights_file, weights_sha256 FROM snapshot JOIN job ON job.key = snapshot.job
                     ORDER BY snapshot.key",
                )?
                .query_map([], |row| {
                    let weights = WeightsFile { file: row.get(1)?, sha256: row.get(2)? };
                    Ok((row.get::<_, Id>(0)?.0, weights))
                })?
                .collect()
        };
        read().map_err(sqlite("list the weights"))
    }

    fn damage(&self) -> SqlResult<Vec<String>> {
        let lines: Vec<String> = self
            .connection()
            .prepare("PRAGMA integrity_check(20)")?
            .query_map([], |row| row.get(0))?
            .collect::<SqlResult<_>>()?;
        let mut damage: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
        let orphans = self
            .connection()
            .prepare("PRAGMA foreign_key_check")?
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<SqlResult<Vec<_>>>()?;
        if let Some(table) = orphans.first() {
            damage.push(format!(
                "{} rows name others that are not there, the first in `{table}`",
                orphans.len()
            ));
        }
        Ok(damage)
    }

    fn ids(&self, query: &str) -> SqlResult<Vec<JobId>> {
        self.connection().prepare(query)?.query_map([], |row| Ok(row.get::<_, Id>(0)?.0))?.collect()
    }

    /// Jobs whose id is not the hash of what they are.
    fn foreign_ids(&self) -> SqlResult<Vec<JobId>> {
        let rows: Vec<(JobId, JobSpec, String)> = self
            .connection()
            .prepare(
                "SELECT job.id, job.spec, data_set.identity FROM job JOIN data_set ON data_set.key = job.data_set",
            )?
            .query_map([], |row| Ok((row.get::<_, Id>(0)?.0, row.get::<_, Json<JobSpec>>(1)?.0, row.get(2)?)))?
            .collect::<SqlResult<_>>()?;
        let is_foreign = |(id, spec, data): &(JobId, JobSpec, String)| {
            JobId::new(spec, &DataIdentity(data.clone())) != *id
        };
        Ok(rows.into_iter().filter(is_foreign).map(|(id, ..)| id).collect())
    }

    fn is_readable(&self, job: &JobId) -> bool {
        let snapshots = || SnapshotKind::ALL.into_iter().all(|kind| self.snapshot(job, kind).is_ok());
        self.job(job).is_ok() && self.epochs(job).is_ok() && snapshots()
    }
}

fn finding(words: &str, jobs: &[JobId]) -> String {
    let listed: Vec<String> = jobs.iter().take(LISTED).map(|job| job.short().to_string()).collect();
    let more = jobs.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{words}: {}{more}", listed.join(", "))
}
