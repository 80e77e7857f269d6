//! The accuracy of each subject: a mean over all trials hides whom a network does not decode.

use sweep_job::JobView;

use super::Subjects;
use crate::{
    assessment::Assessment,
    document::Part,
    statistics::{
        chance::{majority_chance, p_value_against_chance},
        spread::Spread,
        subjects::SubjectAccuracy,
    },
    study::{SIGNIFICANCE, interval},
    text_table::{Column, TextTable},
    words::percent,
};

/// So many subjects are all shown.
const FEW: usize = 12;
/// Of more, so many with the lowest accuracies and as many with the highest.
const SHOWN: usize = 5;

/// Nothing where the subjects of the test trials are not known.
pub(super) fn subjects(view: &JobView, assessment: &Assessment, which: Subjects) -> Vec<Part> {
    let Some(mut subjects) = assessment.subjects(&view.data) else { return Vec::new() };
    let summary = summary(&subjects, &assessment.matrix.trials_of_classes());
    let shown = match which {
        Subjects::Summarised if subjects.len() > FEW => {
            subjects.sort_by(|(_, one), (_, other)| one.accuracy.total_cmp(&other.accuracy));
            let all = subjects.len();
            subjects.drain(SHOWN..all - SHOWN);
            format!("Subjects: the {SHOWN} lowest and the {SHOWN} highest of {all}")
        }
        _ => "Subjects".to_owned(),
    };
    vec![Part::Caption(shown), Part::Table(table(&subjects)), Part::Paragraph(summary)]
}

fn table(subjects: &[(i64, SubjectAccuracy)]) -> TextTable {
    let columns = vec![
        Column::left("subject"),
        Column::right("trials"),
        Column::right("accuracy"),
        Column::right("95 % interval"),
    ];
    let rows = subjects.iter().map(|(number, subject)| {
        vec![
            number.to_string(),
            subject.trials.to_string(),
            percent(subject.accuracy),
            interval(subject.interval.low, subject.interval.high),
        ]
    });
    TextTable { columns, rows: rows.collect() }
}

/// How far subjects are apart, and how many of them are decoded at all.
fn summary(subjects: &[(i64, SubjectAccuracy)], trials_of_classes: &[u64]) -> String {
    let accuracies: Vec<f64> = subjects.iter().map(|(_, subject)| subject.accuracy).collect();
    let mut sentences = Vec::new();
    if let Ok(Spread { mean, standard_deviation: Some(deviation), minimum, maximum, .. }) =
        Spread::of(&accuracies)
    {
        sentences.push(format!(
            "The mean of {} subjects is {}, their deviation {:.2} points, from {} to {}.",
            subjects.len(),
            percent(mean),
            100.0 * deviation,
            percent(minimum),
            percent(maximum)
        ));
    }
    let better: Option<usize> = majority_chance(trials_of_classes).ok().and_then(|chance| {
        let p_values: Result<Vec<f64>, _> = subjects
            .iter()
            .map(|(_, subject)| p_value_against_chance(subject.correct, subject.trials, chance))
            .collect();
        Some(p_values.ok()?.into_iter().filter(|p| *p < SIGNIFICANCE).count())
    });
    if let Some(better) = better {
        sentences.push(format!(
            "{better} of them {} better than guessing, each at p < 0.05.",
            if better == 1 { "is" } else { "are" }
        ));
    }
    sentences.join(" ")
}
