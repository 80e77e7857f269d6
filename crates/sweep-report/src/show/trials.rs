//! What the network of a job makes of the test trials: how sure its accuracy is, which classes it confuses, and whom it decodes.

use sweep_job::{JobView, SnapshotKind};

use super::{ShowOptions, subjects::subjects};
use crate::{
    assessment::Assessment,
    document::Part,
    statistics::{Interval, chance::uniform_chance, confusion::ConfusionMatrix},
    study::{Guessing, Reading, interval},
    text_table::{Column, TextTable},
    words::percent,
};

/// Of the snapshot that is to be believed: the selected one, or the last one without a validation set.
pub(super) fn trials(view: &JobView, show: &ShowOptions) -> Vec<Part> {
    let kind = Reading::headline([&view.job]).snapshot().unwrap_or(SnapshotKind::Last);
    let Some(assessment) = Assessment::of(view, kind) else {
        return vec![Part::Paragraph(
            "No predictions are recorded: a job's are when it finishes.".to_owned(),
        )];
    };
    let what = match kind {
        SnapshotKind::Best => "the best one on the test set (optimistic)",
        SnapshotKind::Selected => "which the validation set selects",
        SnapshotKind::Last => "the last one, which nothing chose",
    };
    let classes: Vec<String> = view.data.classes.iter().map(i64::to_string).collect();
    let mut parts = vec![
        Part::Paragraph(format!("The network after epoch {}, {what}.", assessment.epoch)),
        Part::Fields(measures(view, &assessment)),
        Part::Caption("Confusion matrix: true class down, predicted class across".to_owned()),
        Part::Table(confusion(&assessment.matrix, &classes)),
        Part::Caption(
            "Recall: share of a class's trials that is recognised. Precision: share of what is taken for the class that is of it."
                .to_owned(),
        ),
        Part::Table(of_classes(&assessment.matrix, &classes)),
    ];
    parts.extend(one_class(&assessment.matrix, &classes).map(Part::Paragraph));
    parts.extend(subjects(view, &assessment, show.subjects));
    parts
}

fn measures(view: &JobView, assessment: &Assessment) -> Vec<(&'static str, String)> {
    let matrix = &assessment.matrix;
    let (correct, trials) = (matrix.correct(), matrix.trials());
    let mut fields = vec![(
        "accuracy",
        format!(
            "{} ({correct} of {trials}), 95 % interval {}",
            percent(matrix.accuracy()),
            interval(assessment.interval.low, assessment.interval.high)
        ),
    )];
    let classes = matrix.trials_of_classes().iter().filter(|trials| **trials > 0).count();
    if is_unbalanced(matrix)
        && let Ok(guessing) = uniform_chance(classes)
    {
        fields.push((
            "balanced accuracy",
            format!(
                "{}, the mean recall of the classes; guessing has {}",
                percent(matrix.balanced_accuracy()),
                percent(guessing)
            ),
        ));
    }
    fields.extend(Guessing::on(&view.data).map(|guessing| ("chance", guessing.verdict(correct))));
    fields.extend(assessment.kappa.map(|kappa| ("kappa", with_interval(kappa.kappa, kappa.interval))));
    fields.extend(assessment.area.map(|area| ("ROC-AUC", with_interval(area.area, area.interval))));
    fields
}

/// Whether some class has more trials than another one.
fn is_unbalanced(matrix: &ConfusionMatrix) -> bool {
    let trials: Vec<u64> = matrix.trials_of_classes().into_iter().filter(|trials| *trials > 0).collect();
    trials.iter().any(|other| *other != trials[0])
}

/// What a network that names one class for every trial has learned.
fn one_class(matrix: &ConfusionMatrix, classes: &[String]) -> Option<String> {
    let named: Vec<usize> =
        (0..classes.len()).filter(|class| matrix.predicted_of_classes()[*class] > 0).collect();
    match named.as_slice() {
        [only] if matrix.trials() > 1 => Some(format!(
            "The network names class {} for every test trial: it tells no classes apart.",
            classes[*only]
        )),
        _ => None,
    }
}

/// `0.406, 95 % interval 0.351 to 0.461`.
fn with_interval(value: f64, interval: Option<Interval>) -> String {
    match interval {
        Some(Interval { low, high }) => format!("{value:.3}, 95 % interval {low:.3} to {high:.3}"),
        None => format!("{value:.3}"),
    }
}

fn confusion(matrix: &ConfusionMatrix, classes: &[String]) -> TextTable {
    let mut columns = vec![Column::left("class")];
    columns.extend(classes.iter().map(|class| Column::right(format!("as {class}"))));
    let rows = classes.iter().enumerate().map(|(label, class)| {
        let counts = (0..classes.len()).map(|predicted| matrix.count(label, predicted).to_string());
        [class.clone()].into_iter().chain(counts).collect()
    });
    TextTable { columns, rows: rows.collect() }
}

fn of_classes(matrix: &ConfusionMatrix, classes: &[String]) -> TextTable {
    let columns = vec![
        Column::left("class"),
        Column::right("trials"),
        Column::right("recall"),
        Column::right("precision"),
    ];
    let share = |share: Option<f64>| share.map_or("-".to_owned(), percent);
    let rows = matrix.measures().into_iter().zip(classes).map(|(measures, class)| {
        vec![
            class.clone(),
            measures.trials.to_string(),
            share(measures.sensitivity),
            share(measures.precision),
        ]
    });
    TextTable { columns, rows: rows.collect() }
}
