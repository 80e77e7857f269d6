//! The views that others rely on, with the types of their columns, read row by row. It writes no format.

use rusqlite::{Result as SqlResult, Row, types};
use sweep_job::{
    ColumnType::{self, Blob, Integer, Real, Text, Time},
    ValueRef, ViewColumn,
};

use crate::{Column, Reader, StoreError, error::sqlite};

/// A view of docs/results-db.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// A row a job.
    Trials,
    /// A row an epoch.
    Epochs,
    /// A row a data set, model and activation.
    Best,
    /// Up to three rows a finished job.
    Snapshots,
    /// A row a data set.
    DataSets,
    /// A row a list of jobs.
    Sweeps,
    /// A row a job of a list.
    SweepJobs,
    /// A row a process that trained or changed jobs.
    Runs,
    /// A row a start of a job.
    Attempts,
}

impl View {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Trials,
        Self::Epochs,
        Self::Best,
        Self::Snapshots,
        Self::DataSets,
        Self::Sweeps,
        Self::SweepJobs,
        Self::Runs,
        Self::Attempts,
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trials => "trials",
            Self::Epochs => "epochs",
            Self::Best => "best",
            Self::Snapshots => "snapshots",
            Self::DataSets => "data_sets",
            Self::Sweeps => "sweeps",
            Self::SweepJobs => "sweep_jobs",
            Self::Runs => "runs",
            Self::Attempts => "attempts",
        }
    }

    /// The view of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// Its columns in order.
    pub fn columns(self) -> Vec<ViewColumn> {
        let columns = match self {
            Self::Trials => {
                let column =
                    |column: Column| ViewColumn { name: column.name(), holds: column.kind().stored_as() };
                return Column::all().map(column).collect();
            }
            Self::Epochs => &EPOCHS[..],
            Self::Best => &BEST,
            Self::Snapshots => &SNAPSHOTS,
            Self::DataSets => &DATA_SETS,
            Self::Sweeps => &SWEEPS,
            Self::SweepJobs => &SWEEP_JOBS,
            Self::Runs => &RUNS,
            Self::Attempts => &ATTEMPTS,
        };
        columns.iter().map(|(name, holds)| ViewColumn { name, holds: *holds }).collect()
    }
}

impl Reader {
    /// Gives the rows of `view` to `row` one after another, all of one moment and in constant memory; SQLite sorts `best` in its own.
    /// Each has a value for each of [`View::columns`].
    ///
    /// # Errors
    /// Those of `row`, which end it, and where SQLite fails.
    pub fn stream_view<E: From<StoreError>>(
        &self,
        view: View,
        mut row: impl FnMut(&[ValueRef<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let reading = || sqlite("read a view");
        let columns = view.columns();
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let query = format!("SELECT {} FROM {}", names.join(", "), view.name());
        let mut statement = self.connection().prepare(&query).map_err(reading())?;
        let mut rows = statement.query([]).map_err(reading())?;
        while let Some(found) = rows.next().map_err(reading())? {
            let values: Vec<ValueRef<'_>> = (0..columns.len())
                .map(|place| value(found, place))
                .collect::<SqlResult<_>>()
                .map_err(reading())?;
            row(&values)?;
        }
        Ok(())
    }
}

fn value<'row>(row: &'row Row<'_>, place: usize) -> SqlResult<ValueRef<'row>> {
    let found = row.get_ref(place)?;
    Ok(match found {
        types::ValueRef::Null => ValueRef::Null,
        types::ValueRef::Integer(number) => ValueRef::Integer(number),
        types::ValueRef::Real(number) => ValueRef::Real(number),
        types::ValueRef::Text(_) => ValueRef::Text(found.as_str()?),
        types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
    })
}

type Named = (&'static str, ColumnType);

const EPOCHS: [Named; 10] = [
    ("job_id", Text),
    ("epoch", Integer),
    ("train_loss", Real),
    ("train_accuracy", Real),
    ("validation_loss", Real),
    ("validation_accuracy", Real),
    ("test_loss", Real),
    ("test_accuracy", Real),
    ("train_seconds", Real),
    ("evaluation_seconds", Real),
];

const BEST: [Named; 13] = [
    ("data_set", Text),
    ("data_title", Text),
    ("data_identity", Text),
    ("model", Text),
    ("activation", Text),
    ("best_test_accuracy", Real),
    ("best_test_epoch", Integer),
    ("job_id", Text),
    ("selected_test_accuracy", Real),
    ("selected_epoch", Integer),
    ("selected_job_id", Text),
    ("jobs", Integer),
    ("finished_jobs", Integer),
];

const SNAPSHOTS: [Named; 10] = [
    ("job_id", Text),
    ("kind", Text),
    ("epoch", Integer),
    ("test_loss", Real),
    ("test_accuracy", Real),
    ("weights_file", Text),
    ("weights_sha256", Text),
    ("classes", Integer),
    ("logits", Blob),
    ("data_identity", Text),
];

const DATA_SETS: [Named; 14] = [
    ("data_identity", Text),
    ("data_set", Text),
    ("data_title", Text),
    ("spec", Text),
    ("channels", Integer),
    ("samples", Integer),
    ("sampling_rate_hz", Real),
    ("classes", Text),
    ("train_trials", Integer),
    ("validation_trials", Integer),
    ("test_trials", Integer),
    ("test_labels", Blob),
    ("test_subjects", Text),
    ("created_at", Time),
];

const SWEEPS: [Named; 10] = [
    ("sweep_id", Integer),
    ("sweep", Text),
    ("data_set", Text),
    ("data_identity", Text),
    ("jobs", Integer),
    ("finished_jobs", Integer),
    ("command_line", Text),
    ("file_text", Text),
    ("created_at", Time),
    ("last_run_at", Time),
];

const SWEEP_JOBS: [Named; 4] =
    [("sweep_id", Integer), ("sweep", Text), ("position", Integer), ("job_id", Text)];

const RUNS: [Named; 16] = [
    ("run_id", Integer),
    ("host", Text),
    ("boot_id", Text),
    ("process", Integer),
    ("process_started", Integer),
    ("command_line", Text),
    ("program_version", Text),
    ("git_commit", Text),
    ("compiler", Text),
    ("target", Text),
    ("features", Text),
    ("started_at", Time),
    ("ended_at", Time),
    ("ending", Text),
    ("jobs_held", Integer),
    ("attempts", Integer),
];

const ATTEMPTS: [Named; 12] = [
    ("job_id", Text),
    ("attempt", Integer),
    ("run_id", Integer),
    ("started_at", Time),
    ("ended_at", Time),
    ("ending", Text),
    ("reason", Text),
    ("host", Text),
    ("device", Text),
    ("hardware", Text),
    ("threads", Integer),
    ("program_version", Text),
];
