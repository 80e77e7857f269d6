//! Results in the files of other programs: CSV, JSON and Parquet files of all tables, event files for TensorBoard, and a
//! database for MLflow. docs/export.md describes them.
//!
//! It reads no results database: rows and jobs come one by one through [`TableSource`] and [`JobSource`], and are not held. Files are
//! written into one folder, appear whole and all at once, and replace nothing but an earlier export of the same form.

mod error;
mod folder;
mod form;
mod job;
mod mlflow;
mod names;
mod parquet;
mod source;
mod tables;
mod tensorboard;
mod time;

pub use error::{ExportError, SourceError};
pub use form::Form;
pub use mlflow::export_mlflow;
pub use source::{Column, JobSource, RecordedJob, Table, TableSource, results_tables};
pub use tables::{TableForm, export_tables};
pub use tensorboard::export_tensorboard;

/// What an export made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
}
