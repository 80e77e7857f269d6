//! The rows of attempts: every start of a job leaves one, and keeps it. It knows no states.

use rusqlite::{Result as SqlResult, Transaction, named_params};
use sweep_job::{Provenance, RunId};

use crate::encode::NOW;

/// The job's count of attempts has been raised before.
pub(crate) fn begin_attempt(
    transaction: &Transaction<'_>,
    job: i64,
    run: RunId,
    provenance: &Provenance,
) -> SqlResult<()> {
    let Provenance { host, device, hardware, threads, program_version } = provenance;
    transaction
        .prepare_cached(&format!(
            "INSERT INTO attempt (job, number, run, started_at, host, device, hardware, threads, program_version)
             SELECT key, attempts, :run, {NOW}, :host, :device, :hardware, :threads, :program_version
             FROM job WHERE key = :job"
        ))?
        .execute(named_params! {
            ":job": job, ":run": run.0, ":host": host, ":device": device, ":hardware": hardware,
            ":threads": threads, ":program_version": program_version,
        })?;
    Ok(())
}

/// Ends the attempt that is under way, if one is: a job can end before a worker started it.
pub(crate) fn end_attempt(
    transaction: &Transaction<'_>,
    job: i64,
    ending: &str,
    reason: Option<&str>,
) -> SqlResult<()> {
    transaction
        .prepare_cached(&format!(
            "UPDATE attempt SET ended_at = {NOW}, ending = ?2, reason = ?3
             WHERE job = ?1 AND number = (SELECT attempts FROM job WHERE key = ?1) AND ending IS NULL"
        ))?
        .execute((job, ending, reason))?;
    Ok(())
}
