//! `sweep status`: how far every sweep is, and who is at work.

mod text;

use std::{
    io::{self, IsTerminal},
    thread,
    time::Duration,
};

use sweep_store::{Reader, Store};

use self::text::{Standing, Training};
use super::is_alive;
use crate::{
    cli::StatusArguments,
    error::{CliError, Ending},
    output::{blocks, print, width},
};

/// The time between two looks of `--watch`.
const PAUSE: Duration = Duration::from_secs(1);

/// Clears a terminal and goes to its first line (ECMA-48, ED and CUP).
const CLEAR: &str = "\x1b[2J\x1b[H";

/// So many trainings get a curve; a database that more share has a long list already.
const MOST_CURVES: usize = 64;

pub(super) fn run(arguments: &StatusArguments) -> Result<Ending, CliError> {
    let mut reader = Store::open_read_only(&arguments.database)?;
    let clear = if io::stdout().is_terminal() { CLEAR } else { "" };
    loop {
        let text = read(&reader)?.text(width(), blocks());
        if !arguments.watch {
            print(&text)?;
            return Ok(Ending::Done);
        }
        print(&format!("{clear}{text}"))?;
        thread::sleep(PAUSE);
        if !reader.is_current()? {
            reader = Store::open_read_only(&arguments.database)?;
        }
    }
}

fn read(reader: &Reader) -> Result<Standing, CliError> {
    let runs = reader.open_runs()?;
    let mut standing =
        Standing { sweeps: reader.counts()?, progress: reader.progress()?, ..Standing::default() };
    for (job, owner) in reader.running_jobs()? {
        let is_lost = !is_alive(&runs, owner);
        let mut accuracies = Vec::new();
        if !is_lost && standing.running.len() < MOST_CURVES {
            accuracies.extend(reader.epochs(&job.id)?.iter().map(|epoch| epoch.test.accuracy));
        }
        let training = Training { job, owner, accuracies };
        if is_lost { standing.lost.push(training) } else { standing.running.push(training) }
    }
    standing.at_a_time =
        standing.progress.running.iter().filter(|training| is_alive(&runs, training.owner)).count();
    standing.runs = runs;
    reader.check_unchanged()?;
    Ok(standing)
}
