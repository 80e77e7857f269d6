//! The tables of the made-up jobs, in an SQLite database with the names and columns of the views of a results database, and
//! their rows as they are read from it.

use std::{collections::BTreeMap, ops::ControlFlow};

use rusqlite::{Connection, Row, params_from_iter, types::ValueRef};
use sweep_export::{RecordedJob, SourceError, Table, TableSource, results_tables};
use sweep_job::{ColumnType, EpochMetrics, JobStatus, SettingColumn, SnapshotKind, Value};

use crate::jobs::{GIT_COMMIT, Jobs, SWEEPS, TEST_TRIALS, time, unit};

/// The database, to read.
pub(crate) struct Source(pub(crate) Connection);

impl TableSource for Source {
    fn rows(
        &mut self,
        table: &Table,
        take: &mut dyn FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let mut statement = self.0.prepare(&format!("SELECT {} FROM {}", columns.join(", "), table.name))?;
        let mut rows = statement.query([])?;
        let mut values = Vec::with_capacity(columns.len());
        while let Some(row) = rows.next()? {
            values.clear();
            for column in 0..columns.len() {
                values.push(value(row, column)?);
            }
            if take(&values).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn value(row: &Row<'_>, column: usize) -> Result<Value, SourceError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text)?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    })
}

/// Makes the tables of `jobs` in an empty database.
pub(crate) fn fill(connection: &Connection, jobs: Jobs) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA synchronous = OFF; BEGIN")?;
    let tables = results_tables();
    for table in &tables {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("{} {}", column.name, sql_type(column.kind))).collect();
        connection.execute_batch(&format!("CREATE TABLE {} ({}) STRICT", table.name, columns.join(", ")))?;
    }
    let insert = |table: &str, row: Fields| insert(connection, &tables, table, row);
    for number in 0..jobs.jobs {
        let job = jobs.job(number);
        insert("trials", trial(&job))?;
        for epoch in &job.epochs {
            insert("epochs", epoch_row(&job, epoch))?;
        }
        for (kind, epoch) in snapshots(&job) {
            insert("snapshots", snapshot(&job, number, kind, epoch))?;
        }
        for (sweep, name) in
            SWEEPS.iter().enumerate().filter(|(_, name)| job.record.sweeps.iter().any(|s| s == *name))
        {
            insert("sweep_jobs", sweep_job(sweep, name, number, &job))?;
        }
        insert("attempts", attempt(&job))?;
    }
    insert("runs", run())?;
    for (identity, set) in [("ab", "bci3b"), ("cd", "npz")] {
        insert("data_sets", data_set(&identity.repeat(32), set))?;
    }
    connection.execute_batch("COMMIT")
}

/// A row by the names of its columns; what is not named is NULL.
type Fields = BTreeMap<&'static str, Value>;

fn insert(connection: &Connection, tables: &[Table], name: &str, row: Fields) -> rusqlite::Result<()> {
    let Some(table) = tables.iter().find(|table| table.name == name) else { return Ok(()) };
    let places = vec!["?"; table.columns.len()].join(", ");
    let values = table.columns.iter().map(|column| {
        use rusqlite::types::Value as Sql;
        match row.get(column.name.as_str()) {
            None | Some(Value::Null) => Sql::Null,
            Some(Value::Integer(number)) => Sql::Integer(*number),
            Some(Value::Real(number)) => Sql::Real(*number),
            Some(Value::Text(text)) => Sql::Text(text.clone()),
            Some(Value::Blob(bytes)) => Sql::Blob(bytes.clone()),
        }
    });
    let sql = format!("INSERT INTO {name} VALUES ({places})");
    connection.prepare_cached(&sql)?.execute(params_from_iter(values)).map(drop)
}

fn sql_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Text | ColumnType::Time => "TEXT",
        ColumnType::Blob => "BLOB",
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn optional(text: Option<&String>) -> Value {
    text.cloned().map_or(Value::Null, Value::Text)
}

fn trial(job: &RecordedJob) -> Fields {
    let record = &job.record;
    let mut row: Fields =
        SettingColumn::all().map(|column| (column.name(), column.value(&record.spec))).collect();
    row.extend([
        ("job_id", text(record.id.to_string())),
        ("sweeps", text(record.sweeps.join(", "))),
        ("data_set", text(&record.data.set)),
        ("data_title", text(&record.data.title)),
        ("data_identity", text(&record.data.identity.0)),
        ("status", text(record.status.name())),
        ("reason", record.status.reason().map_or(Value::Null, |reason| text(reason.to_string()))),
        ("attempts", Value::Integer(record.attempts.into())),
        ("created_at", text(&record.created_at)),
        ("started_at", optional(record.started_at.as_ref())),
        ("finished_at", optional(record.finished_at.as_ref())),
        ("epochs_finished", Value::Integer(record.epochs_finished.into())),
        ("seconds", Value::Real(record.seconds)),
    ]);
    if let Some(best) = &record.best {
        row.insert("best_test_accuracy", Value::Real(best.test.accuracy));
        row.insert("best_test_epoch", Value::Integer(best.epoch.into()));
    }
    if let Some(selected) = &record.selected {
        row.insert("selected_test_accuracy", Value::Real(selected.test.accuracy));
        row.insert("selected_epoch", Value::Integer(selected.epoch.into()));
    }
    if let Some(last) = &record.last {
        row.insert("last_train_loss", Value::Real(last.train.loss));
        row.insert("last_train_accuracy", Value::Real(last.train.accuracy));
        row.insert("last_test_loss", Value::Real(last.test.loss));
        row.insert("last_test_accuracy", Value::Real(last.test.accuracy));
    }
    if record.provenance.is_some() {
        row.insert("host", text("workstation"));
        row.insert("run_id", Value::Integer(1));
    }
    row
}

fn epoch_row(job: &RecordedJob, epoch: &EpochMetrics) -> Fields {
    let mut row = Fields::from([
        ("job_id", text(job.record.id.to_string())),
        ("epoch", Value::Integer(epoch.epoch.into())),
        ("train_loss", Value::Real(epoch.train.loss)),
        ("train_accuracy", Value::Real(epoch.train.accuracy)),
        ("test_loss", Value::Real(epoch.test.loss)),
        ("test_accuracy", Value::Real(epoch.test.accuracy)),
        ("train_seconds", Value::Real(epoch.train_seconds)),
        ("evaluation_seconds", Value::Real(epoch.evaluation_seconds)),
    ]);
    if let Some(score) = epoch.validation {
        row.insert("validation_loss", Value::Real(score.loss));
        row.insert("validation_accuracy", Value::Real(score.accuracy));
    }
    row
}

fn snapshots(job: &RecordedJob) -> Vec<(SnapshotKind, EpochMetrics)> {
    let record = &job.record;
    let kinds = [
        (SnapshotKind::Best, record.best),
        (SnapshotKind::Selected, record.selected),
        (SnapshotKind::Last, record.last),
    ];
    let is_finished = record.status == JobStatus::Finished;
    kinds.into_iter().filter_map(|(kind, epoch)| Some((kind, epoch.filter(|_| is_finished)?))).collect()
}

fn snapshot(job: &RecordedJob, number: u64, kind: SnapshotKind, epoch: EpochMetrics) -> Fields {
    let logits = (0..2 * TEST_TRIALS).flat_map(|trial| (unit(number * 7919 + trial) as f32).to_le_bytes());
    let id = job.record.id.to_string();
    Fields::from([
        ("job_id", text(&id)),
        ("kind", text(kind.name())),
        ("epoch", Value::Integer(epoch.epoch.into())),
        ("test_loss", Value::Real(epoch.test.loss)),
        ("test_accuracy", Value::Real(epoch.test.accuracy)),
        ("weights_file", text(format!("{id}/{kind}.safetensors"))),
        ("weights_sha256", text("5e".repeat(32))),
        ("classes", Value::Integer(2)),
        ("logits", Value::Blob(logits.collect())),
        ("data_identity", text(&job.record.data.identity.0)),
    ])
}

fn sweep_job(sweep: usize, name: &str, position: u64, job: &RecordedJob) -> Fields {
    Fields::from([
        ("sweep_id", Value::Integer(sweep as i64 + 1)),
        ("sweep", text(name)),
        ("position", Value::Integer(position as i64)),
        ("job_id", text(job.record.id.to_string())),
    ])
}

fn attempt(job: &RecordedJob) -> Fields {
    Fields::from([
        ("job_id", text(job.record.id.to_string())),
        ("attempt", Value::Integer(1)),
        ("run_id", Value::Integer(1)),
        ("started_at", optional(job.record.started_at.as_ref())),
        ("ended_at", optional(job.record.finished_at.as_ref())),
    ])
}

fn run() -> Fields {
    Fields::from([
        ("run_id", Value::Integer(1)),
        ("host", text("workstation")),
        ("command_line", text("sweep run \"my sweep.toml\"")),
        ("git_commit", text(GIT_COMMIT)),
        ("started_at", text(time(0, 0))),
    ])
}

fn data_set(identity: &str, set: &str) -> Fields {
    let labels = (0..TEST_TRIALS).flat_map(|trial| ((trial % 2) as u16).to_le_bytes());
    Fields::from([
        ("data_identity", text(identity)),
        ("data_set", text(set)),
        ("classes", text("[769,770]")),
        ("test_trials", Value::Integer(TEST_TRIALS as i64)),
        ("test_labels", Value::Blob(labels.collect())),
        ("created_at", text(time(0, 0))),
    ])
}
