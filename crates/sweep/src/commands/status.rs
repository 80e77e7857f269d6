//! `sweep status`: how far every sweep is, and who is at work.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal},
    thread,
    time::Duration,
};

use sweep_job::{JobRecord, RunId, RunLife, RunRecord, SweepCounts};
use sweep_store::{Reader, Store};

use super::is_alive;
use crate::{
    cli::StatusArguments,
    error::{CliError, Ending},
    output::{counted, print},
};

/// The time between two looks of `--watch`.
const PAUSE: Duration = Duration::from_secs(1);

/// Clears a terminal and goes to its first line (ECMA-48, ED and CUP).
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(super) fn run(arguments: &StatusArguments) -> Result<Ending, CliError> {
    let reader = Store::open_read_only(&arguments.database.db)?;
    let clear = if io::stdout().is_terminal() { CLEAR } else { "" };
    loop {
        let text = text(&reader)?;
        if !arguments.watch {
            print(&text)?;
            return Ok(Ending::Done);
        }
        print(&format!("{clear}{text}"))?;
        thread::sleep(PAUSE);
    }
}

fn text(reader: &Reader) -> Result<String, CliError> {
    let runs = reader.open_runs()?;
    let mut text = String::new();
    sweeps(&mut text, &reader.counts()?);
    running(&mut text, &reader.running_jobs()?, &runs);
    alive(&mut text, &runs);
    Ok(text)
}

fn sweeps(text: &mut String, sweeps: &[SweepCounts]) {
    if sweeps.is_empty() {
        text.push_str("no sweep is recorded\n");
    }
    for sweep in sweeps {
        let SweepCounts { name, data_title, queued, running, finished, failed, diverged, cancelled, .. } =
            sweep;
        let jobs = queued + running + finished + failed + diverged + cancelled;
        let _ = write!(
            text,
            "sweep \"{name}\" on {data_title}: {finished} of {} finished",
            counted(jobs as usize, "job")
        );
        for (count, what) in [
            (running, "running"),
            (queued, "waiting"),
            (failed, "failed"),
            (diverged, "diverged"),
            (cancelled, "cancelled"),
        ] {
            if *count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        text.push('\n');
    }
}

fn running(text: &mut String, jobs: &[(JobRecord, Option<RunId>)], runs: &[RunRecord]) {
    let (alive, lost): (Vec<_>, Vec<_>) = jobs.iter().partition(|(_, owner)| is_alive(runs, *owner));
    if !alive.is_empty() {
        text.push_str("\nrunning\n");
    }
    for (job, owner) in alive {
        let _ = writeln!(
            text,
            "  {}{}",
            training(job),
            owner.map_or(String::new(), |RunId(run)| format!("  run {run}"))
        );
    }
    if !lost.is_empty() {
        text.push_str("\nleft running by runs that are dead; the next `sweep run` goes on with them\n");
    }
    for (job, _) in lost {
        let _ = writeln!(text, "  {}", training(job));
    }
}

fn training(job: &JobRecord) -> String {
    let best = job
        .best
        .map_or(String::new(), |best| format!("  best test accuracy {:.2} %", 100.0 * best.test.accuracy));
    format!(
        "{:<11} {:<9} {}  epoch {}/{}{best}",
        job.spec.model.title(),
        job.spec.activation.title(),
        job.id.short(),
        job.epochs_finished,
        job.spec.epochs
    )
}

fn alive(text: &mut String, runs: &[RunRecord]) {
    let mut alive = runs.iter().filter(|run| run.life == RunLife::Alive).peekable();
    if alive.peek().is_none() {
        text.push_str("\nno run is at work\n");
        return;
    }
    text.push_str("\nruns\n");
    for run in alive {
        let _ = writeln!(
            text,
            "  run {}: process {} on {}, since {}, holds {}: {}",
            run.id.0,
            run.process.process,
            run.process.host,
            run.started_at,
            counted(run.jobs as usize, "job"),
            run.details.command_line
        );
    }
}
