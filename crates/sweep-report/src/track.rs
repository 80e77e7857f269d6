//! The columns of the table with a row a job.

use sweep_job::{ColumnType, EpochMetrics, JobRecord};

use crate::{
    cell::status,
    group::Group,
    spread::Spread,
    text_table::{Column, TextTable},
    words::{duration, percent, percent_at},
};

/// A column of the table with its cells.
struct Track {
    column: Column,
    cells: Vec<String>,
    need: Need,
}

/// How much a column is needed. Where the terminal is narrow, all but what is always needed is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    IfItFits,
}

/// The widest table of the group's jobs that fits `width`, with the names of the columns it leaves out; `None` where even
/// the narrowest does not fit.
pub(crate) fn fitting_table(
    group: &Group<'_>,
    spread: &Spread,
    width: Option<usize>,
) -> Option<(TextTable, Vec<String>)> {
    let tracks = tracks(group, spread);
    let optional = tracks.iter().rev().filter(|track| track.need == Need::IfItFits);
    let optional: Vec<&str> = optional.map(|track| track.column.name.as_str()).collect();
    let table = table(&tracks).fitting(width, &optional);
    if width.is_some_and(|width| table.natural_width() > width) {
        return None;
    }
    let is_left_out = |track: &&Track| !table.columns.contains(&track.column);
    let left_out = tracks.iter().filter(is_left_out).map(|track| track.column.name.clone()).collect();
    Some((table, left_out))
}

fn table(tracks: &[Track]) -> TextTable {
    let count = tracks.first().map_or(0, |track| track.cells.len());
    TextTable {
        columns: tracks.iter().map(|track| track.column.clone()).collect(),
        rows: (0..count).map(|row| tracks.iter().map(|track| track.cells[row].clone()).collect()).collect(),
    }
}

fn tracks(group: &Group<'_>, spread: &Spread) -> Vec<Track> {
    let track = |column, need, cell: &dyn Fn(&JobRecord) -> String| Track {
        column,
        cells: group.jobs.iter().map(|job| cell(job)).collect(),
        need,
    };
    let mut tracks = vec![
        track(Column::left("job"), Need::Always, &|job| job.id.short()),
        track(Column::left("model"), Need::Always, &|job| job.spec.model.title().to_owned()),
        track(Column::left("activation"), Need::Always, &|job| job.spec.activation.title().to_owned()),
    ];
    for setting in &spread.varying {
        let cell = |job: &JobRecord| spread.digits.text(*setting, &setting.value(&job.spec));
        let is_text = setting.holds() == ColumnType::Text;
        let column = if is_text { Column::left(setting.name()) } else { Column::right(setting.name()) };
        tracks.push(track(column, Need::Always, &cell));
    }
    tracks.push(track(Column::left("status"), Need::Always, &status));
    tracks.push(track(Column::right("best test"), Need::Always, &|job| accuracy_at(job.best)));
    if group.has_validation() {
        tracks.push(track(Column::right("selected test"), Need::IfItFits, &|job| accuracy_at(job.selected)));
    }
    tracks.push(track(Column::right("last test"), Need::IfItFits, &last_accuracy));
    tracks.push(track(Column::right("time"), Need::IfItFits, &time));
    tracks
}

/// The jobs as a list, for terminals too narrow for any table: all of a job in one sentence.
pub(crate) fn list(group: &Group<'_>, spread: &Spread) -> Vec<String> {
    let items = group.jobs.iter().map(|job| {
        let mut words =
            vec![format!("{} {} {}", job.id.short(), job.spec.model.title(), job.spec.activation.title())];
        words.extend(spread.told(job));
        words.push(status(job));
        if job.best.is_some() {
            words.push(format!("best test {}", accuracy_at(job.best)));
        }
        if job.selected.is_some() {
            words.push(format!("selected test {}", accuracy_at(job.selected)));
        }
        if job.last.is_some() {
            words.push(format!("last test {}", last_accuracy(job)));
            words.push(time(job));
        }
        words.join(", ")
    });
    items.collect()
}

fn accuracy_at(epoch: Option<EpochMetrics>) -> String {
    epoch.map_or("-".to_owned(), |epoch| percent_at(epoch.test.accuracy, epoch.epoch))
}

fn last_accuracy(job: &JobRecord) -> String {
    job.last.map_or("-".to_owned(), |last| percent(last.test.accuracy))
}

fn time(job: &JobRecord) -> String {
    if job.epochs_finished == 0 { "-".to_owned() } else { duration(job.seconds) }
}
