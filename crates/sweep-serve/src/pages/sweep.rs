//! One sweep: the lab's table, and the curves of its activation functions.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use sweep_job::{Evidence, SweepCounts, SweepId, SweepRecord};
use sweep_report::{
    Format, ReportOptions, best_report,
    figures::Figure,
    plots::{PlotKind, drawn, plots, smoothing},
    study::StudyOptions,
    words::{counted, moment},
};

use super::{
    figure::{Drawing, Room},
    progress::SweepProgress,
};
use crate::{
    database::Moment,
    evidence::{MOST_READ, of_sweep},
    page::{Frame, render},
    problem::Problem,
    site::Site,
};

#[derive(Template)]
#[template(path = "sweep.html")]
struct Sweep {
    frame: Frame,
    progress: SweepProgress,
    record: SweepRecord,
    first_asked: String,
    last_asked: String,
    /// HTML of `sweep-report`.
    report: String,
    /// With their names.
    figures: Vec<(String, Drawing)>,
    /// Jobs whose curves are left out.
    not_drawn: usize,
    /// Other lists of jobs under the same name.
    namesakes: Vec<i64>,
}

pub(crate) async fn sweep(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let database = site.name();
    site.read(move |reader| match name.parse() {
        Ok(number) => Ok(page(reader, SweepId(number), &database)?.into_response()),
        Err(_) => {
            let SweepId(number) = latest(reader, &name)?;
            Ok(Redirect::temporary(&format!("/sweeps/{number}")).into_response())
        }
    })
    .await
}

/// The sweep of a name that was asked for last.
fn latest(reader: &Moment<'_>, name: &str) -> Result<SweepId, Problem> {
    let sweeps = reader.sweeps()?;
    let named = sweeps.iter().filter(|sweep| sweep.name == name);
    let latest = named.max_by(|one, other| one.last_run_at.cmp(&other.last_run_at));
    latest.map(|sweep| sweep.id).ok_or_else(|| Problem::not_found("There is no sweep of this name."))
}

/// The record of a sweep.
pub(crate) fn record(reader: &Moment<'_>, id: SweepId) -> Result<SweepRecord, Problem> {
    let found = reader.sweeps()?.iter().find(|sweep| sweep.id == id).cloned();
    found.ok_or_else(|| Problem::not_found("There is no sweep of this number."))
}

/// How many jobs a sweep has.
pub(crate) fn size(reader: &Moment<'_>, id: SweepId) -> Result<u32, Problem> {
    let counts = reader.counts()?;
    let counts = counts.iter().find(|counts| counts.sweep == id);
    Ok(counts.map_or(0, SweepCounts::jobs))
}

/// The comparison of each model's settings, and their accuracies where there are several: with names for addresses, which the names of
/// sweeps are not part of.
pub(crate) fn figures(evidence: &Evidence, sweep: &str) -> Vec<(String, Figure)> {
    let longest = evidence.curves.values().map(Vec::len).max().unwrap_or(0);
    let mut figures = Vec::new();
    for (name, kind) in [("curves", PlotKind::Curves), ("bars", PlotKind::Bars)] {
        let drawn = plots(evidence, Some(sweep), kind, &StudyOptions::default(), smoothing(longest));
        figures.extend((1..).zip(drawn).map(|(number, named)| (format!("{name}-{number}"), named.figure)));
    }
    figures
}

fn page(reader: &Moment<'_>, id: SweepId, database: &str) -> Result<Html<String>, Problem> {
    let record = record(reader, id)?;
    let counts = reader.counts()?;
    let in_all = reader.progress()?;
    let progress =
        counts.iter().find(|counts| counts.sweep == id).map(|counts| SweepProgress::of(counts, &in_all));
    let progress = progress.ok_or_else(|| Problem::not_found("This sweep has no jobs any more."))?;
    let evidence = of_sweep(reader, id, progress.jobs)?;
    let mut report = Vec::new();
    let options = ReportOptions {
        format: Format::Html,
        sweep: Some(record.name.clone()),
        notes: note(progress.jobs).into_iter().collect(),
        ..ReportOptions::default()
    };
    best_report(&evidence, &options, &mut report).map_err(|_| Problem::fault())?;
    let figures = figures(&evidence, &record.name)
        .into_iter()
        .map(|(name, figure)| (name, Drawing::of(&figure, Room::Half)))
        .collect();
    render(&Sweep {
        frame: Frame::new(database, &record.name),
        progress,
        first_asked: moment(&record.created_at),
        last_asked: moment(&record.last_run_at),
        report: String::from_utf8(report).map_err(|_| Problem::fault())?,
        figures,
        not_drawn: drawn(&evidence.jobs).count() - evidence.curves.len(),
        namesakes: counts
            .iter()
            .filter(|other| other.name == record.name && other.sweep != id)
            .map(|other| other.sweep.0)
            .collect(),
        record,
    })
}

/// What of many jobs a page leaves to others.
fn note(jobs: u32) -> Option<String> {
    (jobs > MOST_READ).then(|| {
        format!(
            "Of {jobs} jobs, this page reads the best of each model and activation: the test set chose it, or the validation set. \
             `sweep report` reads all of them, `--best` for this table and `--by` for what their settings do."
        )
    })
}

impl Sweep {
    fn not_drawn_words(&self) -> String {
        format!("Curves leave out {}: the first of each model are drawn.", counted(self.not_drawn, "job"))
    }
}
