//! Arguments of the commands that show results.

use clap::{Args, ValueEnum};

use super::DatabaseArguments;

/// Arguments of `sweep report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// The highest test accuracy of each model and activation, instead of a row a job
    #[arg(long)]
    pub(crate) best: bool,
    /// Only the jobs of this sweep
    #[arg(long, value_name = "NAME")]
    pub(crate) sweep: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

/// How to print a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// For the terminal.
    #[default]
    Table,
    /// For a document.
    Markdown,
    /// For a paper: LaTeX, with the package booktabs.
    Latex,
    /// For a spreadsheet.
    Csv,
    /// For programs.
    Json,
}

/// Arguments of `sweep show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The job: its id, or the first digits of it
    pub(crate) job: String,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// How to print it; the forms for programs have the row of the view trials
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

/// Arguments of `sweep sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArguments {
    /// One statement that reads
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// How to print the rows
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}
