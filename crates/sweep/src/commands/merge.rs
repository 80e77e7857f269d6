//! `sweep merge`: results of another database come in.

use sweep_job::JobId;
use sweep_store::{Conflict, Merged, Store};

use super::{difference_words, open_to_write};
use crate::{
    cli::MergeArguments,
    error::{CliError, Ending},
    output::{counted, list_first, print},
};

/// So many jobs of one kind are listed.
const LISTED: usize = 20;

pub(super) fn run(arguments: &MergeArguments) -> Result<Ending, CliError> {
    let (other, database) = (&arguments.other, &arguments.database.db);
    if let (Ok(one), Ok(two)) = (other.canonicalize(), database.canonicalize())
        && one == two
    {
        return Err(CliError::Argument {
            message: format!("{} and {} are one database", other.display(), database.display()),
            hint: Some("name the one that takes the results with `--db`".to_owned()),
        });
    }
    let reader = Store::open_read_only(arguments.database.location_of(other))?;
    let mut store = open_to_write(&arguments.database)?;
    let merged = store.merge(&reader)?;
    store.close()?;
    reader.check_unchanged()?;
    print(&words(&merged))?;
    let is_whole = merged.conflicts.is_empty() && merged.without_weights.is_empty() && merged.held.is_empty();
    Ok(if is_whole { Ending::Done } else { Ending::JobsFailed })
}

fn words(merged: &Merged) -> String {
    let Merged { brought, same, without_result, held, without_weights, conflicts } = merged;
    let mut text = format!(
        "{} brought in with weights, {same} here before with the same bits, {without_result} without a result there\n",
        counted(*brought, "result")
    );
    let conflicting: Vec<(JobId, String)> = conflicts
        .iter()
        .map(|(job, conflict)| {
            let how = match conflict {
                Conflict::Results(differences) => difference_words(differences),
                Conflict::Ends => "finished in one, diverged in the other".to_owned(),
                Conflict::Divergences => "diverged in both, but not in the same way".to_owned(),
            };
            (*job, how)
        })
        .collect();
    let plain = |jobs: &[JobId]| jobs.iter().map(|job| (*job, String::new())).collect::<Vec<_>>();
    for (what, jobs) in [
        ("CONFLICT: other results in both, and those here stay", conflicting),
        ("not brought in, since their weights are missing there or changed", plain(without_weights)),
        ("not brought in, since a run is training them here", plain(held)),
    ] {
        if !jobs.is_empty() {
            text.push_str(&format!("{}: {what}\n", counted(jobs.len(), "job")));
            list_first(&mut text, LISTED, jobs.iter().map(|(job, how)| format!("{}  {how}", job.short())));
        }
    }
    text
}
