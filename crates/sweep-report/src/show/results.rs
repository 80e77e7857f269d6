//! How a job learned: its curves, every reading of it, and how far the optimistic one is above the others.

use sweep_job::JobView;

use super::{ShowOptions, luck::luck};
use crate::{
    curve_lines::curves_of_parts,
    document::Part,
    job_reading::JobReading,
    study::{Reading, Tail, points},
    text_table::{Column, TextTable},
    words::{loss, one_line, percent},
};

/// The table is in at most `width` characters if that can be.
pub(super) fn results(view: &JobView, show: &ShowOptions, width: Option<usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(blocks) = show.curves {
        parts.push(Part::Fields(curves_of_parts(&view.epochs, blocks)));
    }
    parts.push(Part::Table(readings(&JobReading::all(view, show.tail_epochs), width)));
    parts.push(Part::Paragraph(GAP.to_owned()));
    parts.extend(luck(view).map(Part::Paragraph));
    let files: Vec<String> =
        view.snapshots.iter().map(|(_, snapshot)| one_line(&snapshot.weights.file)).collect();
    if !files.is_empty() {
        parts.push(Part::Paragraph(format!("Weights, in {}:", one_line(&view.weights_dir))));
        parts.push(Part::List(files));
    }
    parts
}

const GAP: &str = "`gap`: how many points the best epoch is above this reading. The best epoch is chosen on the test set itself.";

fn readings(readings: &[JobReading], width: Option<usize>) -> TextTable {
    let best = readings.iter().find(|found| found.reading == Reading::Best).map(|found| found.test);
    let has_validation = readings.iter().any(|found| found.reading == Reading::Selected);
    let mut columns = vec![Column::left(""), Column::right("epoch"), Column::right("test")];
    columns.push(Column::right("gap"));
    if has_validation {
        columns.push(Column::right("validation"));
    }
    columns.extend([Column::right("train"), Column::right("test loss")]);
    let rows = readings.iter().map(|found| {
        let mut row =
            vec![found.reading.title(&Tail::exactly(found.count())), found.epochs(), percent(found.test)];
        row.push(match found.reading {
            Reading::Best => "-".to_owned(),
            _ => best.map_or("-".to_owned(), |best| points(best - found.test)),
        });
        if has_validation {
            row.push(found.validation.map_or("-".to_owned(), percent));
        }
        row.extend([percent(found.train), loss(found.test_loss)]);
        row
    });
    TextTable { columns, rows: rows.collect() }.fitting(width, &["test loss", "train", "validation"])
}
