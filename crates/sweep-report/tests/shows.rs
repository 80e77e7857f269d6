//! Everything about one job, as people see it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{
    AttemptRecord, DataSetRecord, DataSource, DataSpec, FailureReason, JobRecord, JobStatus, JobView,
    ModelKind, Predictions, ProcessIdentity, RunDetails, RunId, RunLife, RunRecord, Scale, Snapshot,
    SnapshotKind, WeightsFile,
};
use sweep_report::{Format, ReportOptions, job_report};

fn data() -> DataSetRecord {
    DataSetRecord {
        identity: bci3b().identity,
        spec: DataSpec {
            source: DataSource::Synthetic { seed: 0 },
            validation: 0.2,
            validation_seed: 0,
            scale: Scale::None,
            limit: None,
        },
        title: bci3b().title,
        channels: 2,
        samples: 750,
        sampling_rate_hz: Some(125.0),
        classes: vec![1, 2],
        train_trials: 864,
        validation_trials: 216,
        test_labels: vec![0, 1, 1, 0],
        test_subjects: None,
    }
}

fn attempt(number: u32, job: &JobRecord, ending: &str, reason: Option<&str>) -> AttemptRecord {
    AttemptRecord {
        number,
        run: Some(RunId(7)),
        provenance: job.provenance.clone().unwrap(),
        started_at: "2026-03-01T12:00:01.000Z".into(),
        ended_at: Some("2026-03-01T12:25:02.250Z".into()),
        ending: Some(ending.into()),
        reason: reason.map(str::to_owned),
    }
}

fn run() -> RunRecord {
    RunRecord {
        id: RunId(7),
        process: ProcessIdentity { host: "lab".into(), boot_id: None, process: 42, process_started: None },
        details: RunDetails {
            command_line: "sweep run sweeps/lab2.toml".into(),
            program_version: "0.1.0".into(),
            git_commit: Some("0123abc".into()),
            compiler: "rustc 1.95.0".into(),
            target: "x86_64-unknown-linux-gnu".into(),
            features: "cuda".into(),
        },
        started_at: "2026-03-01T12:00:00.000Z".into(),
        ended_at: None,
        life: RunLife::Alive,
        jobs: 1,
    }
}

fn finished_view() -> JobView {
    let job = finished(spec(ModelKind::EegNet, ELU), 0.75, 3);
    let job = with_validation(JobRecord { last: Some(epoch(4, 0.5, Some(0.7))), ..job }, 0.8, 0.5, 2);
    let snapshot = |name: &str, epoch: u32| Snapshot {
        epoch,
        test: job.last.unwrap().test,
        weights: WeightsFile { file: format!("{}/{name}.safetensors", job.id), sha256: "ab".repeat(32) },
        predictions: Predictions { classes: 2, logits: vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0] },
    };
    JobView {
        data: data(),
        epochs: (1..=4).map(|at| epoch(at, [0.5, 0.5, 0.75, 0.5][at as usize - 1], Some(0.7))).collect(),
        attempts: vec![
            attempt(1, &job, "failed", Some("worker died: signal 9")),
            attempt(2, &job, "finished", None),
        ],
        run: Some(run()),
        snapshots: vec![
            (SnapshotKind::Best, snapshot("best", 3)),
            (SnapshotKind::Selected, snapshot("selected", 2)),
            (SnapshotKind::Last, snapshot("last", 4)),
        ],
        weights_dir: "results.weights".into(),
        job,
    }
}

fn show(view: &JobView, format: Format, width: usize) -> String {
    let mut out = Vec::new();
    job_report(view, &ReportOptions { format, width, ..ReportOptions::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_finished_job_in_every_form() {
    let view = finished_view();
    insta::assert_snapshot!("show_table", show(&view, Format::Table, 100));
    insta::assert_snapshot!("show_table_60", show(&view, Format::Table, 60));
    insta::assert_snapshot!("show_markdown", show(&view, Format::Markdown, 100));
    insta::assert_snapshot!("show_latex", show(&view, Format::Latex, 100));
    insta::assert_snapshot!("show_csv", show(&view, Format::Csv, 100));
}

#[test]
fn a_job_that_never_ran_has_no_results() {
    let view = JobView {
        job: queued(spec(ModelKind::DeepConvNet, RELU)),
        epochs: Vec::new(),
        attempts: Vec::new(),
        run: None,
        snapshots: Vec::new(),
        ..finished_view()
    };
    insta::assert_snapshot!("show_queued", show(&view, Format::Table, 100));
}

#[test]
fn a_failed_job_says_why() {
    let mut view = finished_view();
    view.job.status = JobStatus::Failed(FailureReason::WorkerDied { how: "signal 9".into() });
    let text = show(&view, Format::Table, 100);
    assert!(text.contains("reason     worker died: signal 9"), "{text}");
}
