//! Runs: who writes the database, who lives, and what becomes of the jobs of those that are dead.

use rusqlite::{Connection, OptionalExtension, Result as SqlResult, Row, Transaction, named_params};
use sweep_job::{BulkTransition, JobId, ProcessIdentity, RunDetails, RunId, RunLife, RunRecord, Status};

use crate::{
    Reader, Store, StoreError,
    encode::{Id, NOW, literal},
    error::sqlite,
    lock::{Lookout, cannot_use},
    process::this_process,
    record::begin,
    transition::{self, Jobs},
};

impl Store {
    /// Says who this run is. Its row is written when it first claims or records something; a store that was not told
    /// writes what it knows of its process.
    pub fn describe_run(&mut self, details: RunDetails) {
        self.details = details;
    }

    /// The number of this run, which begins now if it has not.
    pub(crate) fn run(&mut self) -> Result<RunId, StoreError> {
        if let Some(run) = self.run {
            return Ok(run);
        }
        let Self { reader, locks, details, .. } = &*self;
        let transaction = begin(reader.connection()).map_err(sqlite("begin a run"))?;
        let run = insert(&transaction, &this_process(), details).map_err(sqlite("begin a run"))?;
        // Before anyone can see the run, so that no one takes it for dead.
        locks.hold(run)?;
        transaction.commit().map_err(sqlite("begin a run"))?;
        self.run = Some(run);
        Ok(run)
    }

    /// Queues again what dead runs had left running, and frees what they had claimed.
    pub(crate) fn release_dead_runs(&mut self) -> Result<(), StoreError> {
        for run in self.reader.owners().map_err(sqlite("list the runs"))? {
            if let Some(run) = run
                && (self.run == Some(run) || self.locks.is_held(run)?)
            {
                continue;
            }
            let transaction =
                begin(self.reader.connection()).map_err(sqlite("take over the jobs of a dead run"))?;
            let requeued =
                release_dead_run(&transaction, run).map_err(sqlite("take over the jobs of a dead run"))?;
            transaction.commit().map_err(sqlite("take over the jobs of a dead run"))?;
            self.requeued.extend(requeued);
        }
        Ok(())
    }

    /// Gives back what this run has claimed, and says that it ended.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.end_run()
    }

    pub(crate) fn end_run(&mut self) -> Result<(), StoreError> {
        let Some(run) = self.run.take() else { return Ok(()) };
        let transaction = begin(self.reader.connection()).map_err(sqlite("end a run"))?;
        let end = || -> SqlResult<()> {
            release(&transaction, Some(run))?;
            mark_ended(&transaction, run, RunEnding::Ended)
        };
        end().map_err(sqlite("end a run"))?;
        transaction.commit().map_err(sqlite("end a run"))
    }
}

impl Drop for Store {
    /// A run that ends with an error ends too; where even that cannot be recorded, it is found dead.
    fn drop(&mut self) {
        let _ = self.end_run();
    }
}

fn insert(connection: &Connection, process: &ProcessIdentity, details: &RunDetails) -> SqlResult<RunId> {
    let ProcessIdentity { host, boot_id, process, process_started } = process;
    let RunDetails { command_line, program_version, git_commit, compiler, target, features } = details;
    connection
        .prepare_cached(&format!(
            "INSERT INTO run (host, boot_id, process, process_started, command_line, program_version, git_commit,
                compiler, target, features, started_at)
             VALUES (:host, :boot_id, :process, :process_started, :command_line, :program_version, :git_commit,
                :compiler, :target, :features, {NOW})"
        ))?
        .execute(named_params! {
            ":host": host, ":boot_id": boot_id, ":process": process,
            ":process_started": process_started.and_then(|ticks| i64::try_from(ticks).ok()),
            ":command_line": command_line, ":program_version": program_version, ":git_commit": git_commit,
            ":compiler": compiler, ":target": target, ":features": features,
        })?;
    Ok(RunId(connection.last_insert_rowid()))
}

/// The number here of a run of another database.
pub(crate) fn import(transaction: &Transaction<'_>, run: &RunRecord) -> SqlResult<RunId> {
    let process = &run.process;
    let started = process.process_started.and_then(|ticks| i64::try_from(ticks).ok());
    let known: Option<i64> = transaction
        .prepare_cached(
            "SELECT key FROM run WHERE host = ?1 AND boot_id IS ?2 AND process = ?3 AND process_started IS ?4
                AND started_at = ?5",
        )?
        .query_row((&process.host, &process.boot_id, process.process, started, &run.started_at), |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(key) = known {
        return Ok(RunId(key));
    }
    let key = insert(transaction, process, &run.details)?;
    let ending = if run.ended_at.is_some() { RunEnding::Ended } else { RunEnding::Lost };
    transaction
        .prepare_cached(&format!(
            "UPDATE run SET started_at = ?2, ended_at = coalesce(?3, {NOW}), ending = ?4 WHERE key = ?1"
        ))?
        .execute((key.0, &run.started_at, &run.ended_at, ending.name()))?;
    Ok(key)
}

/// Frees all jobs of a dead run, or those that a version of the program without runs left; gives those that were running.
pub(crate) fn release_dead_run(transaction: &Transaction<'_>, run: Option<RunId>) -> SqlResult<Vec<JobId>> {
    let released = release(transaction, run)?;
    if let Some(run) = run {
        mark_ended(transaction, run, RunEnding::Lost)?;
    }
    Ok(released)
}

/// Every job of `run` that has no result waits again, for anyone. What someone had asked it to give up is cancelled.
fn release(transaction: &Transaction<'_>, run: Option<RunId>) -> SqlResult<Vec<JobId>> {
    let jobs = match run {
        Some(run) => {
            transition::make(transaction, BulkTransition::Cancelled, Jobs::UnwantedOf(run))?;
            Jobs::HeldBy(run)
        }
        None => Jobs::HeldByNobody,
    };
    let released = transition::changed(transaction, BulkTransition::Released, jobs)?;
    transition::make(transaction, BulkTransition::Released, jobs)?;
    if let Some(RunId(run)) = run {
        // Jobs that it had claimed and not begun still wait; they only change hands.
        transaction.prepare_cached("UPDATE job SET owner = NULL WHERE owner = ?1")?.execute([run])?;
    }
    Ok(released)
}

/// How a run ended, as it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunEnding {
    /// In order.
    Ended,
    /// Its process is gone, and recorded no end.
    Lost,
}

impl RunEnding {
    fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Lost => "lost",
        }
    }
}

fn mark_ended(transaction: &Transaction<'_>, run: RunId, ending: RunEnding) -> SqlResult<()> {
    transaction
        .prepare_cached(&format!(
            "UPDATE run SET ended_at = {NOW}, ending = ?2 WHERE key = ?1 AND ending IS NULL"
        ))?
        .execute((run.0, ending.name()))?;
    Ok(())
}

impl Reader {
    /// Owners of jobs; `None` stands for a dead run of a program that recorded no runs.
    fn owners(&self) -> SqlResult<Vec<Option<RunId>>> {
        self.connection()
            .prepare_cached(&format!(
                "SELECT DISTINCT owner FROM job WHERE owner IS NOT NULL
                 UNION ALL SELECT * FROM (SELECT NULL FROM job WHERE status = {} AND owner IS NULL LIMIT 1)",
                literal(Status::Running)
            ))?
            .query_map([], |row| Ok(row.get::<_, Option<i64>>(0)?.map(RunId)))?
            .collect()
    }

    /// The runs that have not ended in order, and whether each lives.
    ///
    /// # Errors
    /// Where the locks cannot be asked, or SQLite fails.
    pub fn open_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        let mut runs = self.read_open_runs().map_err(sqlite("read the runs"))?;
        let lookout = Lookout::of(self.path())?;
        for run in &mut runs {
            if lookout.is_held(run.id).map_err(cannot_use(self.path()))? {
                run.life = RunLife::Alive;
            }
        }
        Ok(runs)
    }

    fn read_open_runs(&self) -> SqlResult<Vec<RunRecord>> {
        self.connection()
            .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE ending IS NULL ORDER BY key"))?
            .query_map([], run_record)?
            .collect()
    }

    pub(crate) fn run_of_number(&self, key: i64) -> SqlResult<RunRecord> {
        self.connection()
            .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE key = ?1"))?
            .query_row([key], run_record)
    }

    /// The run that last started the job, where it was recorded.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn run_of(&self, job: &JobId) -> Result<Option<RunRecord>, StoreError> {
        self.read_run_of(job).map_err(sqlite("read a run"))
    }

    fn read_run_of(&self, job: &JobId) -> SqlResult<Option<RunRecord>> {
        self.connection()
            .prepare_cached(&format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE key = (SELECT run FROM job WHERE id = ?1)"
            ))?
            .query_row([Id(*job)], run_record)
            .optional()
    }
}

/// What [`run_record`] reads.
const RUN_COLUMNS: &str =
    "key, host, boot_id, process, process_started, command_line, program_version, git_commit,
    compiler, target, features, started_at, ended_at, (SELECT count(*) FROM job WHERE job.owner = run.key)";

fn run_record(row: &Row<'_>) -> SqlResult<RunRecord> {
    Ok(RunRecord {
        id: RunId(row.get(0)?),
        process: ProcessIdentity {
            host: row.get(1)?,
            boot_id: row.get(2)?,
            process: row.get(3)?,
            process_started: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        },
        details: RunDetails {
            command_line: row.get(5)?,
            program_version: row.get(6)?,
            git_commit: row.get(7)?,
            compiler: row.get(8)?,
            target: row.get(9)?,
            features: row.get(10)?,
        },
        started_at: row.get(11)?,
        ended_at: row.get(12)?,
        life: RunLife::Lost,
        jobs: row.get(13)?,
    })
}
