//! The memory of the jobs of a run, before anything of it is recorded.

use sweep_job::{BulkTransition, PlannedJob};
use sweep_plan::Plan;
use sweep_store::{Location, Store};

use crate::{
    error::CliError,
    memory::{self, Estimates, Fit, Kind, limits},
    output::tell,
    settings::RunSettings,
};

/// Refuses jobs that need more memory than there is, and gives the settings with as many workers as fit.
pub(super) fn fitted(
    plan: &Plan,
    jobs: &[PlannedJob],
    database: &Location,
    settings: RunSettings,
) -> Result<RunSettings, CliError> {
    // Data whose sizes cannot be had are refused with their reason before a job starts.
    let Ok(extent) = sweep_data::extent(&plan.data) else { return Ok(settings) };
    let limits = limits(settings.memory_limit);
    let estimates = Estimates::new(extent, settings.device, settings.threads);
    let check = |jobs| memory::check(&estimates, &kinds(jobs), &limits, settings.wanted);
    let all = check(jobs.to_vec());
    let fit = match all {
        Ok(Fit { warning: None, .. }) => all?,
        // Jobs that are done need nothing: the database is asked only where that may matter.
        _ => check(missing(jobs, database))?,
    };
    if let Some(warning) = fit.warning {
        tell(&warning);
    }
    Ok(RunSettings { workers: fit.workers, ..settings })
}

/// What a worker's allocator is told where addresses are limited: to set none aside for each thread, which is 64 MiB in the C library's.
pub(super) fn allocator_setting() -> Option<(&'static str, &'static str)> {
    limits(None).each.map(|_| ("MALLOC_ARENA_MAX", "1"))
}

/// The kinds of trainings of jobs: those that differ only in epochs share one.
fn kinds(jobs: Vec<PlannedJob>) -> Vec<Kind> {
    let bundles = sweep_plan::bundles(jobs);
    memory::kinds(bundles.iter().filter_map(|bundle| Some((&bundle.jobs.last()?.spec, bundle.jobs.len()))))
}

/// The jobs that are to be trained.
pub(super) fn missing(jobs: &[PlannedJob], database: &Location) -> Vec<PlannedJob> {
    let Ok(reader) = Store::open_read_only(database) else { return jobs.to_vec() };
    let is_done = |job: &PlannedJob| {
        let status = reader.job(&job.id).map(|record| record.status.status());
        // A job that failed is trained again; one that diverged or was cancelled is not.
        status.is_ok_and(|status| status.is_over() && !BulkTransition::Requested.changes(status))
    };
    jobs.iter().filter(|job| !is_done(job)).cloned().collect()
}
