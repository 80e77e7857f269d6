//! What all pages share: their frame, and how a template becomes an answer. It knows no results.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde_json::json;

use crate::{assets, problem::Problem};

/// What stands around the content of every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) title: String,
    /// The file name of the database.
    pub(crate) database: String,
    pub(crate) section: Section,
    pub(crate) watch: Watch,
}

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Jobs,
    Other,
}

/// The news after which a page is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watch {
    Nothing,
    Everything,
    /// Ids of jobs.
    Jobs(Vec<String>),
}

impl Frame {
    pub(crate) fn new(database: &str, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            database: database.to_owned(),
            section: Section::Other,
            watch: Watch::Everything,
        }
    }

    pub(crate) fn within(self, section: Section) -> Self {
        Self { section, ..self }
    }

    pub(crate) fn watching(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// For the script.
    pub(crate) fn watched(&self) -> String {
        match &self.watch {
            Watch::Nothing => String::new(),
            Watch::Everything => "all".to_owned(),
            Watch::Jobs(ids) => ids.join(" "),
        }
    }

    pub(crate) fn style(&self) -> String {
        assets::style()
    }

    pub(crate) fn script(&self) -> String {
        assets::script()
    }

    pub(crate) fn theme(&self) -> String {
        assets::theme()
    }

    pub(crate) fn icon(&self) -> String {
        assets::icon()
    }
}

/// A template as a page.
///
/// # Errors
/// Where it cannot be rendered: a fault of this program.
pub(crate) fn render(page: &impl Template) -> Result<Html<String>, Problem> {
    page.render().map(Html).map_err(|error| {
        tracing::error!("a page cannot be rendered: {error}");
        Problem::fault()
    })
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    words: String,
}

/// An answer, or where it has a problem, that on a page or for programs in JSON, with the answer's status and headers.
pub(crate) fn in_words(mut answer: Response, path: &str, database: &str) -> Response {
    let problem = match answer.extensions_mut().remove::<Arc<Problem>>() {
        // An address whose parts cannot be read is refused, in plain text, before a page is asked.
        None if answer.status().is_client_error() && is_plain(&answer) => {
            Arc::new(Problem::unreadable(answer.status()))
        }
        None => return answer,
        Some(problem) => problem,
    };
    if path.starts_with("/api/") {
        return with_head_of(&answer, Json(json!({ "error": problem.words })));
    }
    let frame = Frame::new(database, problem.title).watching(Watch::Nothing);
    let page = ProblemPage { frame, words: problem.words.clone() };
    match page.render() {
        Ok(text) => with_head_of(&answer, Html(text)),
        Err(_) => answer,
    }
}

fn is_plain(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn with_head_of(head: &Response, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    *response.status_mut() = head.status();
    for (name, value) in head.headers() {
        if !response.headers().contains_key(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// Keeps a token, and leads on.
#[derive(Template)]
#[template(path = "welcome.html")]
pub(crate) struct Welcome {
    frame: Frame,
    address: String,
}

impl Welcome {
    pub(crate) fn to(address: &str) -> Self {
        let frame = Frame::new("", "Welcome").watching(Watch::Nothing);
        Self { frame, address: address.to_owned() }
    }
}

impl IntoResponse for Welcome {
    fn into_response(self) -> Response {
        render(&self).into_response()
    }
}
