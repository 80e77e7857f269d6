//! Arguments of `sweep compare`.

use std::num::NonZeroU32;

use clap::Args;
use sweep_report::TAIL_EPOCHS;

use super::{
    DatabaseArguments,
    results::{ReadingArgument, TableFormat, positive},
};

/// Arguments of `sweep compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Two jobs: their ids, or the first digits of them
    #[arg(required = true, num_args = 2.., value_name = "JOB")]
    pub(crate) jobs: Vec<String>,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Which epoch of each counts; the default is `selected` with a validation set and `last` without
    #[arg(long, value_enum)]
    pub(crate) metric: Option<ReadingArgument>,
    /// How many epochs the mean of the last ones is over
    #[arg(long, value_name = "N", default_value_t = TAIL_EPOCHS, value_parser = positive())]
    pub(crate) tail: NonZeroU32,
    /// How to print it; csv and json have a single row of numbers
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  sweep compare 974f50e1b423 0b5c3e9d7a12
  sweep compare 974f50e1b423 0b5c3e9d7a12 --metric best --format json

Which of two trained networks is better says little of their settings: another seed gives another \
network. For settings, compare over several seeds with `sweep report --by`.";
