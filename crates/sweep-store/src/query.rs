//! Rows become the plain structs of `sweep-job`. It writes nothing and shows nothing.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Result as SqlResult, Row, params_from_iter};
use sweep_job::{
    DataIdentity, DataLabel, DataSetRecord, DataSpec, EpochMetrics, FailureReason, JobId, JobRecord, JobSpec,
    JobStatus, Leaks, Predictions, Provenance, Score, Snapshot, SnapshotKind, Status, SweepId, SweepRecord,
    WeightsFile,
};

use crate::{
    JobQuery, StoreError,
    encode::{F32Blob, Id, Json, Named, U16Blob},
    error::sqlite,
    identity::NamedFile,
    location::resolve,
    lock::cannot_use,
    manner::Still,
    selection::Selected,
};

/// A results database, open to read.
pub struct Reader {
    pub(crate) connection: Connection,
    /// The file, and not a link to it.
    path: PathBuf,
    /// The name that was given.
    name: NamedFile,
    /// What is known of a file that is read without locks.
    still: Option<Still>,
    /// What was found wrong with the bytes of the file before it was opened to check it.
    pub(crate) of_file: Vec<String>,
}

impl Reader {
    /// Reads what `connection` has open, which is the file that `name` leads to now.
    ///
    /// # Errors
    /// If it leads to none any more.
    pub(crate) fn new(connection: Connection, name: &Path, still: Option<Still>) -> Result<Self, StoreError> {
        let path = resolve(name);
        let name = NamedFile::find(name.to_owned()).map_err(cannot_use(name))?;
        Ok(Self { connection, path, name, still, of_file: Vec::new() })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The database's file, at the end of all links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the name that was given still leads to the file that was opened. A reader of a file that was moved, deleted or replaced goes
    /// on to read that one.
    pub(crate) fn is_in_place(&self) -> Result<bool, StoreError> {
        self.name.is_in_place().map_err(cannot_use(&self.name.path))
    }

    /// Makes sure that what was read so far is of one moment. Call it after reading without [`Reader::at_one_moment`]: a database that lies
    /// where this process cannot set locks may be written meanwhile.
    ///
    /// # Errors
    /// `ChangedMeanwhile`.
    pub fn check_unchanged(&self) -> Result<(), StoreError> {
        match &self.still {
            Some(still) if !still.is_unchanged() => {
                Err(StoreError::ChangedMeanwhile { path: self.path.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Whether nothing was written since to a database that is read without locks; SQLite does not notice it there.
    pub(crate) fn is_up_to_date(&self) -> bool {
        self.still.as_ref().is_none_or(Still::is_current)
    }

    /// The jobs that are meant, with all that tables need to know of them.
    ///
    /// # Errors
    /// Where no sweep has the name, or SQLite fails.
    pub fn jobs<'a>(&self, which: impl Into<JobQuery<'a>>) -> Result<Vec<JobRecord>, StoreError> {
        let query = which.into();
        let Selected { which, order, values } = query.selected();
        let read = || -> SqlResult<Vec<_>> {
            // Not kept: there are as many of them as filters.
            let mut statement = self.connection.prepare(&format!("{JOBS}\n{which} {order}"))?;
            statement.query_map(params_from_iter(values), job_record)?.collect()
        };
        let jobs = read().map_err(sqlite("read the jobs"))?;
        if jobs.is_empty() {
            self.check_name(query.selection)?;
        }
        Ok(jobs)
    }

    /// One job.
    ///
    /// # Errors
    /// Where the database does not know it, or SQLite fails.
    pub fn job(&self, id: &JobId) -> Result<JobRecord, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(&format!("{JOBS} WHERE job.id = ?1"))?
                .query_row([Id(*id)], job_record)
                .optional()
        };
        read().map_err(sqlite("read a job"))?.ok_or(StoreError::UnknownJob { id: *id })
    }

    pub(crate) fn job_of(&self, key: i64) -> SqlResult<JobRecord> {
        self.connection.prepare_cached(&format!("{JOBS} WHERE job.key = ?1"))?.query_row([key], job_record)
    }

    /// The metrics of every epoch of a job that has ended, the first one first.
    ///
    /// # Errors
    /// Where SQLite fails. A job that the database does not know has no epochs.
    pub fn epochs(&self, job: &JobId) -> Result<Vec<EpochMetrics>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection
                .prepare_cached(EPOCHS)?
                .query_map([Id(*job)], |row| epoch_metrics(row, 0))?
                .collect()
        };
        read().map_err(sqlite("read the epochs of a job"))
    }

    /// A snapshot of a finished job; `None` where the job is not finished or has none of this kind.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn snapshot(&self, job: &JobId, kind: SnapshotKind) -> Result<Option<Snapshot>, StoreError> {
        self.read_snapshot(job, kind).map_err(sqlite("read a snapshot"))
    }

    pub(crate) fn read_snapshot(&self, job: &JobId, kind: SnapshotKind) -> SqlResult<Option<Snapshot>> {
        self.connection.prepare_cached(SNAPSHOT)?.query_row((Id(*job), kind.name()), snapshot).optional()
    }

    /// Whether a data set is recorded, so that it need not be loaded to record it.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn has_data_set(&self, identity: &DataIdentity) -> Result<bool, StoreError> {
        let read = || -> SqlResult<_> {
            self.connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM data_set WHERE identity = ?1)")?
                .query_row([&identity.0], |row| row.get(0))
        };
        read().map_err(sqlite("look up a data set"))
    }

    /// A data set.
    ///
    /// # Errors
    /// Where the database does not know it, or SQLite fails.
    pub fn data_set(&self, identity: &DataIdentity) -> Result<DataSetRecord, StoreError> {
        let read =
            || self.connection.prepare_cached(DATA_SET)?.query_row([&identity.0], data_set_record).optional();
        read()
            .map_err(sqlite("read a data set"))?
            .ok_or_else(|| StoreError::UnknownDataSet { identity: identity.clone() })
    }

    pub(crate) fn data_set_of(&self, key: i64) -> SqlResult<DataSetRecord> {
        let identity: String = self
            .connection
            .prepare_cached("SELECT identity FROM data_set WHERE key = ?1")?
            .query_row([key], |row| row.get(0))?;
        self.connection.prepare_cached(DATA_SET)?.query_row([identity], data_set_record)
    }

    /// The sweeps, in the order in which they were first asked for.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn sweeps(&self) -> Result<Vec<SweepRecord>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection
                .prepare_cached(SWEEPS)?
                .query_map([Named(Status::Finished)], sweep_record)?
                .collect()
        };
        read().map_err(sqlite("read the sweeps"))
    }

    /// Whether a sweep of this name was ever asked for.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn has_sweep(&self, name: &str) -> Result<bool, StoreError> {
        let exists = || self.connection.prepare_cached("SELECT 1 FROM sweep WHERE name = ?1")?.exists([name]);
        exists().map_err(sqlite("look up a sweep"))
    }

    pub(crate) fn sweep_names(&self) -> Result<Vec<String>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection
                .prepare_cached("SELECT name FROM sweep GROUP BY name ORDER BY min(key)")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        read().map_err(sqlite("read the names of the sweeps"))
    }
}

/// Columns 0 to 21 are the job's; then come nine for each of the best, the selected and the last epoch.
const JOBS: &str = "
SELECT job.id,
    (SELECT json_group_array(name)
       FROM (SELECT DISTINCT sweep.name FROM sweep_job JOIN sweep ON sweep.key = sweep_job.sweep
              WHERE sweep_job.job = job.key ORDER BY sweep_job.sweep)),
    job.spec, data_set.identity, data_set.name, data_set.title, job.status, job.failure, job.attempts,
    job.created_at, job.started_at, job.finished_at,
    job.host, job.device, job.hardware, job.threads, job.program_version, job.epochs_finished, job.seconds,
    best.epoch, best.train_loss, best.train_accuracy, best.validation_loss, best.validation_accuracy,
    best.test_loss, best.test_accuracy, best.train_seconds, best.evaluation_seconds,
    selected.epoch, selected.train_loss, selected.train_accuracy, selected.validation_loss,
    selected.validation_accuracy, selected.test_loss, selected.test_accuracy, selected.train_seconds,
    selected.evaluation_seconds,
    last.epoch, last.train_loss, last.train_accuracy, last.validation_loss, last.validation_accuracy,
    last.test_loss, last.test_accuracy, last.train_seconds, last.evaluation_seconds,
    data_set.leaks, job.arithmetic
FROM job
JOIN data_set ON data_set.key = job.data_set
LEFT JOIN epoch AS best ON best.job = job.key AND best.epoch = job.best_epoch
LEFT JOIN epoch AS selected ON selected.job = job.key AND selected.epoch = job.selected_epoch
LEFT JOIN epoch AS last ON last.job = job.key AND last.epoch = job.epochs_finished";

const EPOCHS: &str = "
SELECT epoch.epoch, epoch.train_loss, epoch.train_accuracy, epoch.validation_loss, epoch.validation_accuracy,
    epoch.test_loss, epoch.test_accuracy, epoch.train_seconds, epoch.evaluation_seconds
FROM job JOIN epoch ON epoch.job = job.key WHERE job.id = ?1 ORDER BY epoch.epoch";

const SNAPSHOT: &str = "
SELECT snapshot.epoch, test_loss, test_accuracy, weights_file, weights_sha256, classes, logits
FROM job JOIN snapshot ON snapshot.job = job.key WHERE job.id = ?1 AND snapshot.kind = ?2";

const DATA_SET: &str = "
SELECT identity, spec, title, channels, samples, sampling_rate_hz, classes, train_trials, validation_trials, test_labels,
    test_subjects, leaks
FROM data_set WHERE identity = ?1";

const SWEEPS: &str = "
SELECT sweep.key, sweep.name, data_set.identity, sweep.file_text, sweep.command_line, sweep.created_at, sweep.last_run_at,
    (SELECT count(*) FROM sweep_job WHERE sweep_job.sweep = sweep.key),
    (SELECT count(*) FROM sweep_job JOIN job ON job.key = sweep_job.job
      WHERE sweep_job.sweep = sweep.key AND job.status = ?1)
FROM sweep JOIN data_set ON data_set.key = sweep.data_set ORDER BY sweep.key";

fn job_record(row: &Row<'_>) -> SqlResult<JobRecord> {
    let Json::<JobSpec>(spec) = row.get(2)?;
    let failure: Option<Json<FailureReason>> = row.get(7)?;
    Ok(JobRecord {
        id: row.get::<_, Id>(0)?.0,
        sweeps: row.get::<_, Json<Vec<String>>>(1)?.0,
        spec,
        data: DataLabel {
            identity: DataIdentity(row.get(3)?),
            set: row.get(4)?,
            title: row.get(5)?,
            leaks: row.get::<_, Option<Json<Leaks>>>(46)?.map(|Json(leaks)| leaks),
        },
        status: JobStatus::recorded(row.get::<_, Named>(6)?.0, failure.map(|Json(reason)| reason)),
        attempts: row.get(8)?,
        created_at: row.get(9)?,
        started_at: row.get(10)?,
        finished_at: row.get(11)?,
        provenance: provenance(row)?,
        epochs_finished: row.get(17)?,
        seconds: row.get(18)?,
        best: optional_epoch_metrics(row, 19)?,
        selected: optional_epoch_metrics(row, 28)?,
        last: optional_epoch_metrics(row, 37)?,
    })
}

/// A job that never started has none.
fn provenance(row: &Row<'_>) -> SqlResult<Option<Provenance>> {
    let Some(host) = row.get(12)? else { return Ok(None) };
    Ok(Some(Provenance {
        host,
        device: row.get(13)?,
        hardware: row.get(14)?,
        threads: row.get(15)?,
        program_version: row.get(16)?,
        arithmetic: row.get::<_, Option<u32>>(47)?.unwrap_or(1),
    }))
}

fn optional_epoch_metrics(row: &Row<'_>, first: usize) -> SqlResult<Option<EpochMetrics>> {
    match row.get::<_, Option<u32>>(first)? {
        Some(_) => epoch_metrics(row, first).map(Some),
        None => Ok(None),
    }
}

/// Nine columns from `first` on: the epoch, then loss and accuracy of train, validation and test, then the two times.
pub(crate) fn epoch_metrics(row: &Row<'_>, first: usize) -> SqlResult<EpochMetrics> {
    let validation = match (row.get(first + 3)?, row.get(first + 4)?) {
        (Some(loss), Some(accuracy)) => Some(Score { loss, accuracy }),
        _ => None,
    };
    Ok(EpochMetrics {
        epoch: row.get(first)?,
        train: Score { loss: row.get(first + 1)?, accuracy: row.get(first + 2)? },
        validation,
        test: Score { loss: row.get(first + 5)?, accuracy: row.get(first + 6)? },
        train_seconds: row.get(first + 7)?,
        evaluation_seconds: row.get(first + 8)?,
    })
}

fn snapshot(row: &Row<'_>) -> SqlResult<Snapshot> {
    Ok(Snapshot {
        epoch: row.get(0)?,
        test: Score { loss: row.get(1)?, accuracy: row.get(2)? },
        weights: WeightsFile { file: row.get(3)?, sha256: row.get(4)? },
        predictions: Predictions { classes: row.get(5)?, logits: row.get::<_, F32Blob>(6)?.0 },
    })
}

fn data_set_record(row: &Row<'_>) -> SqlResult<DataSetRecord> {
    let Json::<DataSpec>(spec) = row.get(1)?;
    let U16Blob(labels) = row.get(9)?;
    Ok(DataSetRecord {
        identity: DataIdentity(row.get(0)?),
        spec,
        title: row.get(2)?,
        channels: row.get(3)?,
        samples: row.get(4)?,
        sampling_rate_hz: row.get(5)?,
        classes: row.get::<_, Json<Vec<i64>>>(6)?.0,
        train_trials: row.get(7)?,
        validation_trials: row.get(8)?,
        test_labels: labels.into_iter().map(u32::from).collect(),
        test_subjects: row.get::<_, Option<Json<Vec<i64>>>>(10)?.map(|Json(subjects)| subjects),
        leaks: row.get::<_, Option<Json<Leaks>>>(11)?.map(|Json(leaks)| leaks),
    })
}

fn sweep_record(row: &Row<'_>) -> SqlResult<SweepRecord> {
    Ok(SweepRecord {
        id: SweepId(row.get(0)?),
        name: row.get(1)?,
        data: DataIdentity(row.get(2)?),
        file_text: row.get(3)?,
        command_line: row.get(4)?,
        created_at: row.get(5)?,
        last_run_at: row.get(6)?,
        jobs: row.get(7)?,
        finished_jobs: row.get(8)?,
    })
}
