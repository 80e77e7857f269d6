//! Everything about one job.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use sweep_job::{JobId, JobView};
use sweep_report::{
    HtmlSection, JobSections, job_sections,
    plots::{job_confusion, job_curves},
    words,
};

use super::figure::{Drawing, Room};
use crate::{
    database::Moment,
    page::{Frame, Section, Watch, render},
    problem::Problem,
    site::Site,
};

#[derive(Template)]
#[template(path = "job.html")]
struct Job {
    frame: Frame,
    id: String,
    name: String,
    /// The name of its status in the database.
    status: &'static str,
    standing: String,
    epochs_finished: u32,
    epochs: u32,
    curves: Drawing,
    /// Of each snapshot, with the name of its kind.
    predictions: Vec<(&'static str, Drawing)>,
    /// What stands below the curves.
    outcome: Vec<HtmlSection>,
    /// What stands beside them.
    facts: Vec<HtmlSection>,
}

pub(crate) async fn job(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Result<Html<String>, Problem> {
    let database = site.name();
    site.read(move |reader| render(&Job::new(&view(reader, &name)?, &database)?)).await
}

/// All that is recorded of the job that a name means: its id, or the first digits of it.
pub(crate) fn view(reader: &Moment<'_>, name: &str) -> Result<JobView, Problem> {
    Ok(reader.job_view(&find(reader, name)?)?)
}

pub(crate) fn find(reader: &Moment<'_>, name: &str) -> Result<JobId, Problem> {
    Ok(reader.find_job(name)?)
}

impl Job {
    fn new(view: &JobView, database: &str) -> Result<Self, Problem> {
        let job = &view.job;
        let name = format!("{} {}", job.spec.model.title(), job.spec.activation.title());
        let JobSections { facts, outcome } = job_sections(view).map_err(|_| Problem::fault())?;
        let frame = Frame::new(database, format!("{name} {}", job.id.short()));
        Ok(Self {
            frame: frame.within(Section::Jobs).watching(Watch::Jobs(vec![job.id.to_string()])),
            id: job.id.to_string(),
            name,
            status: job.status.name(),
            standing: words::status(job),
            epochs_finished: job.epochs_finished,
            epochs: job.spec.epochs,
            curves: Drawing::of(&job_curves(job, &view.epochs), Room::Most),
            predictions: view
                .snapshots
                .iter()
                .filter_map(|(kind, snapshot)| {
                    let figure = job_confusion(&view.data, *kind, snapshot)?;
                    Some((kind.name(), Drawing::of(&figure, Room::Third)))
                })
                .collect(),
            outcome,
            facts,
        })
    }
}
