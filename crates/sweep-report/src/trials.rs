//! Jobs as rows for programs, in the columns of the database's view `trials`.

use std::ops::RangeInclusive;

use sweep_job::{EpochMetrics, JobRecord, Provenance, QueryTable, SettingColumn, Value};

/// A column: its name and its value for a job.
type Field = (&'static str, fn(&JobRecord) -> Value);

const BEFORE_SETTINGS: [Field; 5] = [
    ("job_id", |job| text(&job.id.to_string())),
    ("sweeps", |job| optional((!job.sweeps.is_empty()).then(|| text(&job.sweeps.join(", "))))),
    ("data_set", |job| text(&job.data.set)),
    ("data_title", |job| text(&job.data.title)),
    ("data_identity", |job| text(&job.data.identity.0)),
];

const AFTER_SETTINGS: [Field; 26] = [
    ("status", |job| text(job.status.name())),
    ("reason", |job| optional(job.status.reason().map(|reason| text(&reason.to_string())))),
    ("attempts", |job| whole(job.attempts)),
    ("created_at", |job| text(&job.created_at)),
    ("started_at", |job| optional(job.started_at.as_deref().map(text))),
    ("finished_at", |job| optional(job.finished_at.as_deref().map(text))),
    ("host", |job| of_provenance(job, |provenance| text(&provenance.host))),
    ("device", |job| of_provenance(job, |provenance| text(&provenance.device))),
    ("hardware", |job| of_provenance(job, |provenance| text(&provenance.hardware))),
    ("threads", |job| of_provenance(job, |provenance| whole(provenance.threads))),
    ("program_version", |job| of_provenance(job, |provenance| text(&provenance.program_version))),
    ("epochs_finished", |job| whole(job.epochs_finished)),
    ("best_test_accuracy", |job| of_epoch(job.best, |best| Value::Real(best.test.accuracy))),
    ("best_test_epoch", |job| of_epoch(job.best, |best| whole(best.epoch))),
    ("selected_test_accuracy", |job| of_epoch(job.selected, |selected| Value::Real(selected.test.accuracy))),
    ("selected_validation_accuracy", |job| {
        of_epoch(job.selected, |selected| {
            optional(selected.validation.map(|score| Value::Real(score.accuracy)))
        })
    }),
    ("selected_epoch", |job| of_epoch(job.selected, |selected| whole(selected.epoch))),
    ("last_train_loss", |job| of_epoch(job.last, |last| Value::Real(last.train.loss))),
    ("last_train_accuracy", |job| of_epoch(job.last, |last| Value::Real(last.train.accuracy))),
    ("last_validation_loss", |job| {
        of_epoch(job.last, |last| optional(last.validation.map(|score| Value::Real(score.loss))))
    }),
    ("last_validation_accuracy", |job| {
        of_epoch(job.last, |last| optional(last.validation.map(|score| Value::Real(score.accuracy))))
    }),
    ("last_test_loss", |job| of_epoch(job.last, |last| Value::Real(last.test.loss))),
    ("last_test_accuracy", |job| of_epoch(job.last, |last| Value::Real(last.test.accuracy))),
    ("seconds", |job| Value::Real(job.seconds)),
    ("test_trials_shared_with_train", |job| {
        optional(job.data.leaks.as_ref().map(|leaks| whole(leaks.test_with_train.shared)))
    }),
    ("arithmetic", |job| of_provenance(job, |provenance| whole(provenance.arithmetic))),
];

/// Each job once, or each job of the sweep `sweep`.
pub(crate) fn trials(jobs: &[JobRecord], sweep: Option<&str>) -> QueryTable {
    let names = |fields: &[Field]| fields.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
    let mut columns = names(&BEFORE_SETTINGS);
    columns.extend(settings(1..=4).map(|column| column.name().to_owned()));
    columns.extend(names(&AFTER_SETTINGS));
    columns.extend(settings(5..=u32::MAX).map(|column| column.name().to_owned()));
    let is_asked = |job: &&JobRecord| sweep.is_none_or(|sweep| job.sweeps.iter().any(|name| name == sweep));
    QueryTable { columns, rows: jobs.iter().filter(is_asked).map(row).collect() }
}

fn row(job: &JobRecord) -> Vec<Value> {
    let mut row: Vec<Value> = BEFORE_SETTINGS.iter().map(|(_, value)| value(job)).collect();
    row.extend(settings(1..=4).map(|column| column.value(&job.spec)));
    row.extend(AFTER_SETTINGS.iter().map(|(_, value)| value(job)));
    row.extend(settings(5..=u32::MAX).map(|column| column.value(&job.spec)));
    row
}

/// Settings of these versions of the database: those that came later stand at the end.
fn settings(versions: RangeInclusive<u32>) -> impl Iterator<Item = SettingColumn> {
    SettingColumn::of_versions(versions)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn whole(number: u32) -> Value {
    Value::Integer(number.into())
}

fn optional(value: Option<Value>) -> Value {
    value.unwrap_or(Value::Null)
}

fn of_provenance(job: &JobRecord, value: fn(&Provenance) -> Value) -> Value {
    optional(job.provenance.as_ref().map(value))
}

fn of_epoch(epoch: Option<EpochMetrics>, value: fn(&EpochMetrics) -> Value) -> Value {
    optional(epoch.as_ref().map(value))
}
