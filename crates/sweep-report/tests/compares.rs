//! Two jobs side by side, as people and programs see them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use proptest::prelude::*;
use scene::*;
use serde_json::Value;
use sweep_job::{DataIdentity, DataSetRecord, JobStatus, JobView, ModelKind};
use sweep_report::{
    CompareOptions, Format, ReportOptions, comparison_report, comparison_sections,
    figures::Blocks,
    statistics::{
        confusion::ConfusionMatrix,
        kappa::cohens_kappa,
        mcnemar::{PairedCounts, mcnemar},
        roc::roc_auc,
    },
    study::Reading,
};

fn compare(
    first: &JobView,
    second: &JobView,
    reading: Option<Reading>,
    format: Format,
    width: usize,
) -> String {
    let options = CompareOptions { reading, curves: Some(Blocks::Unicode), ..CompareOptions::default() };
    let mut out = Vec::new();
    comparison_report(
        first,
        second,
        &options,
        &ReportOptions { format, width, ..ReportOptions::default() },
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The verdict as one line.
fn verdict(first: &JobView, second: &JobView, reading: Option<Reading>) -> String {
    words(compare(first, second, reading, Format::Table, 100).split("\nVerdict\n").nth(1).unwrap())
}

fn job(activation: sweep_job::Activation, seed: u64, data: &DataSetRecord, wrong_every: usize) -> JobView {
    let mut spec = spec(ModelKind::EegNet, activation);
    (spec.seed, spec.epochs) = (seed, 40);
    let is_right = move |trial: usize| !trial.is_multiple_of(wrong_every);
    let right = (0..data.test_labels.len()).filter(|trial| is_right(*trial)).count();
    let level = right as f64 / data.test_labels.len() as f64;
    views::view(finished(spec, 0.0, 1), data, &views::curve(36, 10, level), is_right)
}

#[test]
fn two_settings_in_every_form() {
    let data = views::data(300, 2, Some(20));
    let (first, second) = (job(RELU, 0, &data, 4), job(LEAKY, 0, &data, 9));
    for width in [60, 80, 120] {
        let text = compare(&first, &second, None, Format::Table, width);
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        insta::assert_snapshot!(format!("compare_table_{width}"), text);
    }
    insta::assert_snapshot!("compare_markdown", compare(&first, &second, None, Format::Markdown, 100));
    insta::assert_snapshot!("compare_latex", compare(&first, &second, None, Format::Latex, 100));
    insta::assert_snapshot!("compare_csv", compare(&first, &second, None, Format::Csv, 100));
    insta::assert_snapshot!("compare_json", compare(&first, &second, None, Format::Json, 100));
    let sections = comparison_sections(&first, &second, &CompareOptions::default()).unwrap();
    let titles: Vec<&str> = sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles[1..], ["Results", "Trial by trial", "Verdict"]);
}

#[test]
fn seeds_alone_and_noise_are_named() {
    let data = views::data(60, 2, None);
    let (first, second) = (job(RELU, 0, &data, 10), job(RELU, 1, &data, 11));
    let text = compare(&first, &second, None, Format::Table, 100);
    assert!(text.contains("No setting differs but the seed: 0 and 1."), "{text}");
    let verdict = verdict(&first, &second, None);
    assert!(verdict.starts_with("Within noise:") && verdict.contains("(exact): p = 1.00"), "{verdict}");
    let other = JobView {
        data: DataSetRecord { identity: DataIdentity("00".repeat(32)), ..data.clone() },
        ..first.clone()
    };
    assert!(compare(&first, &other, None, Format::Table, 100).contains("All settings are the same."));
}

#[test]
fn what_cannot_be_compared_is_said_and_the_rest_is_shown() {
    let data = views::data(100, 2, None);
    let (first, second) = (job(RELU, 0, &data, 4), job(ELU, 0, &data, 9));
    let other =
        DataSetRecord { identity: DataIdentity("cd".repeat(32)), title: "another set".into(), ..data };
    let elsewhere = JobView { data: other, ..second.clone() };
    let text = compare(&first, &elsewhere, None, Format::Table, 100);
    insta::assert_snapshot!("compare_other_data", text);
    let json: Value = serde_json::from_str(&compare(&first, &elsewhere, None, Format::Json, 100)).unwrap();
    assert_eq!((&json[0]["verdict"], &json[0]["difference"]), (&Value::from("no-verdict"), &Value::Null));

    let mut running = second.clone();
    (running.job.status, running.snapshots) = (JobStatus::Running, Vec::new());
    let verdict_of_running = verdict(&first, &running, None);
    assert!(
        verdict_of_running.starts_with("No verdict: no predictions of B are recorded (running 36/40)."),
        "{verdict_of_running}"
    );
    let text = compare(&first, &running, None, Format::Table, 100);
    assert!(
        text.contains("best (optimistic)") && text.contains("B, test  ") && !text.contains("Trial by trial"),
        "{text}"
    );

    let waiting = JobView {
        job: queued(second.job.spec.clone()),
        epochs: Vec::new(),
        snapshots: Vec::new(),
        ..second.clone()
    };
    assert!(verdict(&waiting, &first, None).starts_with("No verdict: A has no finished epoch (queued)."));
    assert!(!compare(&waiting, &waiting, None, Format::Table, 100).contains("Results"));
    let mean = verdict(&first, &second, Some(Reading::MeanLast));
    assert!(mean.contains("a mean over epochs has no predictions"), "{mean}");
    let selected = verdict(&first, &second, Some(Reading::Selected));
    assert!(selected.contains("A has no reading `selected`"), "{selected}");
    let best = verdict(&first, &second, Some(Reading::Best));
    assert!(best.contains("B is better on these test trials.") && best.ends_with("optimistic."), "{best}");
}

/// A job of 60 trials that has those right.
fn job_right(data: &DataSetRecord, seed: u64, right: &[bool]) -> JobView {
    let mut spec = spec(ModelKind::EegNet, RELU);
    spec.seed = seed;
    let accuracy = right.iter().filter(|right| **right).count() as f64 / right.len() as f64;
    views::view(finished(spec, 0.0, 1), data, &[0.5, accuracy], |trial| right[trial])
}

fn row(first: &JobView, second: &JobView) -> Value {
    serde_json::from_str::<Value>(&compare(first, second, None, Format::Json, 100)).unwrap()[0].clone()
}

fn close(found: &Value, expected: f64) -> bool {
    (found.as_f64().unwrap() - expected).abs() < 1e-12
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_row_is_what_the_statistics_say(right in prop::collection::vec(any::<(bool, bool)>(), 60)) {
        let data = views::data(60, 2, Some(10));
        let (of_first, of_second): (Vec<bool>, Vec<bool>) = right.into_iter().unzip();
        let (first, second) = (job_right(&data, 0, &of_first), job_right(&data, 1, &of_second));
        let found = row(&first, &second);
        let test = mcnemar(&PairedCounts::new(&of_second, &of_first).unwrap(), 0.95).unwrap();
        prop_assert!(close(&found["difference"], test.difference));
        prop_assert!(close(&found["difference_low"], test.interval.low));
        prop_assert!(close(&found["difference_high"], test.interval.high));
        prop_assert!(close(&found["p_value"], test.p_value));
        let accuracies = [&found["first_test_accuracy"], &found["second_test_accuracy"]].map(|value| value.as_f64().unwrap());
        prop_assert!(close(&found["difference"], accuracies[1] - accuracies[0]));
        let counts = ["both_right", "only_first_right", "only_second_right", "both_wrong"].map(|name| found[name].as_u64().unwrap());
        prop_assert_eq!(counts.iter().sum::<u64>(), 60);
        prop_assert_eq!(counts[1], of_first.iter().zip(&of_second).filter(|(first, second)| **first && !**second).count() as u64);
        let labels: Vec<usize> = data.test_labels.iter().map(|label| *label as usize).collect();
        let logits = &first.snapshots[1].1.predictions.logits;
        let predicted: Vec<usize> = logits.chunks(2).map(|row| usize::from(row[1] > row[0])).collect();
        let kappa = cohens_kappa(&ConfusionMatrix::new(&labels, &predicted, 2).unwrap(), 0.95).unwrap();
        prop_assert!(close(&found["first_kappa"], kappa.kappa));
        let scores: Vec<f64> = logits.chunks(2).map(|row| f64::from(row[1]) - f64::from(row[0])).collect();
        let of_second_class: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
        prop_assert!(close(&found["first_roc_auc"], roc_auc(&scores, &of_second_class, 0.95).unwrap().area));
    }

    #[test]
    fn who_is_named_first_makes_no_difference(right in prop::collection::vec(any::<(bool, bool)>(), 60)) {
        let data = views::data(60, 2, Some(10));
        let (of_first, of_second): (Vec<bool>, Vec<bool>) = right.into_iter().unzip();
        let (first, second) = (job_right(&data, 0, &of_first), job_right(&data, 1, &of_second));
        let (one, turned) = (row(&first, &second), row(&second, &first));
        prop_assert!(close(&one["difference"], -turned["difference"].as_f64().unwrap()));
        prop_assert!(close(&one["difference_low"], -turned["difference_high"].as_f64().unwrap()));
        for name in ["p_value", "subjects", "subjects_p_value", "both_wrong"] {
            prop_assert_eq!(&one[name], &turned[name]);
        }
        let other = match one["verdict"].as_str().unwrap() {
            "first-better" => "second-better",
            "second-better" => "first-better",
            same => same,
        };
        prop_assert_eq!(other, turned["verdict"].as_str().unwrap());
    }
}
