//! The reports as people and programs see them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{
    DataIdentity, Evidence, FailureReason, JobRecord, JobSpec, JobStatus, LossKind, ModelKind, Optimizer,
};
use sweep_report::{Format, ReportOptions, best_report, jobs_report};

const EEGNET: ModelKind = ModelKind::EegNet;
const DEEP: ModelKind = ModelKind::DeepConvNet;

fn options(format: Format, width: usize) -> ReportOptions {
    ReportOptions { format, width, ..ReportOptions::default() }
}

fn best(jobs: &[JobRecord], format: Format, width: usize) -> String {
    let mut out = Vec::new();
    let evidence = Evidence { jobs: jobs.to_vec(), ..Evidence::default() };
    best_report(&evidence, &options(format, width), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn rows(jobs: &[JobRecord], format: Format, width: usize) -> String {
    let mut out = Vec::new();
    jobs_report(jobs, &options(format, width), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn with(spec: JobSpec, change: impl FnOnce(&mut JobSpec)) -> JobSpec {
    let mut spec = spec;
    change(&mut spec);
    spec
}

fn failed(spec: JobSpec, reason: FailureReason) -> JobRecord {
    JobRecord { status: JobStatus::Failed(reason), ..running(spec, 2, (0.51, 1)) }
}

fn diverged() -> FailureReason {
    FailureReason::Diverged { epoch: 3, step: 7, loss: LossKind::Train }
}

/// Every state that a cell can be in.
fn mixed() -> Vec<JobRecord> {
    let seed = |model, activation, seed| with(spec(model, activation), |spec| spec.seed = seed);
    vec![
        finished(seed(EEGNET, RELU, 0), 0.8722, 612),
        finished(seed(EEGNET, RELU, 1), 0.8815, 301),
        finished(seed(EEGNET, LEAKY, 0), 0.8870, 1015),
        running(seed(EEGNET, LEAKY, 1), 312, (0.9, 300)),
        queued(seed(EEGNET, LEAKY, 2)),
        queued(seed(DEEP, RELU, 0)),
        failed(seed(DEEP, LEAKY, 0), diverged()),
        running(seed(DEEP, ELU, 0), 312, (0.8, 200)),
    ]
}

/// One job of every status.
fn of_every_status() -> Vec<JobRecord> {
    let seed = |seed| with(spec(EEGNET, RELU), |spec| spec.seed = seed);
    vec![
        queued(seed(0)),
        running(seed(1), 312, (0.9, 300)),
        finished(seed(2), 0.8722, 612),
        failed(seed(3), FailureReason::Error { message: "no space left".into() }),
        failed(seed(4), diverged()),
        failed(seed(5), FailureReason::Cancelled),
    ]
}

/// Two seeds a model, with a validation set: the best on the test set is another than the selected one.
fn validated() -> Vec<JobRecord> {
    let seed = |model, seed| with(spec(model, ELU), |spec| spec.seed = seed);
    vec![
        with_validation(finished(seed(EEGNET, 0), 0.8722, 612), 0.85, 0.8611, 400),
        with_validation(finished(seed(EEGNET, 1), 0.8815, 301), 0.84, 0.8704, 280),
        with_validation(finished(seed(DEEP, 0), 0.8306, 801), 0.81, 0.8120, 790),
        with_validation(running(seed(DEEP, 1), 312, (0.8, 200)), 0.80, 0.79, 150),
    ]
}

/// One sweep on two data sets, and a job that two sweeps share.
fn several() -> Vec<JobRecord> {
    let mut jobs = lab();
    jobs.truncate(2);
    jobs[1].sweeps.push("activations".into());
    for mut job in lab().into_iter().take(2) {
        job.data = synthetic();
        job.spec.epochs = 40;
        job.id = sweep_job::JobId::new(&job.spec, &job.data.identity);
        jobs.push(job);
    }
    jobs
}

#[test]
fn the_table_of_the_lab() {
    insta::assert_snapshot!("best_lab_table", best(&lab(), Format::Table, 100));
    insta::assert_snapshot!("best_lab_markdown", best(&lab(), Format::Markdown, 100));
    insta::assert_snapshot!("best_lab_csv", best(&lab(), Format::Csv, 100));
    insta::assert_snapshot!("best_lab_json", best(&lab(), Format::Json, 100));
}

#[test]
fn every_state_of_a_cell_is_marked() {
    insta::assert_snapshot!("best_mixed_table", best(&mixed(), Format::Table, 100));
    insta::assert_snapshot!("best_mixed_table_60", best(&mixed(), Format::Table, 60));
    insta::assert_snapshot!("best_mixed_latex", best(&mixed(), Format::Latex, 100));
    insta::assert_snapshot!("best_mixed_markdown", best(&mixed(), Format::Markdown, 100));
    insta::assert_snapshot!("best_mixed_csv", best(&mixed(), Format::Csv, 100));
    insta::assert_snapshot!("best_mixed_json", best(&mixed(), Format::Json, 100));
}

#[test]
fn a_cell_names_every_status() {
    let seed = |seed| with(spec(EEGNET, RELU), |spec| spec.seed = seed);
    let cell = |jobs: &[JobRecord]| best(jobs, Format::Table, 100);
    let nothing =
        [failed(seed(0), FailureReason::Cancelled), failed(seed(1), diverged()), failed(seed(2), diverged())];
    let text = cell(&nothing);
    assert!(text.contains("0 of 3 finished, 2 diverged, 1 cancelled"), "{text}");
    assert!(!text.contains("failed"), "{text}");
    let text = cell(&of_every_status());
    assert!(text.contains("1 of 6 finished, 1 running, 1 failed, 1 diverged, 1 cancelled"), "{text}");
    let some = [finished(seed(3), 0.8, 40), nothing[0].clone()];
    assert!(cell(&some).contains("(best of 1, 1 cancelled)"), "{}", cell(&some));
    let rows = best(&of_every_status(), Format::Csv, 100);
    assert!(
        rows.starts_with("sweep,") && rows.contains(",failed_jobs,diverged_jobs,cancelled_jobs,"),
        "{rows}"
    );
    assert!(rows.contains(",6,1,1,1,1,1,1,"), "{rows}");
}

#[test]
fn settings_of_some_jobs_are_not_said_of_all() {
    let jobs: Vec<JobRecord> = lab();
    let heads = |jobs: &[JobRecord]| -> Vec<String> {
        let text = rows(jobs, Format::Markdown, 100);
        text.lines().filter(|line| line.contains(" with ")).map(str::to_owned).collect()
    };
    let lines = heads(&jobs);
    assert!(
        lines[0].starts_with("All with ") && !lines[0].contains("slope") && !lines[0].contains("alpha"),
        "{lines:#?}"
    );
    assert!(lines[0].contains("shuffle true"), "{lines:#?}");
    for line in ["LeakyReLU with slope 0.01.", "ELU with alpha 1.", "EEGNet with batch_size 108, dropout"] {
        assert!(lines.iter().any(|found| found.starts_with(line)), "no {line:?}: {lines:#?}");
    }
    // Of one activation alone, all have it.
    let leaky: Vec<JobRecord> = jobs.into_iter().filter(|job| job.spec.activation == LEAKY).collect();
    assert!(heads(&leaky)[0].contains("slope 0.01"), "{:#?}", heads(&leaky));
    // Optimizers with settings of their own.
    let sgd = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    let mixed = [leaky[0].clone(), finished(with(spec(EEGNET, LEAKY), |spec| spec.optimizer = sgd), 0.8, 40)];
    let lines = heads(&mixed);
    assert!(!lines[0].contains("momentum") && !lines[0].contains("beta1"), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("optimizer sgd with momentum 0.9, nesterov true.")),
        "{lines:#?}"
    );
}

#[test]
fn paths_are_no_headings() {
    let mut jobs = lab();
    for job in &mut jobs {
        job.data.title = "/home/me/eeg/train.npz, /home/me/eeg/test.npz".into();
    }
    for format in [Format::Table, Format::Markdown, Format::Latex, Format::Html] {
        let text = best(&jobs, format, 100);
        assert!(text.contains("train.npz, test.npz") && !text.contains("/home"), "{text}");
    }
    assert!(best(&jobs, Format::Csv, 100).contains("/home/me/eeg/train.npz"), "programs get all");
}

#[test]
fn an_unfinished_job_never_gives_a_cell_its_figure() {
    // The running LeakyReLU job has 90 % already.
    assert!(!best(&mixed(), Format::Table, 100).contains("90.00 %"));
    assert!(!best(&mixed(), Format::Csv, 100).contains("0.9"));
}

#[test]
fn a_validation_set_selects_without_the_test_set() {
    insta::assert_snapshot!("best_validated_table", best(&validated(), Format::Table, 100));
    insta::assert_snapshot!("best_validated_csv", best(&validated(), Format::Csv, 100));
}

#[test]
fn data_sets_and_sweeps_never_share_a_table() {
    insta::assert_snapshot!("best_several_table", best(&several(), Format::Table, 100));
    let mut doubles = several();
    doubles[2].data = scene::bci3b();
    doubles[2].data.identity = DataIdentity("cd".repeat(32));
    doubles.truncate(3);
    let text = best(&doubles, Format::Table, 100);
    assert!(text.contains("(data abababababab)") && text.contains("(data cdcdcdcdcdcd)"), "{text}");
}

#[test]
fn results_of_two_revisions_of_the_arithmetic_are_warned_of() {
    let mut jobs = lab();
    let text = |jobs: &[JobRecord]| best(jobs, Format::Table, 100).replace('\n', " ");
    assert!(!text(&jobs).contains("revisions of the arithmetic"));
    jobs[2].provenance.as_mut().unwrap().arithmetic += 1;
    let warning = "(5 jobs of revision 1, 1 job of revision 2)";
    assert!(text(&jobs).contains(warning), "{}", text(&jobs));
}

#[test]
fn a_report_can_be_about_one_sweep() {
    let only = ReportOptions { sweep: Some("activations".into()), ..options(Format::Csv, 100) };
    let mut out = Vec::new();
    best_report(&Evidence { jobs: several(), ..Evidence::default() }, &only, &mut out).unwrap();
    let text = String::from_utf8(std::mem::take(&mut out)).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    jobs_report(&several(), &only, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2);
}

#[test]
fn every_status_that_occurs_is_counted() {
    insta::assert_snapshot!("jobs_of_every_status_table", rows(&of_every_status(), Format::Table, 110));
}

#[test]
fn a_row_a_job() {
    insta::assert_snapshot!("jobs_mixed_table", rows(&mixed(), Format::Table, 110));
    insta::assert_snapshot!("jobs_mixed_table_80", rows(&mixed(), Format::Table, 80));
    insta::assert_snapshot!("jobs_mixed_table_60", rows(&mixed(), Format::Table, 60));
    insta::assert_snapshot!("jobs_mixed_latex", rows(&mixed(), Format::Latex, 100));
    insta::assert_snapshot!("jobs_mixed_markdown", rows(&mixed(), Format::Markdown, 100));
    insta::assert_snapshot!("jobs_mixed_csv", rows(&mixed(), Format::Csv, 100));
    insta::assert_snapshot!("jobs_lab_json", rows(&lab()[..1], Format::Json, 100));
    insta::assert_snapshot!("jobs_validated_table", rows(&validated(), Format::Table, 120));
}

#[test]
fn settings_that_vary_are_columns_and_the_others_are_told_once() {
    let sgd = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    let jobs = [
        finished(spec(EEGNET, RELU), 0.8, 3),
        finished(with(spec(EEGNET, RELU), |spec| spec.learning_rate = 1e-4), 0.81, 4),
        finished(with(spec(EEGNET, RELU), |spec| spec.optimizer = sgd), 0.82, 5),
    ];
    insta::assert_snapshot!("jobs_settings_table", rows(&jobs, Format::Table, 120));
}

#[test]
fn reasons_are_given_in_full() {
    let message = "initial weights: `classify.0.bias` has 3 numbers, and 2 were expected".to_owned();
    let jobs = [
        failed(spec(EEGNET, RELU), FailureReason::WorkerDied { how: "signal 9".into() }),
        failed(spec(EEGNET, ELU), FailureReason::Unsuitable { message }),
        failed(spec(DEEP, ELU), FailureReason::Error { message: "the disk\nis \u{1b}[31mfull".into() }),
    ];
    insta::assert_snapshot!("best_failed_table", best(&jobs, Format::Table, 100));
    insta::assert_snapshot!("jobs_failed_table", rows(&jobs, Format::Table, 100));
}

#[test]
fn one_is_not_several() {
    let one_epoch = [finished(with(spec(EEGNET, RELU), |spec| spec.epochs = 1), 0.8, 1)];
    let text = best(&one_epoch, Format::Table, 100);
    assert!(text.contains("over 1 epoch,"), "{text}");
    assert!(rows(&one_epoch, Format::Table, 100).contains("1 job: 1 finished"));
    let failing = |count: u64| -> Vec<JobRecord> {
        let seed = |seed| failed(with(spec(EEGNET, RELU), |spec| spec.seed = seed), diverged());
        (0..count).map(seed).collect()
    };
    assert!(!best(&failing(6), Format::Table, 100).contains("more job"));
    assert!(
        best(&failing(7), Format::Table, 100).contains("1 more job has no result: `sweep report` lists it\n")
    );
    assert!(
        best(&failing(8), Format::Table, 100)
            .contains("2 more jobs have no result: `sweep report` lists them\n")
    );
}

#[test]
fn no_jobs_are_no_table() {
    assert_eq!(best(&[], Format::Table, 100), "");
    assert_eq!(best(&[], Format::Json, 100), "[]\n");
    assert_eq!(rows(&[], Format::Csv, 100).lines().count(), 1);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 70, 80, 100, 140] {
        for jobs in [lab(), mixed(), validated(), several()] {
            for text in [best(&jobs, Format::Table, width), rows(&jobs, Format::Table, width)] {
                let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
                assert!(widest <= width, "{widest} > {width}\n{text}");
            }
        }
    }
}
