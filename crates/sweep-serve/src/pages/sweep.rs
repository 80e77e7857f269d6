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
        self.digest.not_drawn.map(not_drawn_words)
    }
}

fn not_drawn_words(not_drawn: NotDrawn) -> String {
    let NotDrawn { other, cut, settings, of_setting } = not_drawn;
    let are = |jobs: usize| if jobs == 1 { "is" } else { "are" };
    let mut sentences = Vec::new();
    if other > 0 {
        sentences.push(format!(
            "Curves show the {settings} settings of each model with the highest accuracy, which the test set chose; {} of other settings \
             {} left out.",
            counted(other, "job"),
            are(other)
        ));
    }
    if cut > 0 {
        let line = match of_setting {
            1 => "A line is the first job of its setting".to_owned(),
            several => format!("A line is the mean of the first {} of its setting", counted(several, "job")),
        };
        sentences.push(format!("{line}; {} {} left out.", counted(cut, "job"), are(cut)));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_that_are_left_out_are_told_with_their_reason() {
        let words = |other, cut| not_drawn_words(NotDrawn { other, cut, settings: 12, of_setting: 5 });
        let of_other = "Curves show the 12 settings of each model with the highest accuracy, which the test set chose; 1,200 jobs of \
                        other settings are left out.";
        let of_drawn = "A line is the mean of the first 5 jobs of its setting; 1 job is left out.";
        assert_eq!(words(1200, 0), of_other);
        assert_eq!(words(0, 1), of_drawn);
        assert_eq!(words(1200, 1), format!("{of_other} {of_drawn}"));
    }
}
