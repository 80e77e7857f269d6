//! `sweep compare`: two jobs side by side.

use sweep_report::{CompareOptions, study::Reading};
use sweep_store::Store;

use crate::{
    cli::CompareArguments,
    error::{CliError, Ending},
    output::{blocks, print_with, report_options},
};

pub(super) fn run(arguments: &CompareArguments) -> Result<Ending, CliError> {
    let [first, second] = arguments.jobs.as_slice() else {
        return Err(CliError::Argument {
            message: format!("{} jobs, but two are compared at a time", arguments.jobs.len()),
            hint: Some(
                "`sweep report --by` compares settings over all their jobs; the page Jobs of `sweep serve` shows up to 12 side by side"
                    .to_owned(),
            ),
        });
    };
    let reader = Store::open_read_only(&arguments.database)?;
    let (one, other) = (reader.find_job(first)?, reader.find_job(second)?);
    if one == other {
        return Err(CliError::Argument {
            message: format!("`{first}` and `{second}` are the same job, {one}"),
            hint: Some("`sweep show` prints everything about one job".to_owned()),
        });
    }
    let compare = CompareOptions {
        reading: arguments.metric.map(Reading::from),
        tail_epochs: arguments.tail.get(),
        curves: Some(blocks()),
    };
    let (one, other) = (reader.job_view(&one)?, reader.job_view(&other)?);
    reader.check_unchanged()?;
    let options = report_options(arguments.format, None);
    print_with(|output| sweep_report::comparison_report(&one, &other, &compare, &options, output))?;
    Ok(Ending::Done)
}
