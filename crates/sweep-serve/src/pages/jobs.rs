//! The table of jobs: filtered, sorted and divided into pages by the database.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use sweep_job::{JobRecord, JobStatus, Setting, SettingColumn, SweepId, SweepLabel};
use sweep_report::{
    distinctions,
    words::{counted, duration, percent, percent_at, setting_text, status, thousands},
};
use sweep_store::{Column, Direction};

use crate::{
    database::Moment,
    page::{Frame, Section, Watch, render},
    parameters::Parameters,
    problem::Problem,
    request::{JobsRequest, RequestError, SIZES, direction_name},
    site::Site,
};

#[derive(Template)]
#[template(path = "jobs.html")]
struct Jobs {
    frame: Frame,
    /// What was typed as a filter.
    typed: String,
    complaint: Option<String>,
    sweeps: Vec<Choice>,
    /// For windows in which a row is a card, and no head of a column is there to be pressed.
    sorts: Vec<Choice>,
    is_descending: bool,
    statuses: Vec<Link>,
    /// What a form keeps that filters: names with values.
    kept: Vec<(&'static str, String)>,
    table: Option<Table>,
    columns: Vec<&'static str>,
}

/// One of a list.
struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

/// A link that may be where one is already.
struct Link {
    query: String,
    words: String,
    is_here: bool,
}

struct Table {
    heads: Vec<Head>,
    rows: Vec<Row>,
    words: String,
    previous: Option<String>,
    next: Option<String>,
    sizes: Vec<Link>,
}

/// The head of a column.
struct Head {
    words: &'static str,
    query: String,
    /// `ascending` or `descending`, where the table is sorted by it.
    sorted: Option<&'static str>,
    side: &'static str,
}

struct Row {
    id: String,
    short: String,
    status: &'static str,
    standing: String,
    model: &'static str,
    activation: &'static str,
    /// Settings and results, with the words above their columns.
    numbers: Vec<(&'static str, String)>,
}

pub(crate) async fn jobs(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let frame = Frame::new(&site.name(), "Jobs").within(Section::Jobs);
    let parameters = Parameters::of(query.as_deref());
    let request = JobsRequest::of(&parameters);
    site.read(move |reader| {
        let sweeps = reader.sweeps_with_jobs()?;
        match request {
            Ok(request) => {
                let table = Table::read(reader, &request)?;
                let page = Jobs::new(frame, &parameters, Some(&request), &sweeps);
                Ok(render(&Jobs { table: Some(table), ..page })?.into_response())
            }
            Err(RequestError::Filter(error)) => {
                let page = Jobs::new(frame.watching(Watch::Nothing), &parameters, None, &sweeps);
                let page = Jobs { complaint: Some(error.to_string()), ..page };
                Ok((StatusCode::BAD_REQUEST, render(&page)?).into_response())
            }
            Err(error) => Err(Problem::bad(error.to_string())),
        }
    })
    .await
}

impl Jobs {
    fn new(
        frame: Frame,
        parameters: &Parameters,
        request: Option<&JobsRequest>,
        sweeps: &[SweepLabel],
    ) -> Self {
        let kept = |name| Some((name, parameters.one(name)?.to_owned()));
        let query = |status: &str| match request {
            Some(request) => request.with("status", status),
            None => parameters.without(&["status", "page"]).with("status", status).query(),
        };
        let picked = parameters.one("status");
        let mut statuses =
            vec![Link { query: query(""), words: "all".to_owned(), is_here: picked.is_none() }];
        statuses.extend(JobStatus::NAMES.map(|name| Link {
            query: query(name),
            words: name.to_owned(),
            is_here: picked == Some(name),
        }));
        let sweep = parameters.one("sweep");
        let sort = parameters.one("sort");
        let is_told =
            |name: &str| BEFORE_SETTINGS.iter().chain(&AFTER_SETTINGS).any(|(column, _)| *column == name);
        let other_sort = sort.filter(|name| !is_told(name)).map(|name| Choice {
            value: name.to_owned(),
            words: name.to_owned(),
            is_chosen: true,
        });
        Self {
            frame,
            typed: parameters.one("where").unwrap_or_default().to_owned(),
            complaint: None,
            sweeps: sweeps
                .iter()
                .zip(distinctions(sweeps))
                .map(|(SweepLabel { id: SweepId(number), name, .. }, distinction)| Choice {
                    value: number.to_string(),
                    words: distinction.map_or_else(|| name.clone(), |told| format!("{name} ({told})")),
                    is_chosen: sweep == Some(number.to_string().as_str()),
                })
                .collect(),
            sorts: BEFORE_SETTINGS
                .into_iter()
                .chain(AFTER_SETTINGS)
                .map(|(column, words)| Choice {
                    value: column.to_owned(),
                    words: words.to_owned(),
                    is_chosen: sort == Some(column),
                })
                .chain(other_sort)
                .collect(),
            is_descending: parameters.one("order") == Some("descending"),
            statuses,
            kept: ["status", "size"].into_iter().filter_map(kept).collect(),
            table: None,
            columns: Column::all().map(Column::name).collect(),
        }
    }
}

impl Table {
    fn read(reader: &Moment<'_>, request: &JobsRequest) -> Result<Self, Problem> {
        let page = reader.job_page(&request.page_request())?;
        let varying = reader.varying_settings(request.sweep, request.filter.as_ref())?;
        // They stand beside those that have ended.
        let varying: Vec<SettingColumn> =
            varying.iter().copied().filter(|column| column.setting() != Setting::EPOCHS).collect();
        let first = (request.page - 1) * request.size;
        let last = first + page.jobs.len();
        let words = match (page.total, page.jobs.len()) {
            (0, _) => "No job matches.".to_owned(),
            (total, 0) => format!("There are only {}.", counted(total, "job")),
            (total, _) => {
                let (first, last) = (thousands(first as u64 + 1), thousands(last as u64));
                format!("{first} to {last} of {}", counted(total, "job"))
            }
        };
        Ok(Self {
            heads: heads(request, &varying),
            rows: page.jobs.iter().map(|job| Row::new(job, &varying)).collect(),
            words,
            previous: (request.page > 1).then(|| request.at_page(request.page - 1)),
            next: (last < page.total && !page.jobs.is_empty()).then(|| request.at_page(request.page + 1)),
            sizes: SIZES
                .map(|size| Link {
                    query: request.with("size", &size.to_string()),
                    words: size.to_string(),
                    is_here: size == request.size,
                })
                .into(),
        })
    }
}

/// Columns with the words above them, and the end that is looked at first.
const BEFORE_SETTINGS: [(&str, &str); 4] =
    [("job_id", "job"), ("model", "model"), ("activation", "activation"), ("status", "status")];
const AFTER_SETTINGS: [(&str, &str); 5] = [
    ("best_test_accuracy", "best test (optimistic)"),
    ("selected_test_accuracy", "selected test"),
    ("last_test_accuracy", "last test"),
    ("epochs_finished", "epochs"),
    ("seconds", "time"),
];

fn heads(request: &JobsRequest, varying: &[SettingColumn]) -> Vec<Head> {
    let head = |(name, words), first, side| {
        let column = Column::named(name)?;
        let sorted = request.sort.filter(|sort| sort.column == column);
        Some(Head {
            words,
            query: request.sorted_by(column, first),
            sorted: sorted.map(|sort| direction_name(sort.direction)),
            side,
        })
    };
    let mut heads = Vec::new();
    heads.extend(BEFORE_SETTINGS.into_iter().filter_map(|column| head(column, Direction::Ascending, "")));
    heads.extend(
        varying
            .iter()
            .filter_map(|column| head((column.name(), column.name()), Direction::Ascending, "number")),
    );
    heads.extend(
        AFTER_SETTINGS.into_iter().filter_map(|column| head(column, Direction::Descending, "number")),
    );
    heads
}

impl Row {
    fn new(job: &JobRecord, varying: &[SettingColumn]) -> Self {
        let none = || "-".to_owned();
        let at = |epoch: Option<sweep_job::EpochMetrics>| {
            epoch.map_or_else(none, |epoch| percent_at(epoch.test.accuracy, epoch.epoch))
        };
        let results = [
            at(job.best),
            at(job.selected),
            job.last.map_or_else(none, |last| percent(last.test.accuracy)),
            format!("{}/{}", job.epochs_finished, job.spec.epochs),
            if job.epochs_finished == 0 { none() } else { duration(job.seconds) },
        ];
        let settings =
            varying.iter().map(|column| (column.name(), setting_text(*column, &column.value(&job.spec))));
        Self {
            id: job.id.to_string(),
            short: job.id.short(),
            status: job.status.name(),
            standing: status(job),
            model: job.spec.model.title(),
            activation: job.spec.activation.title(),
            numbers: settings
                .chain(AFTER_SETTINGS.into_iter().map(|(_, words)| words).zip(results))
                .collect(),
        }
    }
}
