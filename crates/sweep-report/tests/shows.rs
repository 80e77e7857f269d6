//! Everything about one job, as people see it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{
    AttemptRecord, DataSetRecord, FailureReason, JobRecord, JobStatus, JobView, ModelKind, Predictions,
    ProcessIdentity, RunDetails, RunId, RunLife, RunRecord, Snapshot, SnapshotKind, WeightsFile,
};
use sweep_report::{Format, ReportOptions, ShowOptions, Subjects, figures::Blocks, job_report};

fn data() -> DataSetRecord {
    DataSetRecord { validation_trials: 216, ..data_set(vec![0, 1, 1, 0]) }
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
    let show = ShowOptions { curves: Some(Blocks::Unicode), ..ShowOptions::default() };
    show_with(view, &show, format, width)
}

fn show_with(view: &JobView, show: &ShowOptions, format: Format, width: usize) -> String {
    let mut out = Vec::new();
    job_report(view, show, &ReportOptions { format, width, ..ReportOptions::default() }, &mut out).unwrap();
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

/// A subject's number of wrong trials, of 20, is one less than its own number.
fn subjects_view(subjects: usize) -> JobView {
    let data = views::data(20 * subjects, 2, Some(20));
    let is_right = |trial: usize| trial % 20 >= trial / 20;
    let mut spec = spec(ModelKind::EegNet, RELU);
    spec.epochs = 40;
    views::view(finished(spec, 0.0, 1), &data, &views::curve(40, 10, 0.8), is_right)
}

#[test]
fn many_subjects_are_summarised_and_few_are_shown() {
    let view = subjects_view(15);
    let text = show(&view, Format::Table, 60);
    insta::assert_snapshot!("show_subjects_60", text);
    let too_wide = text.lines().find(|line| line.chars().count() > 60 && !line.starts_with("identity"));
    assert_eq!(too_wide, None);
    let all = ShowOptions { subjects: Subjects::Each, ..ShowOptions::default() };
    let rows = |text: &str| text.lines().filter(|line| line.contains("  20  ")).count();
    assert_eq!((rows(&text), rows(&show_with(&view, &all, Format::Table, 60))), (10, 15));
    assert_eq!(rows(&show(&subjects_view(12), Format::Table, 60)), 12);
    assert!(!show(&subjects_view(1), Format::Table, 60).contains("Subjects"), "one subject is the whole set");
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A network that names the first class for every trial, of data whose trials have these labels and subjects.
fn names_one_class(labels: Vec<u32>, subjects: Option<Vec<i64>>) -> JobView {
    let data = DataSetRecord { test_subjects: subjects, ..data_set(labels) };
    let job = finished(spec(ModelKind::EegNet, RELU), 0.0, 1);
    let is_right = data.test_labels.clone();
    views::view(job, &data, &[0.5, 0.5], move |trial| is_right[trial] == 0)
}

#[test]
fn subjects_are_judged_by_their_own_classes() {
    // Subject 1 has nine tenths of the first class, subject 2 one tenth: naming it is right in half of all trials.
    let labels = (0..200).map(|trial| u32::from(if trial < 100 { trial % 10 == 0 } else { trial % 10 != 0 }));
    let subjects = (0..200).map(|trial| 1 + i64::from(trial >= 100)).collect();
    let text = words(&show(&names_one_class(labels.collect(), Some(subjects)), Format::Table, 120));
    assert!(text.contains("0 of 2 are better than guessing, each at p < 0.05."), "{text}");
    assert!(text.contains("1 100 90.00 % 82.6 to 94.5 % 90.00 %"), "{text}");
    assert!(text.contains("The network names class 1 for every test trial"), "{text}");
    assert!(!text.contains("balanced accuracy"), "the classes are balanced: {text}");
}

#[test]
fn subjects_of_one_class_cannot_be_judged() {
    let labels = (0..40).map(|trial| u32::from(trial % 4 == 0 && trial < 20)).collect();
    let subjects = (0..40).map(|trial| 1 + i64::from(trial >= 20)).collect();
    let text = words(&show(&names_one_class(labels, Some(subjects)), Format::Table, 120));
    assert!(text.contains("0 of 1 are better than guessing"), "{text}");
    assert!(text.contains("1 subject has test trials of one class only"), "{text}");
}

#[test]
fn unbalanced_classes_are_told_beside_the_accuracy() {
    let labels = (0..100).map(|trial| u32::from(trial % 5 == 0)).collect();
    let text = words(&show(&names_one_class(labels, None), Format::Table, 120));
    assert!(
        text.contains("balanced accuracy 50.00 %, the mean recall of the classes; guessing has 50.00 %"),
        "{text}"
    );
    assert!(text.contains("not better than always naming the most frequent class (80.00 %)"), "{text}");
}

#[test]
fn a_test_set_of_one_class_gets_the_right_reason() {
    let text = words(&show(&names_one_class(vec![0; 400], None), Format::Table, 120));
    assert!(text.contains("cannot be told: all test trials are of one class"), "{text}");
    assert!(!text.contains("so few trials"), "{text}");
}

#[test]
fn settings_read_as_sweep_files_write_them() {
    let text = words(&show(&finished_view(), Format::Table, 100));
    assert!(text.contains("shuffle true"), "{text}");
}

#[test]
fn data_of_ones_own_have_a_short_title() {
    let mut view = finished_view();
    view.data.title = "/home/me/eeg/train.npz, /home/me/eeg/test.npz".into();
    let text = words(&show(&view, Format::Table, 120));
    assert!(
        text.contains("title train.npz, test.npz files /home/me/eeg/train.npz, /home/me/eeg/test.npz"),
        "{text}"
    );
}

#[test]
fn several_classes_have_their_own_rows() {
    let data = views::data(90, 3, None);
    let job = finished(spec(ModelKind::EegNet, RELU), 0.0, 1);
    let view = views::view(job, &data, &views::curve(5, 5, 0.8), |trial| trial % 5 != 0 && trial % 3 != 2);
    let text = show(&view, Format::Table, 80);
    let from = text.find("Results\n").unwrap();
    insta::assert_snapshot!("show_three_classes", &text[from..]);
}

#[test]
fn what_a_curve_does_is_said() {
    let luck = |accuracies: &[f64]| {
        let data = views::data(100, 2, None);
        let job = finished(spec(ModelKind::EegNet, RELU), 0.0, 1);
        let text = show(&views::view(job, &data, accuracies, |_| true), Format::Table, 200);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        words
            .split("chosen on the test set itself. ")
            .nth(1)
            .unwrap()
            .split(" Weights")
            .next()
            .unwrap()
            .to_owned()
    };
    let rising: Vec<f64> =
        views::curve(40, 0, 0.7).iter().zip(0..).map(|(flat, at)| flat + 0.002 * f64::from(at)).collect();
    let falling: Vec<f64> =
        views::curve(40, 0, 0.9).iter().zip(0..).map(|(flat, at)| flat - 0.002 * f64::from(at)).collect();
    let mut lucky = views::curve(40, 10, 0.8);
    lucky[25] = 0.9;
    let texts = [
        luck(&views::curve(40, 10, 0.8)),
        luck(&lucky),
        luck(&rising),
        luck(&falling),
        luck(&[0.5; 19]),
        luck(&[0.5; 20]),
    ];
    insta::assert_snapshot!("show_luck", texts.join("\n\n"));
}

#[test]
fn a_job_that_runs_has_no_predictions_yet() {
    let mut view = finished_view();
    view.job.status = JobStatus::Running;
    view.snapshots.clear();
    let text = show(&view, Format::Table, 100);
    assert!(text.contains("No predictions are recorded"), "{text}");
    assert!(text.contains("last "), "{text}");
}
