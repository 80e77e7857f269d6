//! Why results could not be exported. It opens nothing.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use crate::Form;

/// An error of whoever reads the results.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// Why results could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file system refuses.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: `write`, `make the folder`.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The target is a file.
    #[error("{} is no folder", path.display())]
    NotAFolder {
        /// Which.
        path: PathBuf,
    },
    /// The folder holds something, and no export made it.
    #[error("the folder {} is not empty, and holds no earlier export: it has {found}", path.display())]
    NotAnExport {
        /// The folder.
        path: PathBuf,
        /// The name of something in it.
        found: String,
    },
    /// The folder holds an export of another form.
    #[error("the folder {} holds an export for {found}: {wanted} needs a folder of its own", path.display())]
    OtherForm {
        /// The folder.
        path: PathBuf,
        /// What it holds.
        found: Form,
        /// What was to be written.
        wanted: Form,
    },
    /// A file that no export made has the name of one that is to be written.
    #[error("{} is in the way: no export made it, and it is not overwritten", path.display())]
    InTheWay {
        /// Which.
        path: PathBuf,
    },
    /// The list of what an earlier export made cannot be read.
    #[error("{} does not say what an earlier export made: {message}", path.display())]
    UnreadableList {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Another export writes to the folder.
    #[error("another export is writing to {}", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody added runs of their own to the database of MLflow that is to be replaced.
    #[error("{} holds {runs} runs that no export made: they would be lost", path.display())]
    OthersRuns {
        /// The database.
        path: PathBuf,
        /// How many.
        runs: u32,
    },
    /// The results cannot be read.
    #[error("cannot read {what}: {source}")]
    Source {
        /// Which of them: the name of a table, or `jobs`.
        what: String,
        /// Why.
        source: SourceError,
    },
    /// A value is not what its column holds.
    #[error("{table}, row {row}, column {column}: {message}")]
    Unfit {
        /// The table.
        table: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// What does not fit.
        message: String,
    },
    /// A row has not one value for every column.
    #[error("{table}, row {row}: {found} values for {columns} columns")]
    RowLength {
        /// The table.
        table: String,
        /// The row, from 1.
        row: u64,
        /// Its values.
        found: usize,
        /// The columns of the table.
        columns: usize,
    },
    /// The library that makes a format refuses.
    #[error("cannot write {}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Turns an error of the file system into one that names the file.
pub(crate) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::File { action, path, source }
}

/// Turns an error of a library into one that names the file.
pub(crate) fn refused<E: Error + Send + Sync + 'static>(path: &Path) -> impl Fn(E) -> ExportError {
    move |source| ExportError::Format { path: path.to_owned(), source: Box::new(source) }
}
