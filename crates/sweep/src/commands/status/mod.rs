//! `sweep status`: how far every sweep is, and which runs are active.

mod interrupted;
mod keys;
mod text;

use std::{
    io::{self, IsTerminal},
    path::Path,
    time::Duration,
};

use sweep_job::ARITHMETIC;
use sweep_report::figures::MOST_SPARKLINES;
use sweep_store::{Reader, Store, weights_dir};
use sweep_worker::CheckpointFolder;

use self::{
    interrupted::Interrupted,
    keys::{Keyboard, Wait},
    text::{Overview, Training},
};
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

pub(super) fn run(arguments: &StatusArguments) -> Result<Ending, CliError> {
    let database = &arguments.database.db;
    let mut reader = Store::open_read_only(&arguments.database)?;
    if !arguments.watch {
        print(&read(&reader, database)?.text(width(), blocks()))?;
        return Ok(Ending::Done);
    }
    let clear = if io::stdout().is_terminal() { CLEAR } else { "" };
    let keyboard = Keyboard::new(PAUSE);
    let help = if keyboard.is_heard() { "\nPress q to quit.\n" } else { "" };
    loop {
        let text = read(&reader, database)?.text(width(), blocks());
        print(&format!("{clear}{text}{help}"))?;
        if keyboard.wait() == Wait::Quit {
            return Ok(Ending::Done);
        }
        if !reader.is_current()? {
            reader = Store::open_read_only(&arguments.database)?;
        }
    }
}

fn read(reader: &Reader, database: &Path) -> Result<Overview, CliError> {
    let runs = reader.open_runs()?;
    let mut standing =
        Overview { sweeps: reader.counts()?, progress: reader.progress()?, ..Overview::default() };
    let weights = weights_dir(database);
    for job in reader.interrupted_jobs()? {
        let epochs = job.spec.epochs;
        let checkpoints = CheckpointFolder::new(&weights, &job.spec, &job.data);
        let saved = job.hardware.and_then(|hardware| checkpoints.newest_epoch(epochs, &hardware, ARITHMETIC));
        standing.interrupted.entry(job.sweep).or_default().push(Interrupted { saved, epochs });
    }
    for (job, owner) in reader.running_jobs()? {
        let is_lost = !is_alive(&runs, owner);
        let mut accuracies = Vec::new();
        if !is_lost && standing.running.len() < MOST_SPARKLINES {
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
