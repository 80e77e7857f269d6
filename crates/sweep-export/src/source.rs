//! Where results come from: tables row by row, and jobs one by one, so that no more than one of them need be held. It knows no
//! database.

use std::ops::ControlFlow;

use sweep_job::{ColumnType, EpochMetrics, JobRecord, Value, View, ViewColumn};

use crate::{ExportError, SourceError};

/// A table and what its columns hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name; the file gets it too.
    pub name: String,
    /// Its columns, in the order of the values of a row.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds. Any column may hold NULL, and one of numbers also whole ones that a float holds exactly.
    pub kind: ColumnType,
}

/// The tables of a whole results database: all views, in the order of docs/results-db.md.
pub fn results_tables() -> Vec<Table> {
    let column = |column: ViewColumn| Column { name: column.name.to_owned(), kind: column.holds };
    let table =
        |view: View| Table { name: view.name().to_owned(), columns: view.columns().map(column).collect() };
    View::ALL.map(table).to_vec()
}

/// Reads tables.
pub trait TableSource {
    /// Calls `take` with each row of `table` in its order, the values in the order of its columns, and ends at once where that
    /// breaks.
    ///
    /// # Errors
    /// Where a row cannot be read.
    fn rows(
        &mut self,
        table: &Table,
        take: &mut dyn FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), SourceError>;
}

/// A job with all its epochs.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedJob {
    /// What is known of it.
    pub record: JobRecord,
    /// The metrics of every epoch that has ended, the first one first.
    pub epochs: Vec<EpochMetrics>,
    /// The commit of the program that last trained it, with `-dirty` behind it where files differed from it.
    pub git_commit: Option<String>,
}

/// Reads jobs.
pub trait JobSource {
    /// Calls `take` with each job, in the order in which they were first asked for, and ends at once where that breaks.
    ///
    /// # Errors
    /// Where a job cannot be read.
    fn jobs(&mut self, take: &mut dyn FnMut(&RecordedJob) -> ControlFlow<()>) -> Result<(), SourceError>;
}

/// Hands each row of `table` to `take`, and ends at its first error.
pub(crate) fn each_row(
    source: &mut dyn TableSource,
    table: &Table,
    mut take: impl FnMut(&[Value]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut taken = Ok(());
    let read = source.rows(table, &mut |row| flow(&mut taken, take(row)));
    taken?;
    read.map_err(|source| ExportError::Source { what: table.name.clone(), source })
}

/// Hands each job to `take`, and ends at its first error.
pub(crate) fn each_job(
    source: &mut dyn JobSource,
    mut take: impl FnMut(&RecordedJob) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut taken = Ok(());
    let read = source.jobs(&mut |job| flow(&mut taken, take(job)));
    taken?;
    read.map_err(|source| ExportError::Source { what: "jobs".to_owned(), source })
}

fn flow(kept: &mut Result<(), ExportError>, result: Result<(), ExportError>) -> ControlFlow<()> {
    *kept = result;
    if kept.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}
