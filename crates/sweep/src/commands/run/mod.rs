//! `sweep run`: trains what is missing of a sweep and records it.

mod blown_up;
mod checkpoints;
mod memory;
mod preflight;
mod signals;
mod training;
mod widths;
mod words;
mod work;

use std::{collections::HashSet, path::Path};

use sweep_job::{DataSetRecord, JobId, PlannedJob};
use sweep_report::TAIL_EPOCHS;
use sweep_scheduler::LocalProcesses;
use sweep_store::{JobSelection, Location, Reader, Store, StoreError, SweepEntry, weights_dir};

pub(super) use self::signals::Listener;
use self::{training::Assignment, widths::Widths};
use super::{draft::Draft, open_to_write, plan, prepared, report};
use crate::{
    build,
    cli::{RunArguments, TableFormat},
    error::{CliError, Ending},
    output::report_options,
    settings::RunSettings,
    workers,
};

pub(super) fn run(arguments: &RunArguments) -> Result<Ending, CliError> {
    let listener = Listener::start()?;
    let executor = workers::executor()?;
    let settings = RunSettings::new(arguments, &executor)?;
    let file = plan::read(&arguments.sweep)?;
    let database = &arguments.database.db;
    let location = Location::from(&arguments.database);
    let draft = Draft::new(file, &location)?;
    let (settings, estimates) = memory::fitted(&draft, &executor, settings)?;
    preflight::check(&location, &executor, &settings)?;
    let prepared = draft.prepare()?;
    let Draft { file, identity, jobs, .. } = draft;
    let data = &prepared.data;
    let mut store = open_to_write(&arguments.database)?;
    // Where all links lead, so that weights stay with it whatever becomes of them.
    let place = store.reader().path().to_owned();
    store.record_data_set(data)?;
    let entry = SweepEntry {
        name: file.plan.name.clone(),
        file_text: file.text,
        command_line: build::command_line(),
    };
    let recorded = store.record_sweep(&entry, &identity, &jobs)?;
    let left_running = jobs.iter().filter(|job| store.requeued().contains(&job.id)).count();
    words::announce(&entry.name, &recorded, jobs.len(), left_running, database, &settings);

    let mut ending = if recorded.diverged_before + recorded.cancelled_before > 0 {
        Ending::JobsFailed
    } else {
        Ending::Done
    };
    let to_run: HashSet<JobId> = recorded.to_run.iter().copied().collect();
    let waiting = jobs.iter().filter(|job| to_run.contains(&job.id)).cloned().collect();
    let assignment =
        Assignment::new(waiting, &file.plan.data, &identity, &place, prepared::input_shape(data), &settings);
    prepared.warn();
    if !assignment.trainings.is_empty() {
        let trials = data.train_trials as usize;
        let widths = Widths::new(&assignment.trainings, |spec| {
            estimates.as_ref().map_or(1, |estimates| estimates.side_by_side(spec))
        });
        let trained =
            training::train(assignment, widths, &mut store, &settings, trials, &listener, executor)?;
        if trained != Ending::Done {
            ending = trained;
        }
    }
    remove_unneeded_files(store.reader())?;
    if arguments.report {
        let selection = JobSelection::Sweep(recorded.sweep);
        let options = report_options(TableFormat::Table, Some(&entry.name));
        report::print_best(store.reader(), selection.into(), TAIL_EPOCHS, &options)?;
    }
    store.close()?;
    Ok(ending)
}

/// Removes what dead processes have left and nobody needs: checkpoints of jobs that are over, and files that are half written.
pub(super) fn remove_unneeded_files(reader: &Reader) -> Result<(), StoreError> {
    let weights = weights_dir(reader.path());
    checkpoints::remove_left_behind(&weights, reader)?;
    sweep_worker::remove_partial_files(&weights);
    Ok(())
}

/// Trains one job that `store` knows, and says how that ended.
pub(super) fn train_one(
    job: PlannedJob,
    data: &DataSetRecord,
    database: &Path,
    store: &mut Store,
    settings: &RunSettings,
    listener: &Listener,
    executor: LocalProcesses,
) -> Result<Ending, CliError> {
    let shape = prepared::input_shape(data);
    let assignment = Assignment::new(vec![job], &data.spec, &data.identity, database, shape, settings);
    let widths = Widths::new(&assignment.trainings, |_| 1);
    training::train(assignment, widths, store, settings, data.train_trials as usize, listener, executor)
}
