//! Arguments of the commands that show results.

use clap::{Args, ValueEnum};
use sweep_report::study::{Reading, StudyTable};

use super::DatabaseArguments;

/// Epochs that a mean of the last ones is over, unless asked otherwise.
pub(crate) const DEFAULT_TAIL: u32 = 10;

/// Arguments of `sweep report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// The highest test accuracy of each model and activation, instead of a row a job
    #[arg(long)]
    pub(crate) best: bool,
    /// A row a setting, its jobs with other seeds taken together, with intervals, comparisons and the effect of each axis. Jobs that agree in
    /// these settings are repeats; without names, all that vary but the seed
    #[arg(long, value_name = "AXIS,...", num_args = 0..=1, value_delimiter = ',', conflicts_with = "best")]
    pub(crate) by: Option<Vec<String>>,
    /// Which epoch of a job counts; the default is `selected` with a validation set and `last` without
    #[arg(long, value_enum, requires = "by")]
    pub(crate) metric: Option<ReadingArgument>,
    /// How many epochs the mean of the last ones is over
    #[arg(long, value_name = "N", default_value_t = DEFAULT_TAIL, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) tail: u32,
    /// Show the accuracy of every seed too
    #[arg(long, requires = "by")]
    pub(crate) seeds: bool,
    /// The table that csv and json print
    #[arg(long, value_enum, default_value_t, requires = "by")]
    pub(crate) table: TableArgument,
    /// Only the jobs of this sweep
    #[arg(long, value_name = "NAME")]
    pub(crate) sweep: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

/// Which epoch of a job counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadingArgument {
    /// The one with the highest test accuracy: optimistic.
    Best,
    /// The one that the validation set selects.
    Selected,
    /// The last one.
    Last,
    /// The mean of the last ones, as many as --tail says.
    MeanLast,
}

impl From<ReadingArgument> for Reading {
    fn from(argument: ReadingArgument) -> Self {
        match argument {
            ReadingArgument::Best => Self::Best,
            ReadingArgument::Selected => Self::Selected,
            ReadingArgument::Last => Self::Last,
            ReadingArgument::MeanLast => Self::MeanLast,
        }
    }
}

/// A table of a study.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableArgument {
    /// A row a setting.
    #[default]
    Settings,
    /// A row a pair of settings.
    Comparisons,
    /// A row a level of an axis.
    Effects,
}

impl From<TableArgument> for StudyTable {
    fn from(argument: TableArgument) -> Self {
        match argument {
            TableArgument::Settings => Self::Settings,
            TableArgument::Comparisons => Self::Comparisons,
            TableArgument::Effects => Self::Effects,
        }
    }
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
