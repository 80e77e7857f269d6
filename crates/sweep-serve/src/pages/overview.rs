//! The first page: how far every sweep is, which jobs are running, and which runs are active.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use sweep_job::{JobRecord, RunId, RunLife, RunRecord};
use sweep_report::{
    Left,
    figures::{Blocks, MOST_SPARKLINES, sparkline},
    words::{counted, moment, percent, percent_at, thousands},
};

use super::progress::{SweepProgress, at_a_time, is_alive, sweeps};
use crate::{
    database::Moment,
    page::{Frame, Section, render},
    problem::Problem,
    site::Site,
};

/// Characters of a curve.
const CURVE_WIDTH: usize = 24;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    sweeps: Vec<SweepProgress>,
    left: Left,
    /// Trainings under way; one may serve several jobs.
    at_a_time: usize,
    running: Vec<Running>,
    /// Left running by runs that are dead.
    lost: usize,
    runs: Vec<Run>,
}

/// A running job.
struct Running {
    id: String,
    short: String,
    name: String,
    epochs_finished: u32,
    epochs: u32,
    curve: String,
    best: String,
    last: String,
    run: String,
}

/// An active run.
struct Run {
    number: i64,
    process: u32,
    host: String,
    since: String,
    holds: String,
    command: String,
}

pub(crate) async fn overview(State(site): State<Arc<Site>>) -> Result<Html<String>, Problem> {
    let frame = Frame::new(&site.name(), "Overview").within(Section::Overview);
    site.read(move |reader| render(&Overview::read(reader, frame)?)).await
}

impl Overview {
    fn read(reader: &Moment<'_>, frame: Frame) -> Result<Self, Problem> {
        let runs = reader.open_runs()?;
        let jobs = reader.running_jobs()?;
        let (at_work, lost): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|(_, owner)| is_alive(&runs, *owner));
        let mut running = Vec::new();
        for (place, (job, owner)) in at_work.iter().enumerate() {
            let accuracies: Vec<f64> = if place < MOST_SPARKLINES {
                reader.epochs(&job.id)?.iter().map(|epoch| epoch.test.accuracy).collect()
            } else {
                Vec::new()
            };
            running.push(Running::new(job, *owner, &accuracies));
        }
        let progress = reader.progress()?;
        let at_a_time = at_a_time(&progress, &runs);
        Ok(Self {
            frame,
            sweeps: sweeps(reader, at_a_time)?,
            left: Left::of_all(&progress, at_a_time),
            at_a_time,
            running,
            lost: lost.len(),
            runs: runs.iter().filter(|run| run.life == RunLife::Alive).map(Run::new).collect(),
        })
    }

    /// What a screen reader says when it changes: counts alone, since times change all the time.
    fn summary(&self) -> String {
        let jobs: u32 = self.sweeps.iter().map(|sweep| sweep.jobs).sum();
        let finished: u32 = self.sweeps.iter().map(|sweep| sweep.finished).sum();
        format!(
            "{} of {} finished in {}, {} running.",
            thousands(finished.into()),
            counted(jobs as usize, "job"),
            counted(self.sweeps.len(), "sweep"),
            thousands(self.running.len() as u64)
        )
    }

    fn left_words(&self) -> Option<String> {
        self.left.sentence(self.at_a_time)
    }

    fn lost_words(&self) -> String {
        let verb = if self.lost == 1 { "was" } else { "were" };
        format!(
            "{} {verb} left running by a run that died; the next `sweep run` continues {}.",
            counted(self.lost, "job"),
            if self.lost == 1 { "it" } else { "them" }
        )
    }
}

impl Running {
    fn new(job: &JobRecord, owner: Option<RunId>, accuracies: &[f64]) -> Self {
        Self {
            id: job.id.to_string(),
            short: job.id.short(),
            name: format!("{} {}", job.spec.model.title(), job.spec.activation.title()),
            epochs_finished: job.epochs_finished,
            epochs: job.spec.epochs,
            curve: sparkline(accuracies, CURVE_WIDTH, Blocks::Unicode),
            best: job.best.map_or("-".to_owned(), |best| percent_at(best.test.accuracy, best.epoch)),
            last: job.last.map_or("-".to_owned(), |last| percent(last.test.accuracy)),
            run: owner.map_or("-".to_owned(), |RunId(run)| run.to_string()),
        }
    }
}

impl Run {
    fn new(run: &RunRecord) -> Self {
        Self {
            number: run.id.0,
            process: run.process.process,
            host: run.process.host.clone(),
            since: moment(&run.started_at),
            holds: counted(run.jobs as usize, "job"),
            command: run.details.command_line.clone(),
        }
    }
}
