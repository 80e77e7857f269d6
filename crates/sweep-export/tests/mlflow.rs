//! The database for MLflow.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{fs, ops::ControlFlow, path::Path};

use rusqlite::Connection;
use sweep_export::{ExportError, JobSource, RecordedJob, SourceError, export_mlflow};
use sweep_job::{EpochMetrics, FailureReason, JobRecord, JobStatus};
use tempfile::TempDir;

struct Jobs(Vec<RecordedJob>);

impl JobSource for Jobs {
    fn jobs(&mut self, take: &mut dyn FnMut(&RecordedJob) -> ControlFlow<()>) -> Result<(), SourceError> {
        let _ = self.0.iter().try_for_each(take);
        Ok(())
    }
}

fn recorded((record, epochs): (JobRecord, Vec<EpochMetrics>)) -> RecordedJob {
    RecordedJob { record, epochs, git_commit: Some("0123abc-dirty".into()) }
}

/// The rows of a query, a line each.
fn lines(folder: &Path, query: &str) -> String {
    let connection = Connection::open(folder.join("mlflow.db")).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let texts = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Real(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            rusqlite::types::ValueRef::Blob(_) => "bytes".to_owned(),
        });
        Ok(texts.collect::<Vec<_>>().join(" | "))
    });
    rows.unwrap().map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_job_is_a_run_with_its_settings_metrics_and_origin() {
    let folder = TempDir::new().unwrap();
    let made = export_mlflow(folder.path(), &mut Jobs(vec![recorded(scene::finished(0))])).unwrap();
    assert_eq!(made.files, 1);
    let show = |query| lines(folder.path(), query);
    let parts = [
        show("SELECT * FROM experiments"),
        show(
            "SELECT run_uuid, name, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id FROM runs",
        ),
        show("SELECT \"key\", value FROM params ORDER BY 1"),
        show("SELECT \"key\", value FROM tags ORDER BY 1"),
        show("SELECT step, timestamp, \"key\", value FROM metrics ORDER BY 1, 3"),
        show("SELECT \"key\", value, step FROM latest_metrics ORDER BY 1"),
    ];
    insta::assert_snapshot!(parts.join("\n\n"));
    assert_eq!(show("PRAGMA integrity_check"), "ok");
    assert_eq!(show("PRAGMA foreign_key_check"), "");
}

#[test]
fn every_state_has_its_status_and_every_sweep_its_experiment() {
    let cancelled = JobStatus::Failed(FailureReason::Cancelled);
    let mut jobs = vec![
        recorded((scene::queued(0), Vec::new())),
        recorded(scene::finished(1)),
        recorded(scene::diverged(2)),
        recorded((JobRecord { status: cancelled, ..scene::queued(3) }, Vec::new())),
        recorded((JobRecord { status: JobStatus::Running, ..scene::queued(4) }, Vec::new())),
    ];
    jobs[1].record.sweeps = vec!["Default".into(), "lab2".into()];
    jobs[2].record.sweeps = Vec::new();
    let folder = TempDir::new().unwrap();
    export_mlflow(folder.path(), &mut Jobs(jobs)).unwrap();
    let query = "SELECT experiments.experiment_id, experiments.name, runs.status, tags.value
        FROM runs JOIN experiments USING (experiment_id) JOIN tags ON tags.run_uuid = runs.run_uuid AND \"key\" = 'status'
        ORDER BY runs.name";
    insta::assert_snapshot!(lines(folder.path(), query), @r"
    1 | lab2 | SCHEDULED | queued
    2 | Default 2 | FINISHED | finished
    3 | without a sweep | FAILED | diverged
    1 | lab2 | KILLED | cancelled
    1 | lab2 | RUNNING | running
    ");
}

#[test]
fn runs_of_others_are_not_lost() {
    let folder = TempDir::new().unwrap();
    let mut jobs = Jobs(vec![recorded(scene::finished(0))]);
    export_mlflow(folder.path(), &mut jobs).unwrap();
    // Journals of the database that is replaced must not come to the new one.
    fs::write(folder.path().join("mlflow.db-journal"), "").unwrap();
    export_mlflow(folder.path(), &mut jobs).unwrap();
    assert!(!folder.path().join("mlflow.db-journal").exists());
    assert_eq!(lines(folder.path(), "SELECT count(*) FROM runs"), "1");

    let connection = Connection::open(folder.path().join("mlflow.db")).unwrap();
    connection
        .execute("INSERT INTO runs (run_uuid, name, experiment_id) VALUES ('mine', 'mine', 1)", [])
        .unwrap();
    drop(connection);
    let error = export_mlflow(folder.path(), &mut jobs).unwrap_err();
    assert!(matches!(error, ExportError::OthersRuns { runs: 1, .. }), "{error}");
    assert_eq!(lines(folder.path(), "SELECT count(*) FROM runs"), "2");
}
