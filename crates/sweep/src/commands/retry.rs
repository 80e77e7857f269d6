//! `sweep retry`: jobs without a result wait again.

use sweep_job::{ARITHMETIC, Status};

use super::{jobs_named, open_existing};
use crate::{
    cli::RetryArguments,
    error::{CliError, Ending},
    output::{counted, tell},
};

pub(super) fn run(arguments: &RetryArguments) -> Result<Ending, CliError> {
    let mut store = open_existing(&arguments.database)?;
    let mut jobs = jobs_named(store.reader(), &arguments.names)?;
    let statuses = [
        (arguments.failed, Status::Failed),
        (arguments.diverged, Status::Diverged),
        (arguments.cancelled, Status::Cancelled),
    ];
    for (_, status) in statuses.into_iter().filter(|(is_requested, _)| *is_requested) {
        jobs.extend(store.reader().jobs_with_status(status)?);
    }
    let requeued =
        if arguments.older_arithmetic { store.renew(ARITHMETIC)? } else { store.requeue(&jobs)? };
    store.close()?;
    tell(&match requeued {
        0 if arguments.older_arithmetic => "all results are of this program's arithmetic".to_owned(),
        0 => "no job is to be tried again: all of these are finished, running or waiting".to_owned(),
        _ => format!(
            "{} queued again; `sweep run` with their sweep file trains them",
            counted(requeued, "job")
        ),
    });
    Ok(Ending::Done)
}
