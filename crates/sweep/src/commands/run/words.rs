//! What `sweep run` says before and after the training.

use std::{path::Path, time::Duration};

use sweep_report::words::{rough_duration, thousands};
use sweep_scheduler::Summary;
use sweep_store::Recorded;

use super::work::{Elsewhere, GivenUp, Work};
use crate::{
    output::{counted, tell, tell_paragraph},
    progress::Verbosity,
    settings::RunSettings,
};

/// Says what is to be done and what was done before.
pub(super) fn announce(
    name: &str,
    recorded: &Recorded,
    jobs: usize,
    left_running: usize,
    database: &Path,
    settings: &RunSettings,
) {
    let place = database.display();
    let mut known = Vec::new();
    for (count, what) in [
        (recorded.finished, "already finished"),
        (recorded.diverged_before, "diverged before, and would again"),
        (recorded.cancelled_before, "cancelled"),
        (recorded.failed_before, "that failed before"),
        (left_running, "left running by a run that died"),
    ] {
        if count > 0 {
            known.push(format!("{} {what}", thousands(count as u64)));
        }
    }
    if recorded.to_run.is_empty() {
        let jobs = counted(jobs, "job");
        match recorded.diverged_before + recorded.cancelled_before {
            0 => tell(&format!("nothing to do: sweep \"{name}\" is complete in {place}, {jobs} finished")),
            _ => tell(&format!(
                "nothing to do for the {jobs} of sweep \"{name}\" in {place}: {}",
                known.join(", ")
            )),
        }
        return;
    }
    if settings.verbosity == Verbosity::Quiet {
        return;
    }
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    tell_paragraph(&format!(
        "sweep \"{name}\": {} of {} to train{known}, into {place}; up to {} of {} on {}",
        thousands(recorded.to_run.len() as u64),
        counted(jobs, "job"),
        counted(settings.workers as usize, "worker"),
        counted(settings.threads as usize, "thread"),
        settings.devices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    ));
}

/// What is said when a training that crashed is to be tried again.
pub(super) fn retry(pause: Duration) -> String {
    format!(
        "the jobs that were lost with the worker are trained again in {}",
        rough_duration(pause.as_secs_f64())
    )
}

/// What is said when trainings side by side ran out of memory.
pub(super) fn fewer_side_by_side(before: usize, now: usize) -> String {
    format!("{before} trainings side by side ran out of memory: they continue with up to {now} at a time")
}

/// What is said when a training had a GPU for itself and ran out of its memory.
pub(super) fn no_room(pause: Duration) -> String {
    format!(
        "a training ran out of GPU memory with none beside it: it is tried again in {}, and then after longer pauses",
        rough_duration(pause.as_secs_f64())
    )
}

/// What is said when a signal told a worker to end.
pub(super) fn departure(signal: &str, stops_the_sweep: bool) -> String {
    if stops_the_sweep {
        return format!("workers got {signal} again and again: stopping after the current epoch");
    }
    format!("a worker got {signal} and stopped after its epoch; its jobs continue in a new worker")
}

/// Says how the jobs ended, and what to do about those that did not finish.
pub(super) fn conclude(summary: &Summary, work: &Work<'_>, settings: &RunSettings) {
    let Elsewhere { finished: finished_elsewhere, unfinished: unfinished_elsewhere } = work.elsewhere;
    let all_finished = summary.all_finished() && unfinished_elsewhere == 0;
    if let Some(warning) = work.blown_up.words() {
        tell(&warning);
    }
    if settings.verbosity == Verbosity::Quiet && all_finished {
        return;
    }
    let Summary { finished, diverged, failed, cancelled, interrupted, not_started, .. } = *summary;
    let counts = [
        (finished, "finished"),
        (finished_elsewhere, "finished by other runs"),
        (unfinished_elsewhere, "without a result from other runs"),
        (diverged, "diverged"),
        (failed, "failed"),
        (cancelled, "cancelled"),
        (interrupted, "interrupted"),
        (not_started, "not started"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(*count as u64)))
        .collect();
    tell(&format!("jobs: {}", parts.join(", ")));
    match work.given_up() {
        Some(GivenUp::SoManyFailed) => {
            tell("no further jobs were begun, since so many had failed (--max-failures)");
        }
        Some(GivenUp::CannotSave) => {
            tell(
                "no further jobs were begun, since results cannot be saved: free disk space, or check the permissions of the weights folder",
            );
        }
        None => {}
    }
    if failed + interrupted + not_started + unfinished_elsewhere > 0 {
        tell("run the same command again to train what is missing");
    }
    if diverged > 0 {
        tell("equal settings diverge again: try a smaller learning rate");
    }
}
