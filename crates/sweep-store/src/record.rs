//! The writer: events become rows, an event a transaction. It knows neither when a job runs nor who shows it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    slice,
};

use rusqlite::{Connection, Result as SqlResult, Transaction, TransactionBehavior, named_params, params};
use sweep_job::{
    EpochMetrics, JobEvent, JobId, JobState, Outcome, Provenance, RunDetails, RunId, Snapshot, SnapshotKind,
    Standouts,
};

use crate::{
    Reader, StoreError,
    attempts::begin_attempt,
    connect::{self, Writing},
    control::apply_request,
    durability::Durability,
    encode::{NOW, Named, f32_bytes},
    error::sqlite,
    live::LiveJob,
    location::{Location, beside},
    lock::{Locks, cannot_use},
    transition,
};

/// A results database, open to write. Several processes may write one, each what it has claimed.
pub struct Store {
    // Before the locks, so that the connection is closed when they are released.
    pub(crate) reader: Reader,
    pub(crate) live: HashMap<JobId, LiveJob>,
    pub(crate) requeued: Vec<JobId>,
    pub(crate) details: RunDetails,
    /// This run, once it has begun.
    pub(crate) run: Option<RunId>,
    log: PathBuf,
    damaged_log: Option<PathBuf>,
    pub(crate) locks: Locks,
}

impl Store {
    /// Opens `database`, creates it where there is none, and upgrades an older one. Jobs that a dead run left running are queued
    /// again.
    ///
    /// # Errors
    /// Where it is to be created or upgraded while others write it, where the file is none of ours or newer than this program, where it
    /// lies in a place that is not safe or that this process may not write, or where SQLite fails.
    pub fn open(database: impl Into<Location>) -> Result<Self, StoreError> {
        let database = database.into();
        let name = database.path();
        let Writing { connection, locks, damaged_log } = connect::to_write(&database)?;
        let log = beside(name, "-wal").map_err(cannot_use(name))?;
        let mut store = Self {
            reader: Reader::new(connection, name, None)?,
            live: HashMap::new(),
            requeued: Vec::new(),
            details: RunDetails::default(),
            run: None,
            log,
            damaged_log,
            locks,
        };
        store.release_dead_runs()?;
        store.finish_removals()?;
        Ok(store)
    }

    /// Where a copy of the database's log is kept, if the log was damaged: the last transactions in it are lost.
    pub fn damaged_log(&self) -> Option<&Path> {
        self.damaged_log.as_deref()
    }

    /// What the database holds, this store's own writing included.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The jobs that dead runs had left running and that wait again since this store was opened.
    pub fn requeued(&self) -> &[JobId] {
        &self.requeued
    }

    /// Records that `event` happened to `job`, in one transaction, and gives the job's state after it. At a job's start and
    /// at its end, it makes sure that the database and its lock file are still where they were. A job that nobody has claimed
    /// becomes this run's with its start. One that would wait again, and that someone asked to cancel, is cancelled.
    ///
    /// # Errors
    /// Where the job is unknown or another run's, the event cannot happen to it, or its end contradicts its epochs: nothing is
    /// written and its state stays. The same where SQLite fails, and where the database or its lock file was moved, deleted or
    /// replaced.
    pub fn record(&mut self, job: &JobId, event: &JobEvent) -> Result<JobState, StoreError> {
        self.record_all(job, slice::from_ref(event))
    }

    /// Records `events` of a job in their order, all or none: nobody sees the states between.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub fn record_all(&mut self, job: &JobId, events: &[JobEvent]) -> Result<JobState, StoreError> {
        self.record_with(job, events, |_, _| Ok(()))
    }

    /// Records `events` and what `and` writes for the job's number, in one transaction.
    pub(crate) fn record_with(
        &mut self,
        job: &JobId,
        events: &[JobEvent],
        and: impl FnOnce(&Transaction<'_>, i64) -> SqlResult<()>,
    ) -> Result<JobState, StoreError> {
        let run = self.run()?;
        if events.iter().any(|event| matches!(event, JobEvent::Started(_) | JobEvent::Finished(_))) {
            self.check_files()?;
        }
        let after = match Durability::of(events) {
            Durability::Crash => self.commit(job, run, events, and)?,
            power_cut @ Durability::PowerCut => {
                power_cut.set(self.reader.connection()).map_err(sqlite("be set up"))?;
                let committed = self.commit(job, run, events, and);
                Durability::Crash.set(self.reader.connection()).map_err(sqlite("be set up"))?;
                committed?
            }
        };
        if !matches!(after.state, JobState::Running { .. }) {
            self.live.remove(job);
            return Ok(after.state);
        }
        let state = after.state.clone();
        self.live.insert(*job, after);
        Ok(state)
    }

    fn commit(
        &self,
        job: &JobId,
        run: RunId,
        events: &[JobEvent],
        and: impl FnOnce(&Transaction<'_>, i64) -> SqlResult<()>,
    ) -> Result<LiveJob, StoreError> {
        let transaction = self.begin()?;
        let mut after = match self.live.get(job) {
            Some(live) => live.clone(),
            None => self.reader.live_job(job)?,
        };
        for event in apply_request(&transaction, after.key, events)?.iter() {
            after = after.apply(job, event)?;
            check_owner(&transaction, job, &after, event, run)?;
            match event {
                JobEvent::Started(provenance) => write_start(&transaction, &after, run, provenance),
                _ => write_event(&transaction, &after, event),
            }
            .map_err(sqlite(action(event)))?;
        }
        and(&transaction, after.key).map_err(sqlite("record where a result came from"))?;
        transaction.commit().map_err(sqlite("commit what it recorded"))?;
        Ok(after)
    }

    /// SQLite writes on into a file that has no name any more, and its log stays behind: no one would find the results.
    fn check_files(&self) -> Result<(), StoreError> {
        let path = self.reader.path();
        if !self.reader.is_in_place()? {
            return Err(StoreError::Displaced { path: path.to_owned(), log: self.log.clone() });
        }
        self.locks.check(path)
    }

    pub(crate) fn begin(&self) -> Result<Transaction<'_>, StoreError> {
        begin(self.reader.connection()).map_err(sqlite("begin to write"))
    }
}

/// A transaction that may write from its beginning. This crate nests none.
pub(crate) fn begin(connection: &Connection) -> SqlResult<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}

/// A start, or an end before it, takes a job that nobody has; everything else needs a job of this run.
fn check_owner(
    transaction: &Transaction<'_>,
    id: &JobId,
    job: &LiveJob,
    event: &JobEvent,
    run: RunId,
) -> Result<(), StoreError> {
    let owner: Option<i64> = transaction
        .prepare_cached("SELECT owner FROM job WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([job.key], |row| row.get(0)))
        .map_err(sqlite("look up the owner of a job"))?;
    let may_be_free = !matches!(event, JobEvent::EpochFinished(_) | JobEvent::Finished(_));
    match owner.map(RunId) {
        Some(owner) if owner == run => Ok(()),
        None if may_be_free => Ok(()),
        owner => Err(StoreError::NotOurs { job: *id, owner }),
    }
}

fn action(event: &JobEvent) -> &'static str {
    match event {
        JobEvent::Started(_) => "record the start of a job",
        JobEvent::EpochFinished(_) => "record an epoch",
        JobEvent::Finished(_) => "record a finished job",
        JobEvent::Failed(_) => "record why a job failed",
        JobEvent::Interrupted => "record that a job was interrupted",
        JobEvent::Requeued | JobEvent::Renewed => "queue a job again",
    }
}

/// Writes any event but a start, which belongs to a run.
pub(crate) fn write_event(transaction: &Transaction<'_>, job: &LiveJob, event: &JobEvent) -> SqlResult<()> {
    match event {
        JobEvent::Started(_) => Ok(()),
        JobEvent::EpochFinished(metrics) => write_epoch(transaction, job, metrics),
        JobEvent::Finished(outcome) => {
            write_snapshots(transaction, job.key, outcome)?;
            transition::write(transaction, job.key, event, job.state.status())
        }
        JobEvent::Failed(_) | JobEvent::Interrupted | JobEvent::Requeued | JobEvent::Renewed => {
            transition::write(transaction, job.key, event, job.state.status())
        }
    }
}

/// Columns of a job that has no epoch.
pub(crate) const NO_RESULT: &str =
    "epochs_finished = 0, best_epoch = NULL, selected_epoch = NULL, seconds = 0, best_test_accuracy = NULL,
    selected_test_accuracy = NULL, selected_validation_accuracy = NULL, selected_validation_loss = NULL,
    last_train_loss = NULL, last_train_accuracy = NULL, last_validation_loss = NULL, last_validation_accuracy = NULL,
    last_test_loss = NULL, last_test_accuracy = NULL";

/// A start forgets all that an earlier, unfinished attempt left.
fn write_start(
    transaction: &Transaction<'_>,
    job: &LiveJob,
    run: RunId,
    provenance: &Provenance,
) -> SqlResult<()> {
    let Provenance { host, device, hardware, threads, program_version, arithmetic } = provenance;
    transaction.prepare_cached("DELETE FROM epoch WHERE job = ?1")?.execute([job.key])?;
    transaction
        .prepare_cached(&format!(
            "UPDATE job SET status = :status, owner = :run, run = :run, attempts = attempts + 1,
                started_at = {NOW}, finished_at = NULL, host = :host, device = :device, hardware = :hardware,
                threads = :threads, program_version = :program_version, arithmetic = :arithmetic,
                {NO_RESULT}
             WHERE key = :key"
        ))?
        .execute(named_params! {
            ":run": run.0, ":host": host, ":device": device, ":hardware": hardware, ":threads": threads,
            ":program_version": program_version, ":arithmetic": arithmetic, ":key": job.key,
            ":status": Named(job.state.status()),
        })?;
    begin_attempt(transaction, job.key, run, provenance)
}

fn write_epoch(transaction: &Transaction<'_>, job: &LiveJob, metrics: &EpochMetrics) -> SqlResult<()> {
    let EpochMetrics { epoch, train, validation, test, train_seconds, evaluation_seconds } = metrics;
    let Standouts { best, selected } = job.standouts();
    transaction
        .prepare_cached(
            "INSERT INTO epoch (job, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy,
                test_loss, test_accuracy, train_seconds, evaluation_seconds)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            job.key,
            epoch,
            train.loss,
            train.accuracy,
            validation.map(|score| score.loss),
            validation.map(|score| score.accuracy),
            test.loss,
            test.accuracy,
            train_seconds,
            evaluation_seconds,
        ])?;
    transaction
        .prepare_cached(
            "UPDATE job SET epochs_finished = ?2, best_epoch = ?3, selected_epoch = ?4, seconds = seconds + ?5,
                best_test_accuracy = ?6, selected_test_accuracy = ?7, selected_validation_accuracy = ?8,
                selected_validation_loss = ?9, last_train_loss = ?10, last_train_accuracy = ?11,
                last_validation_loss = ?12, last_validation_accuracy = ?13, last_test_loss = ?14,
                last_test_accuracy = ?15
             WHERE key = ?1",
        )?
        .execute(params![
            job.key,
            epoch,
            best.map(|best| best.epoch),
            selected.map(|selected| selected.epoch),
            train_seconds + evaluation_seconds,
            best.map(|best| best.test.accuracy),
            selected.map(|selected| selected.test.accuracy),
            selected.and_then(|selected| Some(selected.validation?.accuracy)),
            selected.and_then(|selected| Some(selected.validation?.loss)),
            train.loss,
            train.accuracy,
            validation.map(|score| score.loss),
            validation.map(|score| score.accuracy),
            test.loss,
            test.accuracy,
        ])?;
    Ok(())
}

fn write_snapshots(transaction: &Transaction<'_>, key: i64, outcome: &Outcome) -> SqlResult<()> {
    for kind in SnapshotKind::ALL {
        if let Some(snapshot) = kind.of(outcome) {
            write_snapshot(transaction, key, kind, snapshot)?;
        }
    }
    Ok(())
}

fn write_snapshot(
    transaction: &Transaction<'_>,
    key: i64,
    kind: SnapshotKind,
    snapshot: &Snapshot,
) -> SqlResult<()> {
    transaction
        .prepare_cached(
            "INSERT INTO snapshot (job, kind, epoch, test_loss, test_accuracy, weights_file, weights_sha256,
                classes, logits)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            key,
            kind.name(),
            snapshot.epoch,
            snapshot.test.loss,
            snapshot.test.accuracy,
            snapshot.weights.file,
            snapshot.weights.sha256,
            snapshot.predictions.classes,
            f32_bytes(&snapshot.predictions.logits),
        ])?;
    Ok(())
}
