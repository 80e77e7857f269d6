//! `sweep check-db --salvage`: what can be read becomes a new database, and what is missing is told.

use std::path::Path;

use sweep_job::JobId;
use sweep_store::{Location, Salvaged, salvage};

use super::LISTED;
use crate::{
    build,
    error::{CliError, Ending},
    output::{counted, list_first, print},
};

pub(super) fn run(damaged: &Path, new: &Location) -> Result<Ending, CliError> {
    let salvaged = salvage(damaged, new, build::run_details())?;
    print(&words(damaged, new.path(), &salvaged))?;
    Ok(if salvaged.is_complete() { Ending::Done } else { Ending::JobsFailed })
}

fn words(damaged: &Path, new: &Path, salvaged: &Salvaged) -> String {
    let Salvaged { sweeps, lost_sweeps, results, finished, epochs, snapshots, weights, waiting, .. } =
        salvaged;
    let mut text = format!(
        "{}: {}, {} with a result ({finished} finished), {}, {}, {} of weights\n",
        new.display(),
        counted(*sweeps, "sweep"),
        counted(*results, "job"),
        counted(*epochs, "epoch"),
        counted(*snapshots, "snapshot"),
        counted(*weights, "file"),
    );
    if *waiting > 0 {
        text.push_str(&format!("{} without a result wait in it, as before\n", counted(*waiting, "job")));
    }
    for (table, rows) in &salvaged.damaged {
        let what = if table == "sqlite_schema" {
            "its table definitions".to_owned()
        } else {
            format!(
                "{} of the table `{table}`",
                counted(*rows, "row or page").replace("row or", plural(*rows))
            )
        };
        text.push_str(&format!("{}: {what} cannot be read\n", damaged.display()));
    }
    if *lost_sweeps > 0 {
        text.push_str(&format!(
            "{} left out; `sweep run` with the sweep file adds what is missing\n",
            are(*lost_sweeps, "sweep")
        ));
    }
    let queued: Vec<_> = salvaged.queued_again.iter().map(|(job, why)| (Some(*job), why.as_str())).collect();
    let left_out: Vec<_> = salvaged.left_out.iter().map(|(job, why)| (*job, why.as_str())).collect();
    let without_weights: Vec<_> = salvaged.without_weights.iter().map(|job| (Some(*job), "")).collect();
    for (jobs, what) in [
        (
            queued,
            "queued again, since the result is incomplete or contradictory; the next `sweep run` trains what is queued",
        ),
        (left_out, "left out; `sweep run` with the sweep file adds what is missing"),
        (without_weights, "finished, but weights are missing or changed: `sweep eval` cannot load them"),
    ] {
        list(&mut text, &jobs, what);
    }
    if salvaged.is_complete() {
        text.push_str("nothing is missing\n");
    }
    text
}

fn list(text: &mut String, jobs: &[(Option<JobId>, &str)], what: &str) {
    if jobs.is_empty() {
        return;
    }
    text.push_str(&format!("{} {what}\n", are(jobs.len(), "job")));
    let name = |job: &Option<JobId>| job.map_or("unknown     ".to_owned(), |job| job.short());
    list_first(text, LISTED, jobs.iter().map(|(job, why)| format!("{}  {why}", name(job))));
}

fn plural(rows: usize) -> &'static str {
    if rows == 1 { "row or" } else { "rows or" }
}

/// `1 job is`, `2 jobs are`.
fn are(count: usize, what: &str) -> String {
    format!("{} {}", counted(count, what), if count == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told() {
        let job: JobId = "00440ac62d47638253bafcb4cad1d994".parse().unwrap();
        let whole =
            Salvaged { sweeps: 1, results: 2, finished: 1, epochs: 6, snapshots: 3, ..Salvaged::default() };
        let words = |salvaged: &Salvaged| words(Path::new("results.db"), Path::new("new.db"), salvaged);
        insta::assert_snapshot!(words(&whole), @"
        new.db: 1 sweep, 2 jobs with a result (1 finished), 6 epochs, 3 snapshots, 0 files of weights
        nothing is missing
        ");
        let partly = Salvaged {
            waiting: 3,
            damaged: [("epoch".to_owned(), 2)].into(),
            queued_again: vec![(job, "epochs are missing or doubled, or their count is wrong".to_owned())],
            left_out: vec![(None, "its row cannot be read".to_owned()); 12],
            without_weights: vec![job],
            lost_sweeps: 1,
            ..whole
        };
        insta::assert_snapshot!(words(&partly), @"
        new.db: 1 sweep, 2 jobs with a result (1 finished), 6 epochs, 3 snapshots, 0 files of weights
        3 jobs without a result wait in it, as before
        results.db: 2 rows or pages of the table `epoch` cannot be read
        1 sweep is left out; `sweep run` with the sweep file adds what is missing
        1 job is queued again, since the result is incomplete or contradictory; the next `sweep run` trains what is queued
          00440ac62d47  epochs are missing or doubled, or their count is wrong
        12 jobs are left out; `sweep run` with the sweep file adds what is missing
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          unknown       its row cannot be read
          and 2 more
        1 job is finished, but weights are missing or changed: `sweep eval` cannot load them
          00440ac62d47
        ");
    }
}
