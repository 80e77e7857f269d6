//! One sweep: the lab's table, and the curves of its activation functions.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use sweep_job::{SweepId, SweepRecord};
use sweep_report::words::{counted, moment};

use super::progress::{SweepProgress, at_a_time, sweeps};
use crate::{
    database::Moment,
    digest::{NotDrawn, SweepDigest},
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
    first_requested: String,
    last_requested: String,
    digest: Arc<SweepDigest>,
    /// Other sweeps of this name.
    namesakes: Vec<SweepProgress>,
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

fn page(reader: &Moment<'_>, id: SweepId, database: &str) -> Result<Html<String>, Problem> {
    let record = record(reader, id)?;
    let in_all = reader.progress()?;
    let at_a_time = at_a_time(&in_all, &reader.open_runs()?);
    let mut sweeps = sweeps(reader, at_a_time)?;
    let place = sweeps.iter().position(|sweep| sweep.number == id.0);
    let place = place.ok_or_else(|| Problem::not_found("This sweep has no jobs any more."))?;
    let progress = sweeps.swap_remove(place);
    sweeps.retain(|other| other.name == record.name);
    sweeps.sort_by_key(|other| other.number);
    render(&Sweep {
        frame: Frame::new(database, progress.title()),
        progress,
        first_requested: moment(&record.created_at),
        last_requested: moment(&record.last_run_at),
        digest: reader.digest(&record)?,
        namesakes: sweeps,
        record,
    })
}

impl Sweep {
    fn not_drawn_words(&self) -> Option<String> {
        let NotDrawn { jobs, of_setting, settings } = self.digest.not_drawn?;
        Some(format!(
            "Curves leave out {}: they show the {settings} settings of each model with the highest accuracy, which the test set chose, and at \
             most {} of each.",
            counted(jobs, "job"),
            counted(of_setting, "job")
        ))
    }
}
