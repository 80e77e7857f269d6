//! What is known of sweeps, data sets and jobs: the plain rows that a database gives and a report takes.
//!
//! Times are text in ISO 8601, UTC, to the millisecond: `2026-03-01T12:00:00.000Z`. Accuracies are shares, 0 to 1.

use std::fmt;

use crate::{
    DataIdentity, DataSpec, EpochMetrics, FailureReason, JobId, JobSpec, Leaks, Outcome, Provenance,
    Snapshot, Status,
};

/// A data set: what was read, and the truth about its test trials, so that predictions can be judged without it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSetRecord {
    /// Its identity.
    pub identity: DataIdentity,
    /// Where it came from and how it was prepared.
    pub spec: DataSpec,
    /// Its name for people, as titles of reports have it.
    pub title: String,
    /// Channels of every trial.
    pub channels: u32,
    /// Samples of every channel of a trial.
    pub samples: u32,
    /// Samples a second, where the source tells.
    pub sampling_rate_hz: Option<f64>,
    /// The original label of each class, ascending.
    pub classes: Vec<i64>,
    /// Trials that are trained on.
    pub train_trials: u32,
    /// Trials held out for validation; 0 where there is no validation set.
    pub validation_trials: u32,
    /// The class of each test trial, as an index into `classes`, in the order of the predictions.
    pub test_labels: Vec<u32>,
    /// The subject of each test trial, where known.
    pub test_subjects: Option<Vec<i64>>,
    /// What its parts share; `None` if nobody has checked, as before version 4 of the database.
    pub leaks: Option<Leaks>,
}

/// One list of jobs that was asked for under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRecord {
    /// Its number in the database.
    pub id: SweepId,
    /// The name in the sweep file. Another list of jobs, or other data, under the same name is another record.
    pub name: String,
    /// The data it trains on.
    pub data: DataIdentity,
    /// The sweep file as it was.
    pub file_text: String,
    /// The command line that first asked for it.
    pub command_line: String,
    /// When it was first asked for.
    pub created_at: String,
    /// When it was last asked for.
    pub last_run_at: String,
    /// Jobs in it.
    pub jobs: u32,
    /// Jobs in it that are finished.
    pub finished_jobs: u32,
}

/// How many jobs of a sweep stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepCounts {
    /// The sweep's number in the database.
    pub sweep: SweepId,
    /// Its name.
    pub name: String,
    /// The name of its data, for people.
    pub data_title: String,
    /// The command line that first requested it.
    pub command_line: String,
    /// When it was first requested.
    pub created_at: String,
    /// Jobs that wait, also those that were interrupted.
    pub queued: u32,
    /// Waiting jobs whose last training was interrupted.
    pub interrupted: u32,
    /// Jobs that are being trained.
    pub running: u32,
    /// Jobs that are complete.
    pub finished: u32,
    /// Jobs that failed, without those that diverged or were cancelled.
    pub failed: u32,
    /// Jobs whose training diverged.
    pub diverged: u32,
    /// Jobs that were cancelled.
    pub cancelled: u32,
}

impl SweepCounts {
    /// All of its jobs.
    pub fn jobs(&self) -> u32 {
        self.queued + self.running + self.over()
    }

    /// Jobs that ended, with a result or without.
    pub fn over(&self) -> u32 {
        self.finished + self.failed + self.diverged + self.cancelled
    }

    /// What names it among other sweeps.
    pub fn label(&self) -> SweepLabel {
        SweepLabel {
            id: self.sweep,
            name: self.name.clone(),
            command_line: self.command_line.clone(),
            created_at: self.created_at.clone(),
        }
    }

    /// How many jobs are not finished, by the names of their statuses. A status without jobs is left out, and `interrupted` stands for
    /// queued jobs that were interrupted.
    pub fn unfinished(&self) -> impl Iterator<Item = (&'static str, u32)> {
        [
            (Status::Running.name(), self.running),
            ("interrupted", self.interrupted),
            (Status::Queued.name(), self.queued.saturating_sub(self.interrupted)),
            (Status::Failed.name(), self.failed),
            (Status::Diverged.name(), self.diverged),
            (Status::Cancelled.name(), self.cancelled),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
    }
}

/// What names a sweep among others, also of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepLabel {
    /// Its number in the database.
    pub id: SweepId,
    /// Its name.
    pub name: String,
    /// The command line that first requested it.
    pub command_line: String,
    /// When it was first requested.
    pub created_at: String,
}

/// The number of a sweep in its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SweepId(pub i64);

/// All that tables need to know of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// Its identity.
    pub id: JobId,
    /// The names of the sweeps that asked for it, in the order in which they did.
    pub sweeps: Vec<String>,
    /// Its settings.
    pub spec: JobSpec,
    /// The data it trains on.
    pub data: DataLabel,
    /// Where it stands.
    pub status: JobStatus,
    /// How often it was started.
    pub attempts: u32,
    /// When it was first asked for.
    pub created_at: String,
    /// When it was last started.
    pub started_at: Option<String>,
    /// When it finished or failed.
    pub finished_at: Option<String>,
    /// Where and by what it was last trained.
    pub provenance: Option<Provenance>,
    /// Epochs of the last attempt that have ended.
    pub epochs_finished: u32,
    /// The metrics of the epoch with the highest test accuracy so far: chosen on the test set, hence optimistic.
    pub best: Option<EpochMetrics>,
    /// The metrics of the epoch that the validation set selects so far; `None` without a validation set.
    pub selected: Option<EpochMetrics>,
    /// The metrics of the last epoch that has ended.
    pub last: Option<EpochMetrics>,
    /// Time of all its epochs, training and evaluation, in seconds. Jobs that shared one training each count all of it.
    pub seconds: f64,
}

/// What names a data set in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataLabel {
    /// Its identity.
    pub identity: DataIdentity,
    /// Its kind in sweep files: `bci3b`, `npz` or `synthetic`.
    pub set: String,
    /// Its name for people.
    pub title: String,
    /// What its parts share; `None` if nobody has checked.
    pub leaks: Option<Leaks>,
}

/// Where a recorded job stands: its state without what the state's metrics say.
#[derive(Debug, Clone, PartialEq)]
pub enum JobStatus {
    /// It waits.
    Queued,
    /// A worker trains it, or did when the database was last written.
    Running,
    /// It is complete.
    Finished,
    /// It ended with a reason.
    Failed(FailureReason),
}

impl JobStatus {
    /// All names in the database, in the order of a job's life.
    pub const NAMES: [&'static str; 6] = {
        let mut names = [""; 6];
        let mut place = 0;
        while place < names.len() {
            names[place] = Status::ALL[place].name();
            place += 1;
        }
        names
    };

    /// What is recorded of a job as `status`, with its reason if it failed. A job without the reason that its status asks for
    /// is not known to have ended: it waits.
    pub fn recorded(status: Status, reason: Option<FailureReason>) -> Self {
        match (status, reason) {
            (Status::Running, _) => Self::Running,
            (Status::Finished, _) => Self::Finished,
            (Status::Failed | Status::Diverged | Status::Cancelled, Some(reason)) => Self::Failed(reason),
            (Status::Failed | Status::Diverged | Status::Cancelled, None) | (Status::Queued, _) => {
                Self::Queued
            }
        }
    }

    /// The status without its reason.
    pub fn status(&self) -> Status {
        match self {
            Self::Queued => Status::Queued,
            Self::Running => Status::Running,
            Self::Finished => Status::Finished,
            Self::Failed(reason) => reason.status(),
        }
    }

    /// The name in the database: `queued`, `running`, `finished`, `failed`, `diverged` or `cancelled`.
    pub fn name(&self) -> &'static str {
        self.status().name()
    }

    /// Why it ended, where it failed.
    pub fn reason(&self) -> Option<&FailureReason> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Queued | Self::Running | Self::Finished => None,
        }
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which of a job's snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SnapshotKind {
    /// Of the epoch with the highest test accuracy.
    Best,
    /// Of the epoch that the validation set selected.
    Selected,
    /// Of the last epoch.
    Last,
}

impl SnapshotKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Best, Self::Selected, Self::Last];

    /// The name in the database and of its weights file, as [`Outcome::snapshots`] has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Selected => "selected",
            Self::Last => "last",
        }
    }

    /// The snapshot of this kind in `outcome`.
    pub fn of(self, outcome: &Outcome) -> Option<&Snapshot> {
        match self {
            Self::Best => Some(&outcome.best),
            Self::Selected => outcome.selected.as_ref(),
            Self::Last => Some(&outcome.last),
        }
    }
}

impl fmt::Display for SnapshotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Columns and rows of plain values, such as a query gives. Every row has a value for every column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryTable {
    /// Names of the columns; they need not differ.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// A value of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}
