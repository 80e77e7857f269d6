//! The accuracy of each subject: a mean over all trials hides whom a network does not decode.

use sweep_job::JobView;

use super::Subjects;
use crate::{
    assessment::Assessment,
    document::Part,
    statistics::{spread::Spread, subjects::SubjectAccuracy},
    study::{SIGNIFICANCE, interval},
    text_table::{Column, TextTable},
    words::{counted, percent},
};

/// So many subjects are all shown.
const FEW: usize = 12;
/// Of more, so many with the lowest accuracies and as many with the highest.
const SHOWN: usize = 5;

/// Nothing where the subjects of the test trials are not known.
pub(super) fn subjects(view: &JobView, assessment: &Assessment, which: Subjects) -> Vec<Part> {
    let Some(mut subjects) = assessment.subjects(&view.data) else { return Vec::new() };
    let summary = summary(&subjects);
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
        Column::right("guessing"),
    ];
    let rows = subjects.iter().map(|(number, subject)| {
        vec![
            number.to_string(),
            subject.trials.to_string(),
            percent(subject.accuracy),
            interval(subject.interval.low, subject.interval.high),
            subject.chance.map_or("-".to_owned(), percent),
        ]
    });
    TextTable { columns, rows: rows.collect() }
}

/// How far subjects are apart, and how many of them are decoded at all.
fn summary(subjects: &[(i64, SubjectAccuracy)]) -> String {
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
    let p_values: Vec<f64> = subjects.iter().filter_map(|(_, subject)| subject.p_value).collect();
    let better = p_values.iter().filter(|p| **p < SIGNIFICANCE).count();
    let of_one_class = subjects.len() - p_values.len();
    if !p_values.is_empty() {
        sentences.push(format!(
            "{better} of {} {} better than guessing, each at p < 0.05. `guessing` is always naming the subject's own most frequent class.",
            p_values.len(),
            if better == 1 { "is" } else { "are" }
        ));
    }
    if of_one_class > 0 {
        sentences.push(format!(
            "{} {} test trials of one class only: whether that is better than guessing cannot be told.",
            counted(of_one_class, "subject"),
            if of_one_class == 1 { "has" } else { "have" }
        ));
    }
    sentences.join(" ")
}
