//! The lab's table: the highest test accuracy of each model and activation, and what an honest study reports beside it.

use std::io::{self, Write};

use sweep_job::{Activation, Evidence, JobRecord, ModelKind, QueryTable, Value};

use crate::{
    ReportOptions,
    cell::{Cell, Choice, Winner},
    document::{Part, Section},
    group::{Group, groups},
    study::{Guessing, Reading, readings},
    text_table::{Column, TextTable},
    words::{counted, one_line},
    write::write_report,
};

/// So many jobs without a result are listed below a table.
const LISTED_FAILURES: usize = 6;

/// Writes the highest test accuracy of each model and activation, a table for each sweep and data set: activations down,
/// models across, in percent, with the epoch it was reached at. Cells with unfinished jobs say so; a cell that no job was
/// asked for is `-`. Where a validation set exists, the figures that it selects follow, and then all readings of the finished jobs. The forms for programs have a row a
/// cell, with accuracies as shares from 0 to 1.
///
/// # Errors
/// Where `out` takes nothing.
pub fn best_report(evidence: &Evidence, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let groups = groups(&evidence.jobs, options.sweep.as_deref());
    let sections = |_| groups.iter().map(|group| group.warned(section(group, evidence))).collect();
    write_report(options, sections, || rows(&groups), out)
}

/// The table of a group with what belongs to it.
pub(crate) fn section(group: &Group<'_>, evidence: &Evidence) -> Section {
    let grid = Grid::new(group);
    let mut parts = vec![
        Part::Caption(format!(
            "Highest test accuracy {}, and the epoch it was reached at",
            over_epochs(group)
        )),
        Part::Table(grid.table(|cell| cell.text(Choice::Best))),
        Part::Paragraph(optimism(group, &grid)),
    ];
    if group.has_validation() {
        parts.push(Part::Caption("Test accuracy of the epoch that the validation set selects".to_owned()));
        parts.push(Part::Table(grid.table(|cell| cell.text(Choice::Selected))));
        parts.push(Part::Paragraph(selection(&grid)));
    }
    let data = evidence.data_sets.get(&group.data.identity);
    parts.extend(
        data.and_then(Guessing::on).map(|guessing| Part::Paragraph(guessing.sentence(Reading::Best))),
    );
    parts.extend(readings(group, evidence));
    let failures = failures(group);
    if !failures.is_empty() {
        parts.push(Part::List(failures));
    }
    Section { title: group.title(), parts }
}

fn over_epochs(group: &Group<'_>) -> String {
    match group.epochs() {
        (fewest, most) if fewest == most => format!("over {}", counted(most as usize, "epoch")),
        (fewest, most) => format!("over {fewest} to {most} epochs"),
    }
}

fn optimism(group: &Group<'_>, grid: &Grid<'_>) -> String {
    let mut note =
        "Each figure is the highest of all epochs, chosen on the test set itself: it overstates what the \
                    network does on new data."
            .to_owned();
    if grid.has_company() {
        note += " If several jobs fill a cell, it is the best of them, which overstates it further; `sweep report` \
                 lists them all.";
    }
    if !group.has_validation() {
        note += " With `validation` in the sweep file, an epoch is selected without the test set.";
    }
    note
}

fn selection(grid: &Grid<'_>) -> String {
    let mut note = "The test set had no part in the choice of these epochs.".to_owned();
    if grid.has_company() {
        note += " If several jobs fill a cell, the validation set chose among them too.";
    }
    note
}

/// Why jobs ended without a result, in full.
fn failures(group: &Group<'_>) -> Vec<String> {
    let failed: Vec<_> = group.jobs.iter().filter_map(|job| Some((job, job.status.reason()?))).collect();
    let mut lines: Vec<String> = failed
        .iter()
        .take(LISTED_FAILURES)
        .map(|(job, reason)| {
            format!(
                "{}, {}: {} (job {})",
                job.spec.model.title(),
                job.spec.activation.title(),
                one_line(&reason.to_string()),
                job.id.short()
            )
        })
        .collect();
    match failed.len().saturating_sub(LISTED_FAILURES) {
        0 => {}
        1 => lines.push("1 more job has no result: `sweep report` lists it".to_owned()),
        more => {
            lines.push(format!("{} have no result: `sweep report` lists them", counted(more, "more job")))
        }
    }
    lines
}

/// The cells of a group's table, by activation and model; `None` where no job was asked for.
struct Grid<'a> {
    models: Vec<ModelKind>,
    rows: Vec<(&'static str, Vec<Option<Cell<'a>>>)>,
}

impl<'a> Grid<'a> {
    fn new(group: &Group<'a>) -> Self {
        let has_model = |model: &ModelKind| group.jobs.iter().any(|job| job.spec.model == *model);
        let models: Vec<ModelKind> = ModelKind::ALL.into_iter().filter(has_model).collect();
        let mut rows = Vec::new();
        for name in Activation::NAMES {
            let jobs: Vec<&JobRecord> =
                group.jobs.iter().copied().filter(|job| job.spec.activation.name() == name).collect();
            let Some(first) = jobs.first() else { continue };
            let cells = models.iter().map(|model| {
                let jobs: Vec<_> = jobs.iter().copied().filter(|job| job.spec.model == *model).collect();
                (!jobs.is_empty()).then_some(Cell { jobs })
            });
            rows.push((first.spec.activation.title(), cells.collect()));
        }
        Self { models, rows }
    }

    fn cells(&self) -> impl Iterator<Item = &Cell<'a>> {
        self.rows.iter().flat_map(|(_, cells)| cells).flatten()
    }

    /// Whether several jobs fill a cell.
    fn has_company(&self) -> bool {
        self.cells().any(|cell| cell.jobs.len() > 1)
    }

    fn table(&self, text: impl Fn(&Cell<'a>) -> String) -> TextTable {
        let mut columns = vec![Column::left("")];
        columns.extend(self.models.iter().map(|model| Column::left(model.title())));
        let rows = self.rows.iter().map(|(title, cells)| {
            let mut row = vec![(*title).to_owned()];
            row.extend(cells.iter().map(|cell| cell.as_ref().map_or("-".to_owned(), &text)));
            row
        });
        TextTable { columns, rows: rows.collect() }
    }
}

const COLUMNS: [&str; 21] = [
    "sweep",
    "data_set",
    "data_title",
    "data_identity",
    "model",
    "activation",
    "jobs",
    "finished_jobs",
    "running_jobs",
    "queued_jobs",
    "failed_jobs",
    "diverged_jobs",
    "cancelled_jobs",
    "best_test_accuracy",
    "best_test_epoch",
    "best_job_id",
    "selected_test_accuracy",
    "selected_validation_accuracy",
    "selected_epoch",
    "selected_job_id",
    "reason",
];

/// A row a cell, for programs.
fn rows(groups: &[Group<'_>]) -> QueryTable {
    let mut rows = Vec::new();
    for group in groups {
        for cell in Grid::new(group).cells() {
            rows.push(row(group, cell));
        }
    }
    QueryTable { columns: COLUMNS.map(str::to_owned).to_vec(), rows }
}

fn row(group: &Group<'_>, cell: &Cell<'_>) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let count = |count: usize| Value::Integer(count as i64);
    let optional = |value: Option<Value>| value.unwrap_or(Value::Null);
    let epoch = |winner: &Winner<'_>| Value::Integer(winner.epoch.epoch.into());
    let job_id = |winner: &Winner<'_>| Value::Text(winner.job.id.to_string());
    let (best, selected) = (cell.best(), cell.selected());
    let spec = cell.jobs.first().map(|job| &job.spec);
    let named = |name: &str| count(cell.count(|status| status.name() == name));
    let reason = cell.jobs.iter().find_map(|job| job.status.reason());
    vec![
        optional(group.sweep.map(text)),
        text(&group.data.set),
        text(&group.data.title),
        text(&group.data.identity.0),
        optional(spec.map(|spec| text(spec.model.name()))),
        optional(spec.map(|spec| text(spec.activation.name()))),
        count(cell.jobs.len()),
        count(cell.finished()),
        count(cell.running()),
        count(cell.queued()),
        named("failed"),
        named("diverged"),
        named("cancelled"),
        optional(best.map(|winner| Value::Real(winner.epoch.test.accuracy))),
        optional(best.as_ref().map(epoch)),
        optional(best.as_ref().map(job_id)),
        optional(selected.map(|winner| Value::Real(winner.epoch.test.accuracy))),
        optional(
            selected.and_then(|winner| winner.epoch.validation).map(|score| Value::Real(score.accuracy)),
        ),
        optional(selected.as_ref().map(epoch)),
        optional(selected.as_ref().map(job_id)),
        optional(reason.map(|reason| text(&reason.to_string()))),
    ]
}
