//! Tables and figures as files. What they hold is made elsewhere.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use sweep_job::QueryTable;
use sweep_report::{
    Format, ReportOptions,
    figures::{Figure, Style},
    query_report,
};

use crate::problem::Problem;

/// A file that a browser saves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    name: String,
    kind: &'static str,
    content: Vec<u8>,
}

/// Dots per inch of pictures: two for each pixel of the drawing, fit for slides and print.
const RESOLUTION: f64 = 192.0;

/// The forms of a table.
const TABLES: [(&str, Format, &str); 2] =
    [("csv", Format::Csv, "text/csv; charset=utf-8"), ("json", Format::Json, "application/json")];

impl File {
    /// A figure, `svg` or `png` as `extension` says, black on white.
    ///
    /// # Errors
    /// Where figures have no such form.
    pub(crate) fn figure(name: &str, extension: &str, figure: &Figure) -> Result<Self, Problem> {
        let style = Style::default();
        let (kind, content) = match extension {
            "svg" => ("image/svg+xml", figure.svg(&style).into_bytes()),
            "png" => ("image/png", figure.png(&style, RESOLUTION).map_err(|_| Problem::fault())?),
            _ => return Err(no_such_file()),
        };
        Ok(Self { name: format!("{name}.{extension}"), kind, content })
    }

    /// A report as a table, `csv` or `json` as `extension` says.
    ///
    /// # Errors
    /// Where tables have no such form.
    pub(crate) fn table(
        name: &str,
        extension: &str,
        write: impl FnOnce(&ReportOptions, &mut Vec<u8>) -> std::io::Result<()>,
    ) -> Result<Self, Problem> {
        let form = TABLES.into_iter().find(|(known, ..)| *known == extension);
        let (_, format, kind) = form.ok_or_else(no_such_file)?;
        let options = ReportOptions { format, ..ReportOptions::default() };
        let mut content = Vec::new();
        write(&options, &mut content).map_err(|_| Problem::fault())?;
        Ok(Self { name: format!("{name}.{extension}"), kind, content })
    }

    /// Rows as a table.
    ///
    /// # Errors
    /// Where tables have no such form.
    pub(crate) fn rows(name: &str, extension: &str, rows: &QueryTable) -> Result<Self, Problem> {
        Self::table(name, extension, |options, out| query_report(rows, options, out))
    }
}

pub(crate) fn no_such_file() -> Problem {
    Problem::not_found("There is no such file.")
}

/// Names here are of digits and words of this program: none needs to be quoted otherwise.
impl IntoResponse for File {
    fn into_response(self) -> Response {
        let mut response = self.content.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name));
        headers.extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
        response
    }
}
