//! Figures of single jobs, by their names and the words for those who do not see them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;

use scene::{ELU, RELU, data_set, finished, spec, with_validation};
use sweep_job::{
    EpochMetrics, JobRecord, JobSpec, ModelKind, Predictions, Score, Snapshot, SnapshotKind, WeightsFile,
};
use sweep_report::{
    figures::{Figure, Style},
    plots::{Trajectory, compared_curves, job_confusion, job_curves},
};

/// The name of a figure, its description, and the last line of its caption.
fn words(figure: &Figure) -> String {
    let svg = figure.svg(&Style::default());
    let part =
        |start: &str, end: &str| svg.split_once(start).unwrap().1.split_once(end).unwrap().0.to_owned();
    let caption = svg.rsplit_once("</text>").unwrap().0.rsplit_once('>').unwrap().1.to_owned();
    [part("<title>", "</title>"), part("<desc>", "</desc>"), caption].join("\n")
}

fn epochs(count: u32) -> Vec<EpochMetrics> {
    let score = |accuracy| Score { loss: 0.5, accuracy };
    (1..=count)
        .map(|epoch| EpochMetrics {
            epoch,
            train: score(0.9),
            validation: Some(score(0.6 + 0.001 * f64::from(epoch))),
            test: score(0.8 - 0.001 * f64::from(epoch)),
            train_seconds: 1.0,
            evaluation_seconds: 0.1,
        })
        .collect()
}

fn job(spec: JobSpec) -> JobRecord {
    with_validation(finished(spec, 0.8, 1), 0.7, 0.7, 20)
}

fn trajectory(spec: JobSpec) -> Trajectory {
    Trajectory { job: job(spec), epochs: epochs(20) }
}

#[test]
fn a_job_shows_how_it_learned_on_each_part() {
    let job = job(spec(ModelKind::EegNet, RELU));
    insta::assert_snapshot!(words(&job_curves(&job, &epochs(20))), @"
    EEGNet ReLU: accuracy per epoch
    Accuracy per epoch, 3 lines. EEGNet ReLU, train: best 90.00 % @ 1. EEGNet ReLU, validation: best 62.00 % @ 20. EEGNet ReLU, test: best 79.90 % @ 1.
    The number after @ is the epoch. Rings: the best or the selected epoch of a line. The best test accuracy is chosen on the test set itself: optimistic.
    ");
    assert!(words(&job_curves(&job, &[])).contains("no epoch"));
    let drawn = |job| job_curves(&job, &epochs(20)).svg(&Style::default());
    assert!(drawn(job).contains("validation: selected and best 62.00 % @ 20"));
    let earlier = with_validation(finished(spec(ModelKind::EegNet, RELU), 0.8, 1), 0.7, 0.7, 7);
    assert!(drawn(earlier.clone()).contains("validation: selected 60.70 % @ 7, best 62.00 % @ 20"));

    // What does not fit a narrow figure goes on in the next line, and no number is cut.
    let narrow = Style { width: 360.0, height: 360.0, ..Style::default() };
    let svg = job_curves(&earlier, &epochs(20)).svg(&narrow);
    let texts: Vec<&str> = svg.split("</text>").filter_map(|part| Some(part.rsplit_once('>')?.1)).collect();
    let first = texts.iter().position(|text| *text == "validation: selected 60.70 % @ 7,");
    assert_eq!(first.map(|place| texts[place + 1]), Some("best 62.00 % @ 20"), "{texts:?}");
    assert!(!svg.contains('…'));
}

#[test]
fn jobs_side_by_side_are_told_apart() {
    let eegnet = |activation, seed| JobSpec { seed, ..spec(ModelKind::EegNet, activation) };
    let one_model = [trajectory(eegnet(RELU, 0)), trajectory(eegnet(RELU, 1)), trajectory(eegnet(ELU, 1))];
    insta::assert_snapshot!(words(&compared_curves("One model", &one_model)), @"
    One model
    Accuracy per epoch, 6 lines. ReLU, seed 0, train: best 90.00 % @ 1. ReLU, seed 0, test: best 79.90 % @ 1. ReLU, seed 1, train: best 90.00 % @ 1. ReLU, seed 1, test: best 79.90 % @ 1. ELU, seed 1, train: best 90.00 % @ 1. ELU, seed 1, test: best 79.90 % @ 1.
    The number after @ is the epoch. The best test accuracy is chosen on the test set itself: optimistic.
    ");
    let two_models = [trajectory(eegnet(RELU, 0)), trajectory(spec(ModelKind::DeepConvNet, RELU))];
    insta::assert_snapshot!(words(&compared_curves("Two models", &two_models)), @"
    Two models
    Accuracy per epoch, 4 lines. EEGNet, ReLU, train: best 90.00 % @ 1. EEGNet, ReLU, test: best 79.90 % @ 1. DeepConvNet, ReLU, train: best 90.00 % @ 1. DeepConvNet, ReLU, test: best 79.90 % @ 1.
    The number after @ is the epoch. The best test accuracy is chosen on the test set itself: optimistic.
    ");
    // The same settings on other data are still two jobs.
    let equals = [trajectory(eegnet(RELU, 0)), trajectory(eegnet(RELU, 0))];
    assert!(words(&compared_curves("Equals", &equals)).contains("ReLU, job "));
    let many: Vec<Trajectory> = (0..14).map(|seed| trajectory(eegnet(RELU, seed))).collect();
    let many = words(&compared_curves("Many", &many));
    assert!(many.contains("12 lines") && many.contains("The first 12 of 14 jobs are drawn."), "{many}");
}

#[test]
fn predictions_are_counted_by_class() {
    let data = data_set(vec![0, 0, 1]);
    let snapshot = |logits| Snapshot {
        epoch: 7,
        test: Score { loss: 0.5, accuracy: 0.5 },
        weights: WeightsFile { file: "f".into(), sha256: "0".into() },
        predictions: Predictions { classes: 2, logits },
    };
    let figure = job_confusion(&data, SnapshotKind::Best, &snapshot(vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0]));
    insta::assert_snapshot!(words(&figure.unwrap()), @"
    Predictions after epoch 7, the best epoch on the test set (optimistic)
    Accuracy 66.67 %: 2 of 3 trials. 2 classes. 1: 1 of 2 correct, most often taken for 2. 2: 1 of 1 correct.
    Cells: percent of the trials of the true class, and their number.
    ");
    assert!(job_confusion(&data, SnapshotKind::Last, &snapshot(vec![1.0, 0.0])).is_none());
}
