//! A sweep and its jobs enter the database, and it turns out which of them are still to run.

use rusqlite::{Connection, OptionalExtension, Result as SqlResult, named_params};
use sha2::{Digest, Sha256};
use sweep_job::{BulkTransition, DataIdentity, JobId, PlannedJob, Status, SweepId, hexadecimal};

use crate::{
    Store, StoreError,
    claim::row,
    encode::NOW,
    error::sqlite,
    insert::insert_job,
    transition::{self, Jobs},
};

/// A sweep as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepEntry {
    /// The name in its file.
    pub name: String,
    /// The file.
    pub file_text: String,
    /// The command line that asked for it.
    pub command_line: String,
}

/// What the database knew of a sweep's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The sweep's number.
    pub sweep: SweepId,
    /// Jobs that are finished and do not run again.
    pub finished: usize,
    /// Jobs that failed before. They are queued again.
    pub failed_before: usize,
    /// Jobs that diverged before. They do not run again: equal settings diverge again, bit for bit.
    pub diverged_before: usize,
    /// Jobs that were cancelled. They do not run unless they are queued again by name.
    pub cancelled_before: usize,
    /// Jobs that no sweep had asked for before.
    pub new: usize,
    /// All that are neither finished nor diverged nor cancelled, in the order of the plan, new or not; other runs may have claimed
    /// some.
    pub to_run: Vec<JobId>,
}

/// What is done with jobs that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfFailed {
    /// They wait again.
    QueueAgain,
    /// They stay as they are.
    Stay,
}

impl Store {
    /// Records a sweep over `data` and its jobs, in one transaction. New jobs are queued, and
    /// those that failed are queued again; others stay as they are.
    /// A sweep with the same name, data and list of jobs is the same sweep: only the time of its last run changes.
    ///
    /// # Errors
    /// Where the data set was not recorded, an id is not that of its settings, a job is listed twice, or SQLite fails:
    /// nothing is written.
    pub fn record_sweep(
        &mut self,
        entry: &SweepEntry,
        data: &DataIdentity,
        jobs: &[PlannedJob],
    ) -> Result<Recorded, StoreError> {
        self.record_jobs(entry, data, jobs, OfFailed::QueueAgain)
    }

    pub(crate) fn record_jobs(
        &mut self,
        entry: &SweepEntry,
        data: &DataIdentity,
        jobs: &[PlannedJob],
        of_failed: OfFailed,
    ) -> Result<Recorded, StoreError> {
        let transaction = self.begin()?;
        let data_set = data_set_key(&transaction, data)
            .map_err(sqlite("look up a data set"))?
            .ok_or_else(|| StoreError::UnknownDataSet { identity: data.clone() })?;
        let sweep = sweep_key(&transaction, entry, data_set, &plan_checksum(jobs))
            .map_err(sqlite("record a sweep"))?;
        let mut recorded = Recorded {
            sweep: SweepId(sweep),
            finished: 0,
            failed_before: 0,
            diverged_before: 0,
            cancelled_before: 0,
            new: 0,
            to_run: Vec::new(),
        };
        for (position, job) in jobs.iter().enumerate() {
            let key = match row(&transaction, &job.id)? {
                Some(known) => {
                    recorded.count(job.id, known.status);
                    known.key
                }
                None => {
                    recorded.new += 1;
                    recorded.to_run.push(job.id);
                    insert_new(&transaction, data_set, data, job)?
                }
            };
            // Of a known sweep too: a job of it may have been forgotten.
            insert_membership(&transaction, sweep, position, key)
                .map_err(sqlite("record the jobs of a sweep"))?;
        }
        if recorded.failed_before > 0 && of_failed == OfFailed::QueueAgain {
            transition::make(&transaction, BulkTransition::Requested, Jobs::OfSweep(sweep))
                .map_err(sqlite("queue the failed jobs of a sweep again"))?;
        }
        transaction.commit().map_err(sqlite("record a sweep"))?;
        Ok(recorded)
    }
}

impl Recorded {
    fn count(&mut self, job: JobId, status: Status) {
        match status {
            Status::Finished => self.finished += 1,
            Status::Diverged => self.diverged_before += 1,
            Status::Cancelled => self.cancelled_before += 1,
            Status::Failed => {
                self.failed_before += 1;
                self.to_run.push(job);
            }
            Status::Queued | Status::Running => self.to_run.push(job),
        }
    }
}

/// SHA-256 over the ids in their order, as hexadecimal digits.
fn plan_checksum(jobs: &[PlannedJob]) -> String {
    let mut hasher = Sha256::new();
    for job in jobs {
        hasher.update(job.id.to_string());
        hasher.update(b"\n");
    }
    hexadecimal(&hasher.finalize())
}

fn data_set_key(connection: &Connection, data: &DataIdentity) -> SqlResult<Option<i64>> {
    connection
        .prepare_cached("SELECT key FROM data_set WHERE identity = ?1")?
        .query_row([&data.0], |row| row.get(0))
        .optional()
}

fn sweep_key(connection: &Connection, entry: &SweepEntry, data_set: i64, plan: &str) -> SqlResult<i64> {
    let known: Option<i64> = connection
        .prepare_cached(&format!(
            "UPDATE sweep SET last_run_at = {NOW} WHERE name = ?1 AND data_set = ?2 AND plan = ?3 RETURNING key"
        ))?
        .query_row((&entry.name, data_set, plan), |row| row.get(0))
        .optional()?;
    if let Some(key) = known {
        return Ok(key);
    }
    connection
        .prepare_cached(&format!(
            "INSERT INTO sweep (name, data_set, plan, file_text, command_line, created_at, last_run_at)
             VALUES (:name, :data_set, :plan, :file_text, :command_line, {NOW}, {NOW})"
        ))?
        .execute(named_params! {
            ":name": entry.name,
            ":data_set": data_set,
            ":plan": plan,
            ":file_text": entry.file_text,
            ":command_line": entry.command_line,
        })?;
    Ok(connection.last_insert_rowid())
}

fn insert_new(
    connection: &Connection,
    data_set: i64,
    data: &DataIdentity,
    job: &PlannedJob,
) -> Result<i64, StoreError> {
    let right = JobId::new(&job.spec, data);
    if job.id != right {
        return Err(StoreError::ForeignId { id: job.id, right });
    }
    i64::try_from(job.spec.seed).map_err(|_| StoreError::OutOfRange {
        what: "a seed",
        value: job.spec.seed,
        limit: i64::MAX as u64,
    })?;
    insert_job(connection, data_set, job).map_err(sqlite("record a job"))
}

fn insert_membership(connection: &Connection, sweep: i64, position: usize, job: i64) -> SqlResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO sweep_job (sweep, position, job) VALUES (?1, ?2, ?3) ON CONFLICT (sweep, position) DO NOTHING",
        )?
        .execute((sweep, position as i64, job))?;
    Ok(())
}
