//! Every row, read as readers read it, and each job held against its id, its settings and its predictions.

use std::collections::HashMap;

use rusqlite::{Result as SqlResult, types::ValueRef};
use sweep_job::{DataIdentity, DataSetRecord, JobId, JobRecord, SettingColumn, SnapshotKind, Value};

use super::Findings;
use crate::{
    Reader, StoreError,
    encode::Id,
    error::sqlite,
    predictions::{accuracy_contradiction, gives_loss},
    schema,
    sql::value,
};

impl Reader {
    pub(super) fn check_rows(&self, findings: &mut Findings) {
        match schema::tables() {
            Ok(tables) => tables.for_each(|table| {
                findings.note(self.rows_of_foreign_text(table), |findings, rows| {
                    if rows > 0 {
                        findings.damage(format!(
                            "rows of the table `{table}` with text that is not UTF-8: {rows}"
                        ));
                    }
                });
            }),
            Err(error) => findings.damage(error),
        }
        let data_sets = self.check_data_sets(findings);
        findings.note(self.numbers("SELECT key FROM job ORDER BY key"), |findings, keys| {
            for key in keys {
                self.check_job(key, &data_sets, findings);
            }
        });
        findings.note(self.numbers("SELECT key FROM run"), |findings, runs| {
            for run in runs {
                findings.note(self.run_of_number(run), |_, _| {});
            }
        });
        findings.note(self.foreign_removals(), |findings, count| {
            if count > 0 {
                findings.damage(format!("{count} rows of the table `removal` name no job"));
            }
        });
    }

    /// How many rows of a table have text that is not UTF-8. Names of columns are not asked for: rusqlite panics if they are not UTF-8.
    fn rows_of_foreign_text(&self, table: &str) -> SqlResult<usize> {
        let mut statement = self.connection().prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = statement.column_count();
        let mut count = 0;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let is_foreign = |column| matches!(row.get_ref(column), Ok(ValueRef::Text(bytes)) if std::str::from_utf8(bytes).is_err());
            count += usize::from((0..columns).any(is_foreign));
        }
        Ok(count)
    }

    /// The data sets that can be read.
    fn check_data_sets(&self, findings: &mut Findings) -> HashMap<DataIdentity, DataSetRecord> {
        let mut data_sets = HashMap::new();
        let of_other_length = "SELECT key FROM data_set WHERE length(test_labels) <> 2 * test_trials";
        findings.note(self.numbers(of_other_length), |findings, keys| {
            keys.into_iter().for_each(|key| {
                findings.damage(format!("data set {key} does not have one label for each test trial"))
            });
        });
        findings.note(self.numbers("SELECT key FROM data_set ORDER BY key"), |findings, keys| {
            for key in keys {
                match self.data_set_of(key) {
                    Ok(data) if is_consistent(&data) => drop(data_sets.insert(data.identity.clone(), data)),
                    Ok(data) => findings
                        .damage(format!("data set {key} ({}): labels or subjects do not fit", data.title)),
                    Err(error) => findings.damage(format!("data set {key} cannot be read: {error}")),
                }
            }
        });
        data_sets
    }

    fn check_job(&self, key: i64, data_sets: &HashMap<DataIdentity, DataSetRecord>, findings: &mut Findings) {
        let read = || -> Result<(JobRecord, Vec<&'static str>), StoreError> {
            let job = self.job_of(key).map_err(sqlite("read a job"))?;
            let flaws =
                flaws(self, &job, data_sets.get(&job.data.identity)).map_err(sqlite("read a snapshot"))?;
            self.epochs(&job.id)?;
            self.attempts(&job.id)?;
            self.state(&job.id)?;
            Ok((job, flaws))
        };
        match read() {
            Ok((job, flaws)) => {
                findings.readable.insert(job.id);
                flaws.into_iter().for_each(|words| findings.broken(words, job.id));
            }
            Err(error) => {
                let name = self.id_of(key).map_or(format!("number {key}"), |id| id.short());
                findings.damage(format!("job {name} cannot be read: {error}"));
            }
        }
    }

    pub(crate) fn id_of(&self, key: i64) -> Option<JobId> {
        let read = || {
            self.connection()
                .prepare_cached("SELECT id FROM job WHERE key = ?1")?
                .query_row([key], |row| Ok(row.get::<_, Id>(0)?.0))
        };
        read().ok()
    }

    pub(crate) fn numbers(&self, query: &str) -> SqlResult<Vec<i64>> {
        self.connection().prepare(query)?.query_map([], |row| row.get(0))?.collect()
    }

    fn foreign_removals(&self) -> SqlResult<usize> {
        let mut statement = self.connection().prepare("SELECT file FROM removal")?;
        let mut rows = statement.query([])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += usize::from(row.get::<_, Id>(0).is_err());
        }
        Ok(count)
    }
}

/// Whether the parts of a data set fit together.
pub(crate) fn is_consistent(data: &DataSetRecord) -> bool {
    let are_classes = data.test_labels.iter().all(|label| (*label as usize) < data.classes.len());
    are_classes && data.test_subjects.as_ref().is_none_or(|subjects| subjects.len() == data.test_labels.len())
}

/// What is wrong with a job that can be read, in words; the predictions are held against `data`, if it is known.
fn flaws(reader: &Reader, job: &JobRecord, data: Option<&DataSetRecord>) -> SqlResult<Vec<&'static str>> {
    let mut flaws = of_predictions(reader, job, data)?;
    if JobId::new(&job.spec, &job.data.identity) != job.id {
        flaws.push("its id does not match its settings and data");
    }
    if columns_of(reader, job)? != settings_of(job) {
        flaws.push("its settings are not those of its specification");
    }
    Ok(flaws)
}

/// What is wrong with the predictions of a job, in words.
pub(crate) fn of_predictions(
    reader: &Reader,
    job: &JobRecord,
    data: Option<&DataSetRecord>,
) -> SqlResult<Vec<&'static str>> {
    let mut flaws = Vec::new();
    for kind in SnapshotKind::ALL {
        let (Some(snapshot), Some(data)) = (reader.read_snapshot(&job.id, kind)?, data) else { continue };
        if accuracy_contradiction(&snapshot, &data.test_labels).is_some() {
            flaws.push("its stored predictions do not give the recorded accuracy");
        } else if !gives_loss(&snapshot, &data.test_labels) {
            flaws.push("its stored predictions do not give the recorded loss");
        }
    }
    Ok(flaws)
}

fn settings_of(job: &JobRecord) -> Vec<Value> {
    SettingColumn::values(&job.spec).into()
}

fn columns_of(reader: &Reader, job: &JobRecord) -> SqlResult<Vec<Value>> {
    let columns = SettingColumn::all().map(SettingColumn::name).collect::<Vec<_>>().join(", ");
    reader
        .connection()
        .prepare_cached(&format!("SELECT {columns} FROM job WHERE id = ?1"))?
        .query_row([Id(job.id)], |row| {
            (0..SettingColumn::COUNT).map(|place| Ok(value(row.get_ref(place)?))).collect()
        })
}
