//! Signal that the sets of a data set share: every report says so, once for each data set.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::collections::HashMap;

use scene::*;
use sweep_job::{
    DataSetRecord, Evidence, JobRecord, JobView, Leaks, ModelKind, RunDetails, SharedExample, SharedTrials,
};
use sweep_report::{
    CompareOptions, Format, ReportOptions, ShowOptions, best_report, comparison_report, job_report,
    jobs_report,
    page::{Page, page_report},
    study::{StudyOptions, left_out, study_report},
};

const WARNING: &str = "43 of 90 test trials share signal with train trials (test trial 3 and train trial 17, counted from 0, share 240 of 750 \
                       samples): the test accuracy overstates what the network does on new data.";

fn leaks() -> Leaks {
    let example = Some(SharedExample { trial: 3, other_trial: 17, samples: 240 });
    Leaks {
        trial_samples: 750,
        test_with_train: SharedTrials { trials: 90, shared: 43, identical: 0, example },
        ..Leaks::default()
    }
}

fn data(leaks: Option<Leaks>) -> DataSetRecord {
    DataSetRecord { leaks, ..views::data(90, 2, None) }
}

fn evidence(leaks: Option<Leaks>) -> Evidence {
    let job = |activation| {
        let mut job = finished(spec(ModelKind::EegNet, activation), 0.9, 40);
        job.data.leaks = leaks;
        job
    };
    let mut evidence = Evidence { jobs: vec![job(RELU), job(ELU)], tail_epochs: 10, ..Evidence::default() };
    evidence.data_sets.insert(bci3b().identity, data(leaks));
    evidence
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn view(job: &JobRecord, leaks: Option<Leaks>) -> JobView {
    views::view(job.clone(), &data(leaks), &[0.5, 0.9], |trial| trial > 8)
}

/// Each report in a form.
fn reports(leaks: Option<Leaks>, format: Format) -> Vec<(&'static str, String)> {
    let evidence = evidence(leaks);
    let options = ReportOptions { format, ..ReportOptions::default() };
    let [first, second] = [0, 1].map(|job| view(&evidence.jobs[job], leaks));
    let mut texts = vec![Vec::new(); 5];
    best_report(&evidence, &options, &mut texts[0]).unwrap();
    study_report(&evidence, &StudyOptions::default(), &options, &mut texts[1]).unwrap();
    jobs_report(&evidence.jobs, &options, &mut texts[2]).unwrap();
    job_report(&first, &ShowOptions::default(), &options, &mut texts[3]).unwrap();
    comparison_report(&first, &second, &CompareOptions::default(), &options, &mut texts[4]).unwrap();
    let names = ["best", "study", "jobs", "show", "compare"];
    names.into_iter().zip(texts.into_iter().map(|text| String::from_utf8(text).unwrap())).collect()
}

#[test]
fn every_report_for_people_says_it_once() {
    for format in [Format::Table, Format::Markdown, Format::Html] {
        for (name, text) in reports(Some(leaks()), format) {
            let told = words(&text).matches(&format!("warning: {WARNING}")).count();
            assert_eq!(told, 1, "{name} {format:?}: {text}");
        }
        for (name, text) in reports(Some(Leaks::default()), format) {
            assert!(!text.contains("warning"), "{name} {format:?}: {text}");
        }
    }
}

#[test]
fn rows_for_programs_have_a_column() {
    let column = |leaks: Option<Leaks>| {
        let csv = reports(leaks, Format::Csv).remove(2).1;
        let mut lines = csv.lines();
        let head = lines.next().unwrap();
        let from_end =
            head.split(',').rev().position(|name| name == "test_trials_shared_with_train").unwrap();
        // Unlike titles, no field after it has a comma.
        let row = lines.next().unwrap();
        row.rsplit(',').nth(from_end).unwrap().to_owned()
    };
    assert_eq!(column(Some(leaks())), "43");
    assert_eq!(column(Some(Leaks::default())), "0");
    assert_eq!(column(None), "", "nobody has checked");
    let told = left_out(&evidence(Some(leaks())), &StudyOptions::default(), None);
    assert!(told[0].starts_with(WARNING), "{told:?}");
}

#[test]
fn a_page_says_it_once() {
    let evidence = evidence(Some(leaks()));
    let details = RunDetails {
        command_line: "sweep report --html".into(),
        program_version: "0.1.0".into(),
        git_commit: None,
        compiler: "rustc".into(),
        target: "here".into(),
        features: String::new(),
    };
    let page = Page {
        evidence: &evidence,
        study: &StudyOptions::default(),
        notes: &[],
        sweep: None,
        sweeps: &[],
        runs: &HashMap::new(),
        database: "results.db",
        made_at: "2026-03-03T12:00:00",
        made_by: &details,
    };
    let mut out = Vec::new();
    page_report(&page, &mut out).unwrap();
    let text = words(&String::from_utf8(out).unwrap());
    assert_eq!(text.matches(WARNING).count(), 1);
    // In the facts about the data.
    assert_eq!(text.matches("43 of 90 test trials share signal with train trials").count(), 2);
}
