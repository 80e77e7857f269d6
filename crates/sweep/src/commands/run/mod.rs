//! `sweep run`: trains what is missing of a sweep and records it.

mod checkpoints;
pub(super) mod memory;
mod preflight;
mod signals;
mod training;
mod words;

use std::{collections::HashSet, env};

use sweep_job::{JobId, PlannedJob};
use sweep_store::{JobSelection, Store, SweepEntry, weights_dir};

use super::{plan, report};
use crate::{
    cli::{RunArguments, TableFormat},
    error::{CliError, Ending},
    settings::RunSettings,
};

pub(super) fn run(arguments: &RunArguments) -> Result<Ending, CliError> {
    let settings = RunSettings::new(arguments)?;
    let file = plan::read(&arguments.sweep)?;
    let database = &arguments.database.db;
    let identity = sweep_data::identify(&file.plan.data)?;
    let planned =
        |spec: &sweep_job::JobSpec| PlannedJob { id: JobId::new(spec, &identity), spec: spec.clone() };
    let jobs: Vec<PlannedJob> = file.plan.jobs.iter().map(planned).collect();
    // Before the data are read, which takes memory of its own.
    let settings = memory::fitted(&file.plan, &jobs, database, settings)?;
    let data = preflight::check(&file.plan, &identity, database, &settings)?;
    let mut store = Store::open(database)?;
    if !store.reader().has_data_set(&identity)? {
        store.record_data_set(&data)?;
    }
    let entry =
        SweepEntry { name: file.plan.name.clone(), file_text: file.text, command_line: command_line() };
    let recorded = store.record_sweep(&entry, &identity, &jobs)?;
    words::announce(&entry.name, &recorded, jobs.len(), database, &settings);

    let mut ending = if recorded.diverged_before > 0 { Ending::JobsFailed } else { Ending::Done };
    let to_run: HashSet<JobId> = recorded.to_run.iter().copied().collect();
    let waiting = jobs.iter().filter(|job| to_run.contains(&job.id)).cloned().collect();
    let orders = training::orders(waiting, &file.plan.data, &identity, database, &settings);
    checkpoints::remove_left_behind(&weights_dir(database), &jobs, &identity, &orders);
    if !orders.is_empty() {
        let trained = training::train(orders, &mut store, &settings, data.train_trials as usize)?;
        if trained != Ending::Done {
            ending = trained;
        }
    }
    if arguments.report {
        let selection = JobSelection::Sweep(recorded.sweep);
        report::print_best(store.reader(), selection, Some(&entry.name), TableFormat::Table)?;
    }
    Ok(ending)
}

fn command_line() -> String {
    env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
