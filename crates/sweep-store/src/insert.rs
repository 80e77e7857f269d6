//! The rows of new jobs and data sets. It decides nothing about them.

use std::sync::LazyLock;

use rusqlite::{Connection, Result as SqlResult, named_params};
use sweep_job::{DataIdentity, DataSetRecord, Leaks, PlannedJob, SettingColumn, Value};

use crate::{
    Store, StoreError,
    encode::{Id, Json, NOW, u16_bytes},
    error::sqlite,
};

impl Store {
    /// Records a data set. One that is known stays as it is, but for its leaks if nobody had checked.
    ///
    /// # Errors
    /// Where it has more than 65,536 classes, or SQLite fails.
    pub fn record_data_set(&mut self, data: &DataSetRecord) -> Result<(), StoreError> {
        let labels: Vec<u16> =
            data.test_labels.iter().map(|label| small_label(*label)).collect::<Result<_, _>>()?;
        let transaction = self.begin()?;
        insert_data_set(&transaction, data, &labels).map_err(sqlite("record a data set"))?;
        if let Some(leaks) = &data.leaks {
            write_leaks(&transaction, &data.identity, leaks).map_err(sqlite("record a data set"))?;
        }
        transaction.commit().map_err(sqlite("record a data set"))
    }
}

fn small_label(label: u32) -> Result<u16, StoreError> {
    u16::try_from(label).map_err(|_| StoreError::OutOfRange {
        what: "a test label",
        value: label.into(),
        limit: u16::MAX.into(),
    })
}

fn insert_data_set(connection: &Connection, data: &DataSetRecord, labels: &[u16]) -> SqlResult<()> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO data_set (identity, name, title, spec, channels, samples, sampling_rate_hz, classes,
                train_trials, validation_trials, test_trials, test_labels, test_subjects, created_at)
             VALUES (:identity, :name, :title, :spec, :channels, :samples, :sampling_rate_hz, :classes,
                :train_trials, :validation_trials, :test_trials, :test_labels, :test_subjects, {NOW})
             ON CONFLICT (identity) DO NOTHING"
        ))?
        .execute(named_params! {
            ":identity": data.identity.0,
            ":name": data.spec.source.name(),
            ":title": data.title,
            ":spec": Json(&data.spec),
            ":channels": data.channels,
            ":samples": data.samples,
            ":sampling_rate_hz": data.sampling_rate_hz,
            ":classes": Json(&data.classes),
            ":train_trials": data.train_trials,
            ":validation_trials": data.validation_trials,
            ":test_trials": labels.len() as i64,
            ":test_labels": u16_bytes(labels.iter().copied()),
            ":test_subjects": data.test_subjects.as_ref().map(Json),
        })?;
    Ok(())
}

/// What was found once stays.
fn write_leaks(connection: &Connection, identity: &DataIdentity, leaks: &Leaks) -> SqlResult<()> {
    connection
        .prepare_cached(
            "UPDATE data_set SET test_trials_shared_with_train = :test, test_trials_identical_to_train = :identical,
                validation_trials_shared_with_train = :validation, test_trials_shared_with_validation = :test_validation,
                leaks = :leaks
             WHERE identity = :identity AND leaks IS NULL",
        )?
        .execute(named_params! {
            ":identity": identity.0,
            ":test": leaks.test_with_train.shared,
            ":identical": leaks.test_with_train.identical,
            ":validation": leaks.validation_with_train.shared,
            ":test_validation": leaks.test_with_validation.shared,
            ":leaks": Json(leaks),
        })?;
    Ok(())
}

/// Inserts a queued job on the data set with the number `data_set` and gives its own number.
pub(crate) fn insert_job(connection: &Connection, data_set: i64, job: &PlannedJob) -> SqlResult<i64> {
    static INSERT: LazyLock<String> = LazyLock::new(|| {
        let columns = SettingColumn::all().map(SettingColumn::name).collect::<Vec<_>>().join(", ");
        let values = vec!["?"; SettingColumn::COUNT].join(", ");
        format!(
            "INSERT INTO job (id, data_set, spec, {columns}, created_at) VALUES (?, ?, ?, {values}, {NOW})"
        )
    });
    let mut statement = connection.prepare_cached(&INSERT)?;
    statement.raw_bind_parameter(1, Id(job.id))?;
    statement.raw_bind_parameter(2, data_set)?;
    statement.raw_bind_parameter(3, Json(&job.spec))?;
    for (place, value) in SettingColumn::values(&job.spec).into_iter().enumerate() {
        statement.raw_bind_parameter(4 + place, to_sql(value))?;
    }
    statement.raw_execute()?;
    Ok(connection.last_insert_rowid())
}

fn to_sql(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => rusqlite::types::Value::Integer(number),
        Value::Real(number) => rusqlite::types::Value::Real(number),
        Value::Text(text) => rusqlite::types::Value::Text(text),
        Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes),
    }
}
