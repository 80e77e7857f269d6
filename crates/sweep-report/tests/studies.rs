//! Studies over seeds, as people and programs see them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{Activation, DataSetRecord, Evidence, JobRecord, ModelKind, Predictions, SnapshotKind};
use sweep_report::{
    Format, ReportOptions, best_report, jobs_report,
    study::{Axis, Reading, Repeats, StudyOptions, StudyTable, left_out, study_report, wavering_jobs},
    top_jobs,
};

const TRIALS: usize = 200;

/// Two classes that alternate, of ten subjects.
fn data() -> DataSetRecord {
    DataSetRecord {
        train_trials: 400,
        test_subjects: Some((0..TRIALS).map(|trial| (trial % 10) as i64).collect()),
        ..data_set((0..TRIALS).map(|trial| (trial % 2) as u32).collect())
    }
}

/// A finished job whose last epoch has all but `wrong` trials right: the last ones of the set.
fn job(model: ModelKind, activation: Activation, seed: u64, wrong: usize) -> (JobRecord, Predictions) {
    let accuracy = (TRIALS - wrong) as f64 / TRIALS as f64;
    let mut spec = spec(model, activation);
    spec.seed = seed;
    let mut job = finished(spec, accuracy + 0.02, 40);
    job.last = Some(epoch(job.spec.epochs, accuracy, None));
    let logits = (0..TRIALS).flat_map(|trial| {
        let is_right = trial < TRIALS - wrong;
        let is_first = (trial % 2 == 0) == is_right;
        if is_first { [1.0, 0.0] } else { [0.0, 1.0] }
    });
    (job, Predictions { classes: 2, logits: logits.collect() })
}

fn evidence(jobs: Vec<(JobRecord, Predictions)>) -> Evidence {
    let mut evidence = Evidence { tail_epochs: 10, ..Evidence::default() };
    evidence.data_sets.insert(bci3b().identity, data());
    for (job, predictions) in jobs {
        evidence.predictions.insert((job.id, SnapshotKind::Last), predictions);
        // It wavers around its last accuracy without learning anything.
        let last = job.last.unwrap().test.accuracy;
        let curve = (1..=40).map(|at| epoch(at, last + if at % 2 == 0 { 0.01 } else { -0.01 }, None));
        evidence.curves.insert(job.id, curve.collect());
        evidence.tails.insert(job.id, last);
        evidence.jobs.push(job);
    }
    evidence
}

/// Wrong trials of each of five seeds.
const RELU_WRONG: [usize; 5] = [30, 32, 28, 31, 29];
const ELU_WRONG: [usize; 5] = [50, 52, 48, 51, 49];
const LEAKY_WRONG: [usize; 5] = [31, 30, 33, 27, 28];

fn grid(model: ModelKind) -> Vec<(JobRecord, Predictions)> {
    let setting = |activation, wrong: [usize; 5]| {
        (0..5).map(move |seed| job(model, activation, seed, wrong[seed as usize]))
    };
    setting(RELU, RELU_WRONG).chain(setting(LEAKY, LEAKY_WRONG)).chain(setting(ELU, ELU_WRONG)).collect()
}

fn study(evidence: &Evidence, study: &StudyOptions, format: Format, width: usize) -> String {
    let mut out = Vec::new();
    study_report(evidence, study, &ReportOptions { format, width, ..ReportOptions::default() }, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn seeds_tell_what_is_real() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let options = StudyOptions { repeats: Repeats::Each, ..StudyOptions::default() };
    insta::assert_snapshot!("study_table", study(&evidence, &options, Format::Table, 110));
    insta::assert_snapshot!("study_markdown", study(&evidence, &options, Format::Markdown, 100));
    insta::assert_snapshot!("study_latex", study(&evidence, &options, Format::Latex, 100));
    for (name, table) in [
        ("settings", StudyTable::Settings),
        ("comparisons", StudyTable::Comparisons),
        ("effects", StudyTable::Effects),
    ] {
        let options = StudyOptions { table, ..StudyOptions::default() };
        insta::assert_snapshot!(format!("study_{name}_csv"), study(&evidence, &options, Format::Csv, 100));
    }
}

#[test]
fn two_axes_have_effects() {
    let mut jobs = grid(ModelKind::EegNet);
    jobs.extend(grid(ModelKind::DeepConvNet));
    let options = StudyOptions { axes: vec![Axis::Model, Axis::Activation], ..StudyOptions::default() };
    let evidence = evidence(jobs);
    insta::assert_snapshot!("study_effects", study(&evidence, &options, Format::Table, 100));
    let options = StudyOptions { table: StudyTable::Effects, ..options };
    insta::assert_snapshot!("study_effects_json", study(&evidence, &options, Format::Json, 100));
}

#[test]
fn single_jobs_are_compared_on_their_trials() {
    let jobs = vec![job(ModelKind::EegNet, RELU, 0, 30), job(ModelKind::EegNet, ELU, 0, 60)];
    let text = study(&evidence(jobs), &StudyOptions::default(), Format::Table, 100);
    insta::assert_snapshot!("study_single_jobs", text);
}

#[test]
fn two_seeds_cannot_tell_a_difference() {
    let two = |activation, wrong: [usize; 5]| {
        (0..2).map(move |seed| job(ModelKind::EegNet, activation, seed, wrong[seed as usize]))
    };
    let jobs = two(RELU, RELU_WRONG).chain(two(ELU, ELU_WRONG)).collect();
    let text = study(&evidence(jobs), &StudyOptions::default(), Format::Table, 100);
    assert!(text.contains("too few seeds to tell"), "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("no difference, however large, can reach p < 0.05: 4 seeds each can."), "{text}");
}

#[test]
fn what_is_missing_is_left_out() {
    let mut jobs: Vec<_> = grid(ModelKind::EegNet).into_iter().map(|(job, _)| job).collect();
    jobs[0] = queued(jobs[0].spec.clone());
    let evidence = Evidence { jobs, ..Evidence::default() };
    insta::assert_snapshot!(
        "study_little_evidence",
        study(&evidence, &StudyOptions::default(), Format::Table, 60)
    );
    let options = StudyOptions { reading: Some(Reading::Selected), ..StudyOptions::default() };
    let text = study(&evidence, &options, Format::Table, 100);
    assert!(!text.contains("Differences"), "{text}");
    assert_eq!(study(&Evidence::default(), &StudyOptions::default(), Format::Table, 100), "");
}

#[test]
fn the_table_of_the_lab_has_every_reading_beside_it() {
    let mut out = Vec::new();
    best_report(&evidence(grid(ModelKind::EegNet)), &ReportOptions::default(), &mut out).unwrap();
    insta::assert_snapshot!("best_with_readings", String::from_utf8(out).unwrap());
}

#[test]
fn the_best_settings_are_shown_with_the_warning_that_they_were_chosen() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let options = StudyOptions { top: Some(2), ..StudyOptions::default() };
    insta::assert_snapshot!("study_top", study(&evidence, &options, Format::Table, 100));
    assert_eq!(left_out(&evidence, &options, None).len(), 1);
    let all = StudyOptions { top: Some(9), table: StudyTable::Comparisons, ..StudyOptions::default() };
    assert_eq!(study(&evidence, &all, Format::Csv, 100).lines().count(), 1 + 3);
    let two = StudyOptions { top: Some(2), ..all };
    assert_eq!(study(&evidence, &two, Format::Csv, 100).lines().count(), 1 + 1);
}

#[test]
fn too_many_settings_are_not_compared() {
    let jobs = (0..201).map(|place| {
        let mut spec = spec(ModelKind::EegNet, RELU);
        spec.learning_rate = 1e-4 * f64::from(place + 1);
        finished(spec, 0.5 + f64::from(place) / 1000.0, 40)
    });
    let evidence = Evidence { jobs: jobs.collect(), ..Evidence::default() };
    let options = StudyOptions { top: Some(3), ..StudyOptions::default() };
    insta::assert_snapshot!("study_many", study(&evidence, &options, Format::Table, 100));
}

#[test]
fn the_best_jobs_come_first_with_the_warning_that_they_were_chosen() {
    let evidence = evidence(grid(ModelKind::EegNet));
    let top = top_jobs(&evidence, None, 3);
    let accuracies: Vec<f64> = top.jobs.iter().map(|job| job.last.unwrap().test.accuracy).collect();
    assert_eq!(accuracies, [0.865, 0.86, 0.86]);
    let mut out = Vec::new();
    let options = ReportOptions { notes: vec![top.note], ..ReportOptions::default() };
    jobs_report(&top.jobs, &options, &mut out).unwrap();
    insta::assert_snapshot!("top_jobs", String::from_utf8(out).unwrap());
    let all = top_jobs(&evidence, Some(Reading::Best), 99);
    assert_eq!(all.jobs.len(), 15);
    assert!(all.note.starts_with("All 15 jobs that are finished"), "{}", all.note);
}

#[test]
fn noise_is_looked_for_where_seeds_fill_a_cell() {
    let jobs =
        |count: u64| (0..count).map(|seed| job(ModelKind::EegNet, RELU, seed, 30).0).collect::<Vec<_>>();
    assert_eq!(wavering_jobs(&jobs(30)).len(), 30);
    assert_eq!(wavering_jobs(&jobs(31)), []);
    assert_eq!(wavering_jobs(&[queued(spec(ModelKind::EegNet, RELU))]), []);
}

#[test]
fn a_rise_is_not_explained_by_noise() {
    let mut evidence = evidence(grid(ModelKind::EegNet));
    let best = |evidence: &Evidence| {
        let mut out = Vec::new();
        best_report(evidence, &ReportOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!best(&evidence).contains("rise"));
    // Three of the five ReLU jobs learn to the end: by 0.4 points an epoch.
    for job in &evidence.jobs[..3] {
        for epoch in evidence.curves.get_mut(&job.id).unwrap() {
            epoch.test.accuracy += 0.004 * (f64::from(epoch.epoch) - 40.0);
        }
    }
    let text = best(&evidence);
    let row = text.split("EEGNet ReLU 87.00").nth(1).unwrap().split("EEGNet").next().unwrap();
    assert!(row.contains("up to") && !row.contains("all of it"), "{row}");
    assert!(text.contains("3 of 15 curves still rise in the last half"), "{text}");
}
