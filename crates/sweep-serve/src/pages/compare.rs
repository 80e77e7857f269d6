//! Jobs side by side: their curves in one figure, the settings that differ, and what they reached; of two, whether one is better.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Html,
};
use sweep_job::{EpochMetrics, JobRecord, SettingColumn};
use sweep_report::{
    CompareOptions, HtmlSection, comparison_sections,
    plots::{MOST_LINES, Trajectory, compared_curves},
    varying_settings,
    words::{data_title, duration, percent, percent_at, setting_text, status},
};

use super::{
    figure::{Drawing, Room},
    job::find,
};
use crate::{
    database::Moment,
    page::{Frame, Section, Watch, render},
    parameters::Parameters,
    problem::Problem,
    site::Site,
};

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    frame: Frame,
    jobs: Vec<Column>,
    /// Names with a text a job, where they are not two.
    rows: Vec<(String, Vec<String>)>,
    /// What `sweep compare` says of two.
    sections: Vec<HtmlSection>,
    curves: Drawing,
    /// The query of this page, for its figure as a file.
    query: String,
    /// Whether accuracies on different data stand side by side.
    has_other_data: bool,
}

/// The head of a job's column.
struct Column {
    id: String,
    short: String,
    name: String,
}

#[derive(Template)]
#[template(path = "compare_nothing.html")]
struct Nothing {
    frame: Frame,
    most: usize,
}

pub(crate) async fn compare(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Problem> {
    let frame = Frame::new(&site.name(), "Compare").within(Section::Jobs);
    let parameters = Parameters::of(query.as_deref());
    if parameters.one("job").is_none() {
        return render(&Nothing { frame: frame.watching(Watch::Nothing), most: MOST_LINES });
    }
    site.read(move |reader| {
        let trajectories = trajectories(reader, &parameters)?;
        let sections = match trajectories.as_slice() {
            [first, second] => {
                let (first, second) = (reader.job_view(&first.job.id)?, reader.job_view(&second.job.id)?);
                comparison_sections(&first, &second, &CompareOptions::default())
                    .map_err(|_| Problem::fault())?
            }
            _ => Vec::new(),
        };
        render(&Compare::new(frame, &trajectories, sections))
    })
    .await
}

/// The jobs that the parameters name, each once, with their epochs.
pub(crate) fn trajectories(reader: &Moment<'_>, parameters: &Parameters) -> Result<Vec<Trajectory>, Problem> {
    let mut ids = Vec::new();
    for name in parameters.all("job") {
        let id = find(reader, name)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > MOST_LINES {
            return Err(Problem::bad(format!(
                "No more than {MOST_LINES} jobs can be told apart in one figure."
            )));
        }
    }
    ids.iter().map(|id| Ok(Trajectory { job: reader.job(id)?, epochs: reader.epochs(id)? })).collect()
}

impl Compare {
    fn new(frame: Frame, trajectories: &[Trajectory], sections: Vec<HtmlSection>) -> Self {
        let jobs: Vec<&JobRecord> = trajectories.iter().map(|one| &one.job).collect();
        let ids: Vec<String> = jobs.iter().map(|job| job.id.to_string()).collect();
        let query = ids.iter().fold(Parameters::default(), |query, id| query.with("job", id)).query();
        Self {
            frame: frame.watching(Watch::Jobs(ids)),
            rows: if sections.is_empty() { [settings(&jobs), results(&jobs)].concat() } else { Vec::new() },
            sections,
            curves: Drawing::of(&compared_curves("Accuracy per epoch", trajectories), Room::Most),
            query,
            has_other_data: jobs.windows(2).any(|pair| pair[0].data.identity != pair[1].data.identity),
            jobs: jobs.into_iter().map(Column::new).collect(),
        }
    }
}

impl Column {
    fn new(job: &JobRecord) -> Self {
        Self {
            id: job.id.to_string(),
            short: job.id.short(),
            name: format!("{} {}", job.spec.model.title(), job.spec.activation.title()),
        }
    }
}

fn settings(jobs: &[&JobRecord]) -> Vec<(String, Vec<String>)> {
    let text = |job: &JobRecord, column: SettingColumn| setting_text(column, &column.value(&job.spec));
    varying_settings(jobs)
        .into_iter()
        .map(|column| (column.name().to_owned(), jobs.iter().map(|job| text(job, column)).collect()))
        .collect()
}

fn results(jobs: &[&JobRecord]) -> Vec<(String, Vec<String>)> {
    let at = |epoch: Option<EpochMetrics>| {
        epoch.map_or("-".to_owned(), |epoch| percent_at(epoch.test.accuracy, epoch.epoch))
    };
    let row = |name: &str, text: &dyn Fn(&JobRecord) -> String| {
        (name.to_owned(), jobs.iter().map(|job| text(job)).collect())
    };
    vec![
        row("data", &|job| data_title(&job.data.title)),
        row("status", &status),
        row("epochs", &|job| format!("{}/{}", job.epochs_finished, job.spec.epochs)),
        row("best test (optimistic)", &|job| at(job.best)),
        row("selected test", &|job| at(job.selected)),
        row("last test", &|job| job.last.map_or("-".to_owned(), |last| percent(last.test.accuracy))),
        row("last train", &|job| job.last.map_or("-".to_owned(), |last| percent(last.train.accuracy))),
        row("time", &|job| if job.epochs_finished == 0 { "-".to_owned() } else { duration(job.seconds) }),
    ]
}
