//! `sweep cancel`: jobs that nobody wants any more, here and in other processes.

use sweep_store::Cancelled;

use super::{jobs_named, open_existing};
use crate::{
    cli::CancelArguments,
    error::{CliError, Ending},
    output::{counted, tell},
};

pub(super) fn run(arguments: &CancelArguments) -> Result<Ending, CliError> {
    let mut store = open_existing(&arguments.database)?;
    let jobs = jobs_named(store.reader(), &arguments.names)?;
    let result = store.cancel(&jobs)?;
    store.close()?;
    tell(&words(&result));
    Ok(Ending::Done)
}

fn words(result: &Cancelled) -> String {
    let Cancelled { cancelled, requested, over } = *result;
    let mut parts = Vec::new();
    if cancelled > 0 {
        parts.push(format!("{} cancelled", counted(cancelled, "waiting job")));
    }
    if requested > 0 {
        parts.push(format!(
            "{} will be cancelled within seconds; a job that finishes first keeps its result",
            counted(requested, "running job")
        ));
    }
    if over > 0 {
        parts.push(format!("{} over before, and left as they were", counted(over, "job")));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_told_by_kind() {
        let outcome = |cancelled, requested, over| words(&Cancelled { cancelled, requested, over });
        insta::assert_snapshot!(outcome(1, 0, 0), @"1 waiting job cancelled");
        insta::assert_snapshot!(outcome(12, 2, 5), @"12 waiting jobs cancelled; 2 running jobs will be cancelled within seconds; a job that finishes first keeps its result; 5 jobs over before, and left as they were");
    }
}
