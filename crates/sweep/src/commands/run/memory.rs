//! The memory of the jobs of a run, before anything of it is recorded.

use sweep_job::PlannedJob;
use sweep_scheduler::Executor;

use crate::{
    commands::draft::Draft,
    error::CliError,
    memory::{self, Estimates, Fit, Kind, memory_of},
    output::tell,
    settings::RunSettings,
};

/// Refuses jobs that need more memory than the workers have. Gives the settings with as many workers as fit, and the estimates, if
/// there are any.
pub(super) fn fitted(
    draft: &Draft,
    executor: &impl Executor,
    settings: RunSettings,
) -> Result<(RunSettings, Option<Estimates>), CliError> {
    // Data whose sizes are unknown are refused with the reason before a job starts.
    let Some(extent) = draft.extent else { return Ok((settings, None)) };
    let limits = memory_of(executor, settings.device(), settings.threads, settings.memory_limit);
    // As many workers as are wanted are worth more than wider bundles.
    let limit = memory::for_one(&limits).map(|limit| limit.bytes / u64::from(settings.workers.max(1)));
    let estimates = Estimates::new(extent, settings.device(), settings.threads)
        .with_bundles(settings.side_by_side, limit);
    let check = |jobs| memory::check(&estimates, &kinds(jobs), &limits, settings.wanted);
    let all = check(draft.jobs.clone());
    let fit = match all {
        Ok(Fit { warning: None, .. }) => all?,
        // Jobs that are done need no memory.
        _ => check(draft.missing())?,
    };
    if let Some(warning) = fit.warning {
        tell(&warning);
    }
    Ok((RunSettings { workers: fit.workers, ..settings }, Some(estimates)))
}

/// The kinds of trainings of jobs: those that differ only in epochs share one.
fn kinds(jobs: Vec<PlannedJob>) -> Vec<Kind> {
    let trainings = sweep_plan::trainings(jobs);
    memory::kinds(
        trainings.iter().filter_map(|training| Some((&training.jobs.last()?.spec, training.jobs.len()))),
    )
}
