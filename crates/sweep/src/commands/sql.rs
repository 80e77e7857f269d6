//! `sweep sql`: a question to the database.

use crate::{
    cli::SqlArguments,
    error::{CliError, Ending},
    output::{print_with, report_options},
};

pub(super) fn run(arguments: &SqlArguments) -> Result<Ending, CliError> {
    let table = sweep_store::sql(&arguments.database, &arguments.query)?;
    let options = report_options(arguments.format, None);
    print_with(|output| sweep_report::query_report(&table, &options, output))?;
    Ok(Ending::Done)
}
