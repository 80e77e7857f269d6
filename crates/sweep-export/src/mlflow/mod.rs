//! Jobs as runs of MLflow: an SQLite database that `mlflow ui` opens. Its file store, a folder a run, is refused by the versions
//! since 2026 unless one insists.

mod database;
mod experiments;

use std::path::Path;

use database::{Database, Metric, Run};
use experiments::Experiments;
use rusqlite::Result as SqlResult;
use sweep_job::{FailureReason, JobRecord, JobStatus, Provenance, Value};

use crate::{
    ExportError, Exported, Form, JobSource, RecordedJob,
    error::refused,
    folder::Folder,
    job::{Times, run_name, scores, settings, with_elapsed},
    source::each_job,
};

/// The file in the folder.
const FILE: &str = "mlflow.db";
/// What SQLite leaves beside a database that is open or was when a program died.
const JOURNALS: [&str; 3] = ["mlflow.db-journal", "mlflow.db-wal", "mlflow.db-shm"];

/// The tag that every run of an export has.
const JOB_ID: &str = "job_id";

/// Characters of a tag that MLflow 2.0 holds.
const LONGEST_TAG: usize = 5000;

/// Writes the database `mlflow.db` into `folder`, with an experiment a sweep and a run a job, for
/// `mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db`, MLflow 2.0 or later. The id of a run is that of its job.
///
/// # Errors
/// Where the folder holds something that no export for MLflow made, where somebody added runs to the database of an earlier one,
/// where a job cannot be read or one of its times is none, or where the file system refuses. What an earlier export made is then
/// still there.
pub fn export_mlflow(folder: &Path, source: &mut dyn JobSource) -> Result<Exported, ExportError> {
    let path = folder.join(FILE);
    let mut folder = Folder::open(folder, Form::MlFlow)?;
    check_has_no_others(&folder)?;
    let temporary = folder.stage_path(FILE)?;
    let database = Database::create(&temporary).map_err(refused(&path))?;
    let mut experiments = Experiments::default();
    let mut number = 0;
    each_job(source, |job| {
        number += 1;
        let times = Times::of(&job.record, number)?;
        let experiment = experiments.of(&job.record, times);
        add_job(&database, job, times, experiment).map_err(refused(&path))
    })?;
    experiments.add_to(&database).and_then(|()| database.finish()).map_err(refused(&path))?;
    // They would be taken for those of the new database.
    JOURNALS.iter().for_each(|journal| folder.discard(journal));
    folder.commit()
}

/// Runs that were logged to the database of an earlier export must not go with it.
fn check_has_no_others(folder: &Folder) -> Result<(), ExportError> {
    let Some(path) = folder.earlier(FILE) else { return Ok(()) };
    match database::runs_without_tag(&path, JOB_ID).map_err(refused(&path))? {
        0 => Ok(()),
        runs => Err(ExportError::OthersRuns { path, runs }),
    }
}

fn add_job(database: &Database, job: &RecordedJob, times: Times, experiment: i64) -> SqlResult<()> {
    let (record, id) = (&job.record, job.record.id.to_string());
    let name = run_name(record);
    database.add_run(&Run {
        id: &id,
        experiment,
        name: &name,
        status: status(&record.status),
        // MLflow refuses a run without.
        started: times.begin(),
        ended: times.finished,
    })?;
    for (name, value) in settings(record) {
        database.add_param(&id, name, &text(&value))?;
    }
    database.add_tag(&id, "mlflow.runName", &name)?;
    for (name, value) in tags(job, &id) {
        database.add_tag(&id, name, &shortened(&value))?;
    }
    add_metrics(database, job, times, &id)
}

fn add_metrics(database: &Database, job: &RecordedJob, times: Times, id: &str) -> SqlResult<()> {
    let mut last = Vec::new();
    for (elapsed, epoch) in with_elapsed(&job.epochs) {
        let time = times.begin().saturating_add((elapsed * 1000.0).round() as i64);
        let metric = |name, value| Metric { name, value, time, step: epoch.epoch };
        let metrics = scores(epoch).flat_map(|(set, score)| {
            let [loss, accuracy] = names(set);
            [metric(loss, score.loss), metric(accuracy, score.accuracy)]
        });
        last = metrics.collect();
        for metric in &last {
            database.add_metric(id, *metric)?;
        }
        for (name, chosen) in
            [("best_test_accuracy", &job.record.best), ("selected_test_accuracy", &job.record.selected)]
        {
            if let Some(chosen) = chosen.as_ref().filter(|chosen| chosen.epoch == epoch.epoch) {
                let metric = metric(name, chosen.test.accuracy);
                database.add_metric(id, metric)?;
                database.set_latest(id, metric)?;
            }
        }
    }
    last.into_iter().try_for_each(|metric| database.set_latest(id, metric))
}

/// The names of the loss and the accuracy on a set, as in the view `epochs`.
fn names(set: &str) -> [&'static str; 2] {
    match set {
        "train" => ["train_loss", "train_accuracy"],
        "validation" => ["validation_loss", "validation_accuracy"],
        _ => ["test_loss", "test_accuracy"],
    }
}

fn status(status: &JobStatus) -> &'static str {
    match status {
        JobStatus::Queued => "SCHEDULED",
        JobStatus::Running => "RUNNING",
        JobStatus::Finished => "FINISHED",
        JobStatus::Failed(FailureReason::Cancelled) => "KILLED",
        JobStatus::Failed(_) => "FAILED",
    }
}

/// What is known of a job beside its settings, with the names of the view `trials`.
fn tags(job: &RecordedJob, id: &str) -> Vec<(&'static str, String)> {
    let JobRecord { sweeps, data, status, attempts, .. } = &job.record;
    let mut tags = vec![
        (JOB_ID, id.to_owned()),
        ("data_set", data.set.clone()),
        ("data_title", data.title.clone()),
        ("data_identity", data.identity.0.clone()),
        ("status", status.name().to_owned()),
        ("attempts", attempts.to_string()),
        ("mlflow.source.name", "sweep".to_owned()),
    ];
    if !sweeps.is_empty() {
        tags.push(("sweeps", sweeps.join(", ")));
    }
    if let Some(reason) = status.reason() {
        tags.push(("reason", reason.to_string()));
    }
    if let Some(Provenance { host, device, hardware, threads, program_version, arithmetic }) =
        &job.record.provenance
    {
        tags.extend([
            ("host", host.clone()),
            ("device", device.clone()),
            ("hardware", hardware.clone()),
            ("threads", threads.to_string()),
            ("program_version", program_version.clone()),
            ("arithmetic", arithmetic.to_string()),
        ]);
    }
    if let Some(commit) = &job.git_commit {
        tags.push(("mlflow.source.git.commit", commit.clone()));
    }
    tags
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TAG).collect()
}

/// A setting as text: numbers in their shortest form.
fn text(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
        Value::Null | Value::Blob(_) => String::new(),
    }
}
