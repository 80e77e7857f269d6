//! The memory of the jobs of a run, before anything of it is recorded.

use sweep_data::DataExtent;
use sweep_job::{DeviceChoice, PlannedJob};
use sweep_scheduler::Executor;

use crate::{
    commands::draft::Draft,
    error::CliError,
    memory::{self, Chosen, Estimates, Fit, Gpu, Kind, memory_of},
    output::{counted, tell, tell_paragraph},
    progress::Verbosity,
    settings::RunSettings,
};

/// Refuses jobs that need more memory than the workers have. Gives the settings with the devices that have room and as many workers as
/// fit, and the estimates, if there are any.
pub(super) fn fitted(
    draft: &Draft,
    executor: &impl Executor,
    settings: RunSettings,
) -> Result<(RunSettings, Option<Estimates>), CliError> {
    // Data whose sizes are unknown are refused with the reason before a job starts.
    let Some(extent) = draft.extent else { return Ok((settings, None)) };
    let settings = with_room(draft, extent, executor, settings)?;
    let limits = memory_of(executor, settings.device(), settings.threads, settings.memory_limit);
    // More workers are worth more than wider bundles.
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

/// The settings with those of their GPUs that have room for what is to be trained.
fn with_room(
    draft: &Draft,
    extent: DataExtent,
    executor: &impl Executor,
    mut settings: RunSettings,
) -> Result<RunSettings, CliError> {
    let kinds = kinds(draft.missing());
    // Fewer devices have more workers each, if the user says how many there are.
    while settings.device() != DeviceChoice::Cpu {
        let gpus = Gpu::all(executor, &settings.devices, settings.workers_of_a_device());
        let on_gpu = Estimates::new(extent, settings.device(), settings.threads);
        let Chosen { devices, warnings, note } =
            memory::with_room(settings.requested, &gpus, &on_gpu, &kinds)?;
        let note = note.filter(|_| settings.verbosity == Verbosity::Normal);
        warnings.iter().chain(&note).for_each(|words| tell_paragraph(words));
        if devices == settings.devices {
            break;
        }
        settings = settings.on(devices, executor);
    }
    Ok(settings)
}

/// The kinds of trainings of jobs: those that differ only in epochs share one.
fn kinds(jobs: Vec<PlannedJob>) -> Vec<Kind> {
    let trainings = sweep_plan::trainings(jobs);
    memory::kinds(
        trainings.iter().filter_map(|training| Some((&training.jobs.last()?.spec, training.jobs.len()))),
    )
}

/// Says which of `jobs` are left to the processor by a run on GPUs.
pub(super) fn tell_what_the_cpu_trains(
    jobs: &[PlannedJob],
    estimates: Option<&Estimates>,
    settings: &RunSettings,
) {
    if settings.device() == DeviceChoice::Cpu || settings.verbosity == Verbosity::Quiet {
        return;
    }
    let kinds = memory::kinds(jobs.iter().map(|job| (&job.spec, 1)));
    if let Some(words) = estimates.and_then(|on_gpu| memory::left_to_cpu(on_gpu, &kinds)) {
        tell_paragraph(&format!(
            "{words}, each on {}; a sweep of these jobs alone uses all cores with `--device cpu`",
            counted(settings.threads as usize, "thread")
        ));
    }
}
