//! Reports: from the plain rows of `sweep-job` to tables for the terminal, documents, spreadsheets and programs, and from plain
//! values to figures.
//!
//! It reads no database and no file, and knows nothing of how the rows came about. docs/results-db.md describes what the
//! forms for programs hold.

mod arithmetic;
mod assessment;
mod best;
mod blown_up;
mod cell;
mod compare;
mod curve_lines;
mod document;
pub mod figures;
mod group;
mod html;
mod job_reading;
mod jobs;
mod latex;
mod left;
mod machine;
mod namesakes;
mod options;
pub mod page;
pub mod plots;
mod query;
mod show;
mod spread;
pub mod statistics;
pub mod study;
mod text_table;
mod top;
mod track;
mod trials;
pub mod words;
mod write;

pub use best::best_report;
pub use blown_up::{blew_up, blown_up_words};
pub use compare::{CompareOptions, comparison_report, comparison_sections};
pub use html::HtmlSection;
pub use jobs::jobs_report;
pub use left::Left;
pub use namesakes::distinctions;
pub use options::{Format, ReportOptions, TAIL_EPOCHS};
pub use query::query_report;
pub use show::{JobSections, ShowOptions, Subjects, job_report, job_sections};
pub use spread::varying_settings;
pub use top::{Top, top_jobs};
