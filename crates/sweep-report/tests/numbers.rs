//! Numbers in tables for people: few digits, but never two that look the same; and losses that no sensible training has.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{Evidence, JobRecord, JobView, ModelKind};
use sweep_report::{
    Format, ReportOptions, ShowOptions, job_report, jobs_report,
    study::{StudyOptions, study_report},
};

/// Finished jobs that differ in their learning rates.
fn jobs(rates: &[f64]) -> Vec<JobRecord> {
    let of_rate = |rate: &f64| {
        let mut spec = spec(ModelKind::EegNet, RELU);
        spec.learning_rate = *rate;
        finished(spec, 0.75, 10)
    };
    rates.iter().map(of_rate).collect()
}

fn options(format: Format) -> ReportOptions {
    ReportOptions { format, width: 110, ..ReportOptions::default() }
}

fn table(jobs: &[JobRecord], format: Format) -> String {
    let mut out = Vec::new();
    jobs_report(jobs, &options(format), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn study(jobs: Vec<JobRecord>) -> String {
    let mut evidence = Evidence { tail_epochs: 10, ..Evidence::default() };
    evidence.data_sets.insert(bci3b().identity, data_set(vec![0, 1, 0, 1]));
    evidence.jobs = jobs;
    let mut out = Vec::new();
    study_report(&evidence, &StudyOptions::default(), &options(Format::Table), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn rates_of_a_logarithmic_range_have_four_digits_for_people_and_all_for_programs() {
    let jobs = jobs(&[0.001, 0.004_641_588_833_61, 0.1]);
    for text in [table(&jobs, Format::Table), table(&jobs, Format::Markdown), study(jobs.clone())] {
        assert!(text.contains("0.004642 ") && !text.contains("0.0046415"), "{text}");
    }
    assert!(table(&jobs, Format::Csv).contains("0.00464158883361"));
}

#[test]
fn rates_that_would_look_the_same_keep_the_digits_that_tell_them_apart() {
    let jobs = jobs(&[0.004_641_588_833_61, 0.004_641_688_833_61]);
    for text in [table(&jobs, Format::Table), study(jobs.clone())] {
        assert!(text.contains("0.0046416 ") && text.contains("0.0046417 "), "{text}");
    }
}

#[test]
fn a_job_that_finished_although_it_blew_up_is_not_passed_over_in_silence() {
    let mut jobs = jobs(&[0.001, 10.0]);
    assert!(!table(&jobs, Format::Table).contains("blew up"));
    jobs[1].last.as_mut().unwrap().train.loss = 1.122_871e18;
    let words = "1 finished job ends with a train loss above 10 (up to 1.12e18): its training blew up";
    let unwrapped = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped(table(&jobs, Format::Table)).contains(words));
    assert!(unwrapped(study(jobs.clone())).contains(words));

    let job = jobs.remove(0);
    let mut view =
        views::view(job, &views::data(20, 2, None), &views::curve(8, 4, 0.8), |trial| trial % 4 > 0);
    assert!(!shown(&view).contains("blew up"));
    view.job.last.as_mut().unwrap().train.loss = 1.122_871e18;
    assert!(unwrapped(shown(&view)).contains(words));
}

fn shown(view: &JobView) -> String {
    let mut out = Vec::new();
    job_report(view, &ShowOptions::default(), &options(Format::Table), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
