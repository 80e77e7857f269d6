//! The tables of two jobs side by side: settings that differ, and results.

use sweep_job::JobView;

use super::pair::Pair;
use crate::{
    curve_lines::curves_of_jobs,
    document::Part,
    figures::Blocks,
    job_reading::JobReading,
    spread::Digits,
    statistics::Interval,
    study::{Axis, Reading, points, signed},
    text_table::{Column, TextTable},
    words::{percent, percent_at},
};

/// What they differ in; a sentence where that is nothing, or the seed alone.
pub(super) fn settings(pair: &Pair<'_>) -> Vec<Part> {
    let [first, second] = pair.views.map(|view| &view.job.spec);
    let mut rows = Vec::new();
    let digits = Digits::of_specs([first, second]);
    for axis in Axis::all().filter(|axis| axis.value(first) != axis.value(second)) {
        let text = |spec| axis.text_among(spec, &digits);
        rows.push(vec![axis.name().to_owned(), text(first), text(second)]);
    }
    match rows.as_slice() {
        [] => vec![Part::Paragraph("All settings are the same.".to_owned())],
        [only] if only[0] == "seed" => vec![Part::Paragraph(format!(
            "No setting differs but the seed: {} and {}. What differs in the results is the luck of the start.",
            only[1], only[2]
        ))],
        _ => {
            let columns = vec![Column::left(""), Column::left("A"), Column::left("B")];
            vec![Part::Caption("Settings that differ".to_owned()), Part::Table(TextTable { columns, rows })]
        }
    }
}

/// Test accuracy per epoch, on one scale.
pub(super) fn curves(pair: &Pair<'_>, blocks: Blocks) -> Vec<(&'static str, String)> {
    let [first, second] = curves_of_jobs(pair.views.map(|view| view.epochs.as_slice()), blocks);
    vec![("A, test", first), ("B, test", second)]
}

/// Every reading of both, with the difference where both have it. The interval goes where `width` is short; the verdict has it too.
pub(super) fn readings(pair: &Pair<'_>, width: Option<usize>) -> Vec<Part> {
    let columns = vec![
        Column::left(""),
        Column::right("A"),
        Column::right("B"),
        Column::right("B - A"),
        Column::right("95 % interval"),
    ];
    let rows = Reading::ALL.into_iter().filter_map(|reading| {
        let read = pair.views.map(|view| JobReading::of(view, reading, pair.tail_epochs));
        read.iter().flatten().next()?;
        let difference = match &read {
            [Some(first), Some(second)] if pair.has_same_data() => points(second.test - first.test),
            _ => "-".to_owned(),
        };
        let interval = reading.snapshot().and_then(|kind| Some(ends(pair.test_at(kind)?.interval)));
        let [first, second] = read.map(|read| read.map_or("-".to_owned(), |read| accuracy(&read)));
        Some(vec![reading.title(&pair.tail()), first, second, difference, interval.unwrap_or("-".to_owned())])
    });
    let table = TextTable { columns, rows: rows.collect() }.fitting(width, &["95 % interval"]);
    vec![
        Part::Caption("Test accuracy, and the epoch it was reached at; differences in points".to_owned()),
        Part::Table(table),
    ]
}

fn accuracy(read: &JobReading) -> String {
    match read.reading {
        Reading::MeanLast => percent(read.test),
        _ => percent_at(read.test, read.last_epoch),
    }
}

/// What else is known of the epochs that are compared.
pub(super) fn measures(pair: &Pair<'_>) -> Vec<Part> {
    let kappas = pair.assessments.each_ref().map(|found| Some(found.as_ref()?.kappa?.kappa));
    let areas = pair.assessments.each_ref().map(|found| Some(found.as_ref()?.area?.area));
    let train = pair.readings.each_ref().map(|read| Some(read.as_ref()?.train));
    let seconds = pair.views.map(seconds_an_epoch);
    let mut rows = Vec::new();
    let mut row = |name: &str, values: [Option<f64>; 2], text: fn(f64) -> String, gap: fn(f64) -> String| {
        if values.iter().all(Option::is_none) {
            return;
        }
        let difference = match values {
            [Some(first), Some(second)] if pair.has_same_data() => gap(second - first),
            _ => "-".to_owned(),
        };
        let [first, second] = values.map(|value| value.map_or("-".to_owned(), text));
        rows.push(vec![name.to_owned(), first, second, difference]);
    };
    row("train accuracy", train, percent, points);
    row("kappa", kappas, |kappa| format!("{kappa:.3}"), |gap| signed(gap, 3));
    row("ROC-AUC", areas, |area| format!("{area:.3}"), |gap| signed(gap, 3));
    row("time of an epoch", seconds, |time| format!("{time:.2} s"), |gap| signed(gap, 2) + " s");
    if rows.is_empty() {
        return Vec::new();
    }
    let columns = vec![Column::left(""), Column::right("A"), Column::right("B"), Column::right("B - A")];
    let caption = format!("The reading that is compared: {}", pair.reading.title(&pair.tail()));
    vec![Part::Caption(caption), Part::Table(TextTable { columns, rows })]
}

fn seconds_an_epoch(view: &JobView) -> Option<f64> {
    (view.job.epochs_finished > 0).then(|| view.job.seconds / f64::from(view.job.epochs_finished))
}

/// An interval of a difference in points: `-3.22 to +1.10`.
pub(super) fn ends(interval: Interval) -> String {
    format!("{} to {}", points(interval.low), points(interval.high))
}
