//! Arguments of the commands that show results.

use std::{num::NonZeroU32, path::PathBuf};

use clap::{ArgGroup, Args, ValueEnum, builder::TypedValueParser};
use sweep_export::TableForm;
use sweep_report::{
    TAIL_EPOCHS,
    plots::PlotKind,
    study::{Reading, StudyTable},
};
use sweep_store::{Filter, FilterError};

use super::DatabaseArguments;

/// Arguments of `sweep report`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("ranked").args(["by", "top"]).multiple(true))]
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
    /// Only the N jobs or, with --by, settings with the highest test accuracy, the highest first
    #[arg(long, value_name = "N", value_parser = positive(), conflicts_with = "best")]
    pub(crate) top: Option<NonZeroU32>,
    /// Which epoch of a job counts; the default is `selected` with a validation set and `last` without
    #[arg(long, value_enum, requires = "ranked")]
    pub(crate) metric: Option<ReadingArgument>,
    /// How many epochs the mean of the last ones is over
    #[arg(long, value_name = "N", default_value_t = TAIL_EPOCHS, value_parser = positive())]
    pub(crate) tail: NonZeroU32,
    /// Show the accuracy of every seed too
    #[arg(long, requires = "by")]
    pub(crate) seeds: bool,
    /// The table that csv and json print
    #[arg(long, value_enum, default_value_t, requires = "by")]
    pub(crate) table: TableArgument,
    /// Only the jobs of this sweep
    #[arg(long, value_name = "NAME")]
    pub(crate) sweep: Option<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgument,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
    /// Write all of it to one HTML file instead: tables, comparisons, interactive curves, and how it came about. An earlier report is replaced,
    /// nothing else is; --by and --metric say what is compared
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "best", "table"])]
    pub(crate) html: Option<PathBuf>,
}

/// Which jobs are meant.
#[derive(Debug, Args)]
pub(crate) struct FilterArgument {
    /// Only the jobs of which this is true, such as 'model = "eegnet" and learning_rate < 0.01': docs/filter.md
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true)]
    text: Option<String>,
}

impl FilterArgument {
    /// The filter, where there is one.
    ///
    /// # Errors
    /// Where it is wrong.
    pub(crate) fn parse(&self) -> Result<Option<Filter>, FilterError> {
        self.text.as_deref().map(Filter::parse).transpose()
    }
}

/// A number from 1 on.
pub(super) fn positive() -> impl TypedValueParser<Value = NonZeroU32> {
    clap::value_parser!(u32).range(1..).try_map(NonZeroU32::try_from)
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
    /// For a paper: LaTeX, with the packages booktabs and graphicx.
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
    /// Show every subject of the test trials; without it, of more than 12 the 5 with the lowest and the 5 with the highest accuracy
    #[arg(long)]
    pub(crate) subjects: bool,
    /// How many epochs the mean of the last ones is over
    #[arg(long, value_name = "N", default_value_t = TAIL_EPOCHS, value_parser = positive())]
    pub(crate) tail: NonZeroU32,
    /// How to print it; the forms for programs have the row of the view trials
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

/// Arguments of `sweep plot`.
#[derive(Debug, Args)]
pub(crate) struct PlotArguments {
    /// A sweep by its name or its file, or a job by its id; all of the database without one
    #[arg(value_name = "SWEEP|FILE|JOB")]
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) filter: FilterArgument,
    /// What to draw
    #[arg(long, value_enum)]
    pub(crate) kind: KindArgument,
    /// The form of the files
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlotFormat,
    /// The folder to write to; it is made where it is missing, and earlier figures of the same name are replaced
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Which epoch of a job counts; the default is `selected` with a validation set and `last` without
    #[arg(long, value_enum)]
    pub(crate) metric: Option<ReadingArgument>,
    /// Draw the moving average over so many epochs above the paler curves of single epochs; 1 is none
    #[arg(long, value_name = "EPOCHS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) smooth: u32,
    /// On a dark ground
    #[arg(long)]
    pub(crate) dark: bool,
}

/// What to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArgument {
    /// Train and test accuracy per epoch, a figure a model.
    Curves,
    /// The accuracy of each setting with its interval and its single jobs.
    Bars,
    /// Which classes are taken for which, a figure a setting.
    Confusion,
    /// What each setting of the grid does, whatever the others are.
    Axis,
    /// Every job as a line across its settings.
    Parallel,
}

impl From<KindArgument> for PlotKind {
    fn from(argument: KindArgument) -> Self {
        match argument {
            KindArgument::Curves => Self::Curves,
            KindArgument::Bars => Self::Bars,
            KindArgument::Confusion => Self::Confusion,
            KindArgument::Axis => Self::Axis,
            KindArgument::Parallel => Self::Parallel,
        }
    }
}

/// The form of a figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlotFormat {
    /// Vector graphics.
    #[default]
    Svg,
    /// A picture at 192 dots an inch.
    Png,
}

/// Arguments of `sweep export`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("target").required(true).multiple(true))]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// The folder for a file a table
    #[arg(long, value_name = "FOLDER", group = "target")]
    pub(crate) out: Option<PathBuf>,
    /// The form of these files
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExportFormat,
    /// The folder for event files of TensorBoard
    #[arg(long, value_name = "FOLDER", group = "target")]
    pub(crate) tensorboard: Option<PathBuf>,
    /// The folder for a database of MLflow
    #[arg(long, value_name = "FOLDER", group = "target")]
    pub(crate) mlflow: Option<PathBuf>,
}

/// The form of exported tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma-separated values.
    #[default]
    Csv,
    /// An array of objects.
    Json,
    /// Columns with types, compressed.
    Parquet,
}

impl From<ExportFormat> for TableForm {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Json => Self::Json,
            ExportFormat::Parquet => Self::Parquet,
        }
    }
}

/// Arguments of `sweep serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// The port; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(crate) port: u16,
    /// The address or name to listen on; the default is seen from this machine alone
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: String,
}

/// Arguments of `sweep sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArguments {
    /// One statement that reads
    #[arg(allow_hyphen_values = true, value_parser = query)]
    pub(crate) query: String,
    /// Never there: whatever follows the query is a mistake, and it is said which.
    #[arg(hide = true, value_name = "QUERY", value_parser = behind_query)]
    _more: Option<String>,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// How to print the rows
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

/// A query may begin with a comment, and so with two hyphens. One word that does is no query, but a misspelt option.
fn query(text: &str) -> Result<String, String> {
    match text.starts_with('-') && !text.contains(char::is_whitespace) {
        true => Err("it is neither a query nor an option".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn behind_query(_: &str) -> Result<String, String> {
    Err("the query has ended before; it is one argument, in quotes".to_owned())
}
