//! One sweep: the lab's table, and the curves of its activation functions.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use sweep_job::{JobRecord, ModelKind, SweepId, SweepRecord};
use sweep_report::{Format, ReportOptions, Trajectory, activation_curves, best_report, words::moment};
use sweep_store::{JobSelection, Reader};

use super::{
    figure::{Drawing, Room},
    progress::SweepProgress,
};
use crate::{
    page::{Frame, render},
    problem::Problem,
    site::Site,
};

/// So many jobs of a model are read for its figure; more would keep a page waiting.
pub(crate) const MOST_TRAJECTORIES: usize = 60;

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
    figures: Vec<(ModelKind, Drawing)>,
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
fn latest(reader: &Reader, name: &str) -> Result<SweepId, Problem> {
    let sweeps = reader.sweeps()?;
    let named = sweeps.iter().filter(|sweep| sweep.name == name);
    let latest = named.max_by(|one, other| one.last_run_at.cmp(&other.last_run_at));
    latest.map(|sweep| sweep.id).ok_or_else(|| Problem::not_found("There is no sweep of this name."))
}

/// The record of a sweep.
pub(crate) fn record(reader: &Reader, id: SweepId) -> Result<SweepRecord, Problem> {
    let found = reader.sweeps()?.into_iter().find(|sweep| sweep.id == id);
    found.ok_or_else(|| Problem::not_found("There is no sweep of this number."))
}

/// The jobs of a model with their epochs; no more than [`MOST_TRAJECTORIES`], the first of the plan.
pub(crate) fn trajectories(
    reader: &Reader,
    jobs: &[JobRecord],
    model: ModelKind,
) -> Result<Vec<Trajectory>, Problem> {
    let begun = jobs.iter().filter(|job| job.spec.model == model && job.epochs_finished > 0);
    begun
        .take(MOST_TRAJECTORIES)
        .map(|job| Ok(Trajectory { job: job.clone(), epochs: reader.epochs(&job.id)? }))
        .collect()
}

fn page(reader: &Reader, id: SweepId, database: &str) -> Result<Html<String>, Problem> {
    let record = record(reader, id)?;
    let jobs = reader.jobs(JobSelection::Sweep(id))?;
    let counts = reader.counts()?;
    let progress = counts.iter().find(|counts| counts.sweep == id).map(SweepProgress::of);
    let progress = progress.ok_or_else(|| Problem::not_found("This sweep has no jobs any more."))?;
    let mut report = Vec::new();
    let options =
        ReportOptions { format: Format::Html, sweep: Some(record.name.clone()), ..ReportOptions::default() };
    best_report(&jobs, &options, &mut report).map_err(|_| Problem::fault())?;
    let mut figures = Vec::new();
    for model in ModelKind::ALL {
        let trajectories = trajectories(reader, &jobs, model)?;
        if !trajectories.is_empty() {
            figures.push((model, Drawing::of(&activation_curves(model, &trajectories), Room::Half)));
        }
    }
    render(&Sweep {
        frame: Frame::new(database, &record.name),
        progress,
        first_asked: moment(&record.created_at),
        last_asked: moment(&record.last_run_at),
        report: String::from_utf8(report).map_err(|_| Problem::fault())?,
        figures,
        namesakes: counts
            .iter()
            .filter(|other| other.name == record.name && other.sweep != id)
            .map(|other| other.sweep.0)
            .collect(),
        record,
    })
}
