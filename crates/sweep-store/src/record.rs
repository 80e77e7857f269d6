//! The one writer: events become rows, an event a transaction. It knows neither when a job runs nor who shows it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Result as SqlResult, Transaction, TransactionBehavior, named_params, params};
use sweep_job::{
    EpochMetrics, FailureReason, JobEvent, JobId, JobState, Outcome, Provenance, Snapshot, SnapshotKind,
};

use crate::{
    Reader, StoreError, connect,
    encode::{Json, NOW, f32_bytes},
    error::sqlite,
    identity::NamedFile,
    live::LiveJob,
    lock::{WriterLock, beside, cannot_use},
};

/// A results database, open to write. There is one at a time.
pub struct Store {
    // Before the lock, so that the connection is closed when the lock is released.
    pub(crate) reader: Reader,
    pub(crate) live: HashMap<JobId, LiveJob>,
    requeued: Vec<JobId>,
    file: NamedFile,
    log: PathBuf,
    lock: WriterLock,
}

impl Store {
    /// Opens the database at `path`, creates it where there is none, and upgrades an older one. Jobs that a dead owner
    /// left running are queued again.
    ///
    /// # Errors
    /// Where another process writes it, where the file is none of ours or newer than this program, or where SQLite fails.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        connect::check_kind(path)?;
        let lock = WriterLock::take(path)?;
        let reader = Reader::new(connect::to_write(path)?);
        let file = NamedFile::find(path.to_owned()).map_err(cannot_use(path))?;
        let log = beside(path, "-wal").map_err(cannot_use(path))?;
        let mut store = Self { reader, live: HashMap::new(), requeued: Vec::new(), file, log, lock };
        for job in store.reader.running_jobs()? {
            store.record(&job, &JobEvent::Interrupted)?;
            store.requeued.push(job);
        }
        Ok(store)
    }

    /// Opens an existing database only to read; a writer may be at work meanwhile.
    ///
    /// # Errors
    /// Where there is no such file, where it is none of ours or of another version, or where SQLite fails.
    pub fn open_read_only(path: &Path) -> Result<Reader, StoreError> {
        connect::to_read(path).map(Reader::new)
    }

    /// What the database holds, this store's own writing included.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The jobs that a dead owner had left running and that wait again since this store was opened.
    pub fn requeued(&self) -> &[JobId] {
        &self.requeued
    }

    /// Records that `event` happened to `job`, in one transaction, and gives the job's state after it. At a job's start and
    /// at its end, it makes sure that the database and its lock file are still where they were.
    ///
    /// # Errors
    /// Where the job is unknown, the event cannot happen to it, or its end contradicts its epochs: nothing is written and
    /// its state stays. The same where SQLite fails, and where the database or its lock file was moved, deleted or replaced.
    pub fn record(&mut self, job: &JobId, event: &JobEvent) -> Result<JobState, StoreError> {
        let before = match self.live.get(job) {
            Some(live) => live.clone(),
            None => self.reader.live_job(job)?,
        };
        let after = before.apply(job, event)?;
        if matches!(event, JobEvent::Started(_) | JobEvent::Finished(_)) {
            self.check_files()?;
        }
        let transaction = begin(self.reader.connection_mut()).map_err(sqlite("begin to write"))?;
        write(&transaction, &after, event).map_err(sqlite(action(event)))?;
        transaction.commit().map_err(sqlite(action(event)))?;
        if matches!(after.state, JobState::Running { .. }) {
            self.live.insert(*job, after.clone());
        } else {
            self.live.remove(job);
        }
        Ok(after.state)
    }

    /// SQLite writes on into a file that has no name any more, and its log stays behind: no one would find the results.
    fn check_files(&self) -> Result<(), StoreError> {
        let NamedFile { path, .. } = &self.file;
        if !self.file.is_in_place().map_err(cannot_use(path))? {
            return Err(StoreError::Displaced { path: path.clone(), log: self.log.clone() });
        }
        self.lock.check(path)
    }

    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        begin(self.reader.connection_mut()).map_err(sqlite("begin to write"))
    }
}

fn begin(connection: &mut Connection) -> SqlResult<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn action(event: &JobEvent) -> &'static str {
    match event {
        JobEvent::Started(_) => "record the start of a job",
        JobEvent::EpochFinished(_) => "record an epoch",
        JobEvent::Finished(_) => "record a finished job",
        JobEvent::Failed(_) => "record why a job failed",
        JobEvent::Interrupted => "record that a job was interrupted",
    }
}

fn write(transaction: &Transaction<'_>, job: &LiveJob, event: &JobEvent) -> SqlResult<()> {
    match event {
        JobEvent::Started(provenance) => write_start(transaction, job.key, provenance),
        JobEvent::EpochFinished(metrics) => write_epoch(transaction, job, metrics),
        JobEvent::Finished(outcome) => write_end(transaction, job.key, outcome),
        JobEvent::Failed(reason) => write_failure(transaction, job.key, reason),
        JobEvent::Interrupted => {
            transaction
                .prepare_cached("UPDATE job SET status = 'queued' WHERE key = ?1 AND status = 'running'")?
                .execute([job.key])?;
            Ok(())
        }
    }
}

/// A start forgets all that an earlier, unfinished attempt left.
fn write_start(transaction: &Transaction<'_>, key: i64, provenance: &Provenance) -> SqlResult<()> {
    let Provenance { host, device, hardware, threads, program_version } = provenance;
    transaction.prepare_cached("DELETE FROM epoch WHERE job = ?1")?.execute([key])?;
    transaction
        .prepare_cached(&format!(
            "UPDATE job SET status = 'running', reason = NULL, failure = NULL, attempts = attempts + 1,
                started_at = {NOW}, finished_at = NULL, host = :host, device = :device, hardware = :hardware,
                threads = :threads, program_version = :program_version,
                epochs_finished = 0, best_epoch = NULL, selected_epoch = NULL, seconds = 0,
                best_test_accuracy = NULL, selected_test_accuracy = NULL, selected_validation_accuracy = NULL,
                selected_validation_loss = NULL, last_train_loss = NULL, last_train_accuracy = NULL,
                last_validation_loss = NULL, last_validation_accuracy = NULL, last_test_loss = NULL,
                last_test_accuracy = NULL
             WHERE key = :key"
        ))?
        .execute(named_params! {
            ":host": host, ":device": device, ":hardware": hardware, ":threads": threads,
            ":program_version": program_version, ":key": key,
        })?;
    Ok(())
}

fn write_epoch(transaction: &Transaction<'_>, job: &LiveJob, metrics: &EpochMetrics) -> SqlResult<()> {
    let EpochMetrics { epoch, train, validation, test, train_seconds, evaluation_seconds } = metrics;
    let (best, selected) = (job.best(), job.selected);
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

fn write_end(transaction: &Transaction<'_>, key: i64, outcome: &Outcome) -> SqlResult<()> {
    for kind in SnapshotKind::ALL {
        if let Some(snapshot) = kind.of(outcome) {
            write_snapshot(transaction, key, kind, snapshot)?;
        }
    }
    transaction
        .prepare_cached(&format!("UPDATE job SET status = 'finished', finished_at = {NOW} WHERE key = ?1"))?
        .execute([key])?;
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

fn write_failure(transaction: &Transaction<'_>, key: i64, reason: &FailureReason) -> SqlResult<()> {
    transaction
        .prepare_cached(&format!(
            "UPDATE job SET status = ?2, reason = ?3, failure = ?4, finished_at = {NOW} WHERE key = ?1"
        ))?
        .execute(params![key, reason.status(), reason.to_string(), Json(reason)])?;
    Ok(())
}
