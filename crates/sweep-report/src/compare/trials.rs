//! Which test trials tell two networks apart, class by class and subject by subject.

use super::{
    pair::{OfSubjects, Pair, Shared},
    results::ends,
};
use crate::{
    document::Part,
    statistics::signed_rank::smallest_p_value,
    study::{SIGNIFICANCE, p_words, points},
    text_table::{Column, TextTable},
    words::{counted, percent},
};

/// The table of right and wrong trials, what it says, and the same of each class and of the subjects.
pub(super) fn trials(pair: &Pair<'_>, shared: &Shared, width: Option<usize>) -> Vec<Part> {
    let counts = shared.counts;
    let epochs = pair.readings.each_ref().map(|read| read.as_ref().map_or(0, |read| read.last_epoch));
    let columns = vec![Column::left(""), Column::right("B right"), Column::right("B wrong")];
    let row =
        |name: &str, right: u64, wrong: u64| vec![name.to_owned(), right.to_string(), wrong.to_string()];
    let rows = vec![
        row("A right", counts.both, counts.only_first),
        row("A wrong", counts.only_second, counts.neither),
    ];
    let apart = counts.only_first + counts.only_second;
    let mut parts = vec![
        Part::Caption(format!(
            "Test trials that A after epoch {} and B after epoch {} have right",
            epochs[0], epochs[1]
        )),
        Part::Table(TextTable { columns, rows }),
        Part::Paragraph(format!(
            "{} of {} tell them apart: {} only A has right, {} only B. Both get {} wrong ({}).",
            apart,
            counted(counts.trials() as usize, "trial"),
            counts.only_first,
            counts.only_second,
            counts.neither,
            percent(counts.neither as f64 / counts.trials() as f64)
        )),
        Part::Caption(
            "Recall: share of a class's trials that is recognised; differences in points".to_owned(),
        ),
        Part::Table(of_classes(pair, shared, width)),
    ];
    parts.extend(shared.subjects.as_ref().map(|subjects| Part::Paragraph(of_subjects(subjects))));
    parts
}

fn of_classes(pair: &Pair<'_>, shared: &Shared, width: Option<usize>) -> TextTable {
    let columns = vec![
        Column::left("class"),
        Column::right("trials"),
        Column::right("A"),
        Column::right("B"),
        Column::right("B - A"),
        Column::right("95 % interval"),
    ];
    let names = pair.views[0].data.classes.iter();
    let rows = names.zip(&shared.classes).map(|(name, class)| match class {
        Some(class) => vec![
            name.to_string(),
            class.trials.to_string(),
            percent(class.recalls[0]),
            percent(class.recalls[1]),
            points(class.test.difference),
            ends(class.test.interval),
        ],
        None => [name.to_string(), "0".to_owned()]
            .into_iter()
            .chain(std::iter::repeat_n("-".to_owned(), 4))
            .collect(),
    });
    TextTable { columns, rows: rows.collect() }.fitting(width, &["95 % interval", "trials"])
}

/// Trials of one person resemble each other; whether a difference holds for other people, only people can tell.
fn of_subjects(subjects: &OfSubjects) -> String {
    let all = subjects.better_by_first + subjects.better_by_second + subjects.equal;
    let counts = format!(
        "Of {} B is better for {}, A for {}, and {} equal.",
        counted(all, "subject"),
        subjects.better_by_second,
        subjects.better_by_first,
        match subjects.equal {
            1 => "1 is".to_owned(),
            equal => format!("{equal} are"),
        }
    );
    if smallest_p_value(all) >= SIGNIFICANCE {
        return format!("{counts} So few cannot tell whether it would hold for other people.");
    }
    format!(
        "{counts} Wilcoxon's signed-rank test of their accuracies, which asks whether it would hold for other people: {}.",
        p_words(subjects.test.p_value)
    )
}
