//! `sweep report`: tables of results.

use sweep_store::{JobSelection, Reader, Store};

use super::left_running;
use crate::{
    cli::{ReportArguments, TableFormat},
    error::{CliError, Ending},
    output::{counted, print_with, report_options, tell},
};

pub(super) fn run(arguments: &ReportArguments) -> Result<Ending, CliError> {
    let reader = Store::open_read_only(&arguments.database.db)?;
    let sweep = arguments.sweep.as_deref();
    let selection = sweep.map_or(JobSelection::All, JobSelection::Named);
    if arguments.best {
        print_best(&reader, selection, sweep, arguments.format)?;
    } else {
        let jobs = reader.jobs(selection)?;
        let options = report_options(arguments.format, sweep);
        print_with(|output| sweep_report::jobs_report(&jobs, &options, output))?;
    }
    let left = left_running(&reader)?;
    if left > 0 {
        tell(&format!(
            "note: {} left running by a run that is dead; the same `sweep run` goes on with them",
            counted(left, "job")
        ));
    }
    Ok(Ending::Done)
}

/// Prints the table of the highest test accuracies.
pub(super) fn print_best(
    reader: &Reader,
    selection: JobSelection<'_>,
    sweep: Option<&str>,
    format: TableFormat,
) -> Result<(), CliError> {
    let jobs = reader.jobs(selection)?;
    let options = report_options(format, sweep);
    print_with(|output| sweep_report::best_report(&jobs, &options, output))
}
