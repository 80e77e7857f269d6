//! `sweep show`: everything about one job.

use sweep_report::{ShowOptions, Subjects};
use sweep_store::Store;

use super::refuse_idle;
use crate::{
    cli::ShowArguments,
    error::{CliError, Ending},
    output::{blocks, print_with, report_options},
};

pub(super) fn run(arguments: &ShowArguments) -> Result<Ending, CliError> {
    refuse_idle(arguments.idle())?;
    let reader = Store::open_read_only(&arguments.database)?;
    let id = reader.find_job(&arguments.job)?;
    let view = reader.job_view(&id)?;
    reader.check_unchanged()?;
    let show = ShowOptions {
        curves: Some(blocks()),
        tail_epochs: arguments.tail().get(),
        subjects: if arguments.subjects { Subjects::Each } else { Subjects::Summarised },
    };
    let options = report_options(arguments.format, None);
    print_with(|output| sweep_report::job_report(&view, &show, &options, output))?;
    Ok(Ending::Done)
}
