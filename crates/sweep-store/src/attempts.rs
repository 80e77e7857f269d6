//! The rows of attempts: every start of a job leaves one, and keeps it. It knows no states.

use rusqlite::{Result as SqlResult, Row, Transaction, named_params};
use sweep_job::{AttemptRecord, JobId, Provenance, RunId};

use crate::{
    Reader, StoreError,
    encode::{Id, NOW},
    error::sqlite,
};

impl Reader {
    /// Every start of a job, the first one first.
    ///
    /// # Errors
    /// Where SQLite fails. A job that the database does not know has none.
    pub fn attempts(&self, job: &JobId) -> Result<Vec<AttemptRecord>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection().prepare_cached(ATTEMPTS)?.query_map([Id(*job)], attempt_record)?.collect()
        };
        read().map_err(sqlite("read the attempts of a job"))
    }
}

/// How an attempt ends whose job waits again.
pub(crate) const INTERRUPTED: &str = "interrupted";

const ATTEMPTS: &str = "
SELECT attempt.number, attempt.run, attempt.host, attempt.device, attempt.hardware, attempt.threads, attempt.program_version,
    attempt.started_at, attempt.ended_at, attempt.ending, attempt.reason, attempt.arithmetic
FROM job JOIN attempt ON attempt.job = job.key WHERE job.id = ?1 ORDER BY attempt.number";

fn attempt_record(row: &Row<'_>) -> SqlResult<AttemptRecord> {
    Ok(AttemptRecord {
        number: row.get(0)?,
        run: row.get::<_, Option<i64>>(1)?.map(RunId),
        provenance: Provenance {
            host: row.get(2)?,
            device: row.get(3)?,
            hardware: row.get(4)?,
            threads: row.get(5)?,
            program_version: row.get(6)?,
            arithmetic: row.get::<_, Option<u32>>(11)?.unwrap_or(1),
        },
        started_at: row.get(7)?,
        ended_at: row.get(8)?,
        ending: row.get(9)?,
        reason: row.get(10)?,
    })
}

/// The job's count of attempts has been raised before.
pub(crate) fn begin_attempt(
    transaction: &Transaction<'_>,
    job: i64,
    run: RunId,
    provenance: &Provenance,
) -> SqlResult<()> {
    let Provenance { host, device, hardware, threads, program_version, arithmetic } = provenance;
    transaction
        .prepare_cached(&format!(
            "INSERT INTO attempt (job, number, run, started_at, host, device, hardware, threads, program_version,
                arithmetic)
             SELECT key, attempts, :run, {NOW}, :host, :device, :hardware, :threads, :program_version, :arithmetic
             FROM job WHERE key = :job"
        ))?
        .execute(named_params! {
            ":job": job, ":run": run.0, ":host": host, ":device": device, ":hardware": hardware,
            ":threads": threads, ":program_version": program_version, ":arithmetic": arithmetic,
        })?;
    Ok(())
}
