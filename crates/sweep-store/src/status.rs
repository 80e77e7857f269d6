//! How far everything is: counts a sweep, and the jobs that are being trained. It changes nothing.

use std::collections::HashMap;

use rusqlite::{Result as SqlResult, Row, params_from_iter};
use sweep_job::{
    DataIdentity, InterruptedJob, JobId, JobRecord, JobSpec, RunId, Status, SweepCounts, SweepId, SweepLabel,
};

use crate::{
    Reader, StoreError, attempts,
    encode::{Id, Json, Named, literal},
    error::sqlite,
};

impl Reader {
    /// How many jobs of each sweep stand where, in the order in which the sweeps were first asked for.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn counts(&self) -> Result<Vec<SweepCounts>, StoreError> {
        let (columns, statuses) = counts_of_statuses();
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT sweep.key, sweep.name, data_set.title, sweep.command_line, sweep.created_at,
                        counted.queued, counted.interrupted, counted.running, counted.finished, counted.failed,
                        counted.diverged, counted.cancelled
                     FROM (SELECT sweep_job.sweep, {columns},
                                count(*) FILTER (WHERE {INTERRUPTED}) AS interrupted
                           FROM sweep_job JOIN job ON job.key = sweep_job.job GROUP BY sweep_job.sweep) AS counted
                     JOIN sweep ON sweep.key = counted.sweep
                     JOIN data_set ON data_set.key = sweep.data_set
                     ORDER BY sweep.key"
                ))?
                .query_map(params_from_iter(OF_INTERRUPTED.into_iter().chain(statuses)), counts)?
                .collect()
        };
        read().map_err(sqlite("count the jobs"))
    }

    /// The sweeps that have jobs, in the order in which they were first requested.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn sweeps_with_jobs(&self) -> Result<Vec<SweepLabel>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(
                    "SELECT key, name, command_line, created_at FROM sweep
                     WHERE EXISTS (SELECT 1 FROM sweep_job WHERE sweep_job.sweep = sweep.key) ORDER BY key",
                )?
                .query_map([], |row| {
                    Ok(SweepLabel {
                        id: SweepId(row.get(0)?),
                        name: row.get(1)?,
                        command_line: row.get(2)?,
                        created_at: row.get(3)?,
                    })
                })?
                .collect()
        };
        read().map_err(sqlite("list the sweeps"))
    }

    /// The waiting jobs whose last training was interrupted, once for each sweep that requested them.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn interrupted_jobs(&self) -> Result<Vec<InterruptedJob>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT sweep_job.sweep, job.spec, data_set.identity, job.hardware
                     FROM job
                     CROSS JOIN sweep_job ON sweep_job.job = job.key
                     JOIN data_set ON data_set.key = job.data_set
                     WHERE {INTERRUPTED}"
                ))?
                .query_map(OF_INTERRUPTED, |row| {
                    let Json::<JobSpec>(spec) = row.get(1)?;
                    Ok(InterruptedJob {
                        sweep: SweepId(row.get(0)?),
                        spec,
                        data: DataIdentity(row.get(2)?),
                        hardware: row.get(3)?,
                    })
                })?
                .collect()
        };
        read().map_err(sqlite("list the interrupted jobs"))
    }

    /// The jobs whose status is `running`, with the run that last started each.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn running_jobs(&self) -> Result<Vec<(JobRecord, Option<RunId>)>, StoreError> {
        let owners = || -> SqlResult<Vec<(JobId, Option<RunId>)>> {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT id, owner FROM job WHERE status = {} ORDER BY key",
                    literal(Status::Running)
                ))?
                .query_map([], |row| Ok((row.get::<_, Id>(0)?.0, row.get::<_, Option<i64>>(1)?.map(RunId))))?
                .collect()
        };
        owners()
            .map_err(sqlite("list the running jobs"))?
            .into_iter()
            .map(|(job, owner)| Ok((self.job(&job)?, owner)))
            .collect()
    }

    /// The settings and the data of every job that may still be trained: all but those that finished or diverged.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn open_specs(&self) -> Result<Vec<(JobSpec, DataIdentity)>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(
                    "SELECT job.spec, data_set.identity FROM job JOIN data_set ON data_set.key = job.data_set
                     WHERE job.status NOT IN (?1, ?2)",
                )?
                .query_map([Named(Status::Finished), Named(Status::Diverged)], |row| {
                    Ok((row.get::<_, Json<JobSpec>>(0)?.0, DataIdentity(row.get(1)?)))
                })?
                .collect()
        };
        read().map_err(sqlite("list the jobs without a result"))
    }

    /// The status of each of `jobs` that the database knows.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn statuses(&self, jobs: &[JobId]) -> Result<HashMap<JobId, Status>, StoreError> {
        let ids: Vec<String> = jobs.iter().map(JobId::to_string).collect();
        let read = || -> SqlResult<_> {
            self.connection()
                .prepare_cached("SELECT id, status FROM job WHERE id IN (SELECT value FROM json_each(?1))")?
                .query_map([Json(ids)], |row| Ok((row.get::<_, Id>(0)?.0, row.get::<_, Named>(1)?.0)))?
                .collect()
        };
        read().map_err(sqlite("look up jobs"))
    }

    /// The jobs with a status.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn jobs_with_status(&self, status: Status) -> Result<Vec<JobId>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached("SELECT id FROM job WHERE status = ?1 ORDER BY key")?
                .query_map([Named(status)], |row| Ok(row.get::<_, Id>(0)?.0))?
                .collect()
        };
        read().map_err(sqlite("list jobs"))
    }

    /// The jobs that a name means: those of all sweeps of this name, or else the one job whose id begins so.
    ///
    /// # Errors
    /// Where it is neither, and where SQLite fails.
    pub fn jobs_named(&self, name: &str) -> Result<Vec<JobId>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(
                    "SELECT id FROM job WHERE key IN
                        (SELECT sweep_job.job FROM sweep JOIN sweep_job ON sweep_job.sweep = sweep.key
                          WHERE sweep.name = ?1)
                     ORDER BY key",
                )?
                .query_map([name], |row| Ok(row.get::<_, Id>(0)?.0))?
                .collect()
        };
        let jobs = read().map_err(sqlite("list the jobs of a sweep"))?;
        if !jobs.is_empty() {
            return Ok(jobs);
        }
        match self.find_job(name) {
            Ok(job) => Ok(vec![job]),
            Err(StoreError::NotAPrefix { .. } | StoreError::NoSuchJob { .. }) => {
                Err(StoreError::NeitherJobNorSweep { name: name.to_owned(), known: self.sweep_names()? })
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a job waits because its last training was interrupted. Most waiting jobs were never started, and are not looked up.
const INTERRUPTED: &str = "job.status = ?1 AND job.attempts > 0 AND EXISTS (
    SELECT 1 FROM attempt WHERE attempt.job = job.key AND attempt.number = job.attempts AND attempt.ending = ?2)";

/// The values of the parameters of [`INTERRUPTED`].
const OF_INTERRUPTED: [&str; 2] = [Status::Queued.name(), attempts::INTERRUPTED];

/// A column for each status that counts its jobs and has its name; and the values of the parameters, which follow [`OF_INTERRUPTED`].
fn counts_of_statuses() -> (String, [&'static str; 6]) {
    let column = |(place, status): (usize, &Status)| {
        format!("count(*) FILTER (WHERE job.status = ?{}) AS {status}", OF_INTERRUPTED.len() + place + 1)
    };
    let columns: Vec<String> = Status::ALL.iter().enumerate().map(column).collect();
    (columns.join(", "), Status::ALL.map(Status::name))
}

fn counts(row: &Row<'_>) -> SqlResult<SweepCounts> {
    Ok(SweepCounts {
        sweep: SweepId(row.get(0)?),
        name: row.get(1)?,
        data_title: row.get(2)?,
        command_line: row.get(3)?,
        created_at: row.get(4)?,
        queued: row.get(5)?,
        interrupted: row.get(6)?,
        running: row.get(7)?,
        finished: row.get(8)?,
        failed: row.get(9)?,
        diverged: row.get(10)?,
        cancelled: row.get(11)?,
    })
}
