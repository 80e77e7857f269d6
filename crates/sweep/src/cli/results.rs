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
    /// One row per setting: mean, interval, comparisons and the effect of each axis. Jobs that agree in the named axes share a row; without
    /// names, the axes are all that vary but the seed
    #[arg(long, value_name = "AXIS,...", num_args = 0..=1, value_delimiter = ',', conflicts_with = "best")]
    pub(crate) by: Option<Vec<String>>,
    /// Only the N jobs or, with --by, settings with the highest test accuracy, the highest first
    #[arg(long, value_name = "N", value_parser = positive(), conflicts_with = "best")]
    pub(crate) top: Option<NonZeroU32>,
    /// Which epoch of a job counts; the default is `selected` with a validation set and `last` without
    #[arg(long, value_enum, requires = "ranked")]
    pub(crate) metric: Option<ReadingArgument>,
    /// How many epochs the mean of the last ones is over [default: 10]
    #[arg(long, value_name = "N", value_parser = positive())]
    pub(crate) tail: Option<NonZeroU32>,
    /// Show the accuracy of every job of a row too
    #[arg(long, alias = "seeds", requires = "by")]
    pub(crate) each: bool,
    /// Print only this table; without it, csv and json print `settings`, and all other forms all tables
    #[arg(long, value_enum, requires = "by")]
    pub(crate) table: Option<TableArgument>,
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

impl ReportArguments {
    /// How many epochs the mean of the last ones is over.
    pub(crate) fn tail(&self) -> NonZeroU32 {
        self.tail.unwrap_or(TAIL_EPOCHS)
    }

    /// An option that would have no effect beside the others, and what it takes to have one.
    pub(crate) fn idle(&self) -> Option<(&'static str, &'static str)> {
        let is_mean = self.metric == Some(ReadingArgument::MeanLast);
        if self.tail.is_some() && !(self.best || self.by.is_some() || self.html.is_some() || is_mean) {
            return Some((
                "--tail",
                "the mean of the last epochs is in reports with --by, --best, --html or --top with --metric mean-last",
            ));
        }
        let is_for_programs = matches!(self.format, TableFormat::Csv | TableFormat::Json);
        if self.each && is_for_programs {
            return Some(("--each", "csv and json have a row per job without --by"));
        }
        None
    }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableArgument {
    /// A row a setting.
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
    /// How many epochs the mean of the last ones is over [default: 10]
    #[arg(long, value_name = "N", value_parser = positive())]
    pub(crate) tail: Option<NonZeroU32>,
    /// How to print it; the forms for programs have the row of the view trials
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

impl ShowArguments {
    /// How many epochs the mean of the last ones is over.
    pub(crate) fn tail(&self) -> NonZeroU32 {
        self.tail.unwrap_or(TAIL_EPOCHS)
    }

    /// An option that would have no effect beside the others, and what it takes to have one.
    pub(crate) fn idle(&self) -> Option<(&'static str, &'static str)> {
        const REASON: &str = "csv and json have the row of the view trials";
        let is_for_programs = matches!(self.format, TableFormat::Csv | TableFormat::Json);
        match (self.subjects, self.tail) {
            (true, _) if is_for_programs => Some(("--subjects", REASON)),
            (_, Some(_)) if is_for_programs => Some(("--tail", REASON)),
            _ => None,
        }
    }
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
    /// The folder to write to. It is created if it does not exist, and earlier figures of the same name are replaced
    #[arg(long, value_name = "FOLDER", default_value = "figures")]
    pub(crate) out: PathBuf,
    /// Of `confusion`, which draws a figure per setting: only the N settings with the highest accuracy [default: 12]
    #[arg(long, value_name = "N", value_parser = positive())]
    pub(crate) top: Option<NonZeroU32>,
    /// Which epoch of a job counts; the default is `selected` with a validation set and `last` without
    #[arg(long, value_enum)]
    pub(crate) metric: Option<ReadingArgument>,
    /// Of `curves`: draw the moving average over so many epochs above the paler curves of single epochs
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) smooth: Option<u32>,
    /// On a dark ground
    #[arg(long)]
    pub(crate) dark: bool,
}

impl PlotArguments {
    /// An option that would have no effect beside the others, and what it takes to have one.
    pub(crate) fn idle(&self) -> Option<(&'static str, &'static str)> {
        match (self.kind, self.smooth, self.top) {
            (kind, Some(_), _) if kind != KindArgument::Curves => {
                Some(("--smooth", "only `--kind curves` draws curves"))
            }
            (kind, _, Some(_)) if kind != KindArgument::Confusion => {
                Some(("--top", "only `--kind confusion` draws a figure per setting"))
            }
            _ => None,
        }
    }
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
