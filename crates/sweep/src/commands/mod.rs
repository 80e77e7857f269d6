//! One file a command.

mod cancel;
mod check_db;
mod compare;
mod data;
mod eval;
mod export;
mod forget;
mod merge;
mod models;
mod plan;
mod plot;
mod predict;
mod report;
mod report_page;
mod rerun;
mod retry;
mod run;
mod serve;
mod show;
mod sql;
mod status;
mod worker;

use std::{collections::HashSet, path::Path};

use sweep_job::{
    DataSetRecord, Evidence, JobId, JobRecord, JobStatus, ModelKind, RunId, RunLife, RunRecord, SnapshotKind,
};
use sweep_report::study::Reading;
use sweep_store::{Reader, Store, StoreError};

use crate::{
    build,
    cli::Command,
    error::{CliError, Ending},
};

/// Runs a command.
///
/// # Errors
/// Where it could not do its work.
pub(crate) fn run(command: Command) -> Result<Ending, CliError> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Forget(arguments) => forget::run(&arguments),
        Command::CheckDb(arguments) => check_db::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Rerun(arguments) => rerun::run(&arguments),
        Command::Retry(arguments) => retry::run(&arguments),
        Command::Cancel(arguments) => cancel::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Plot(arguments) => plot::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Predict(arguments) => predict::run(&arguments),
        Command::Data(arguments) => data::run(&arguments.command),
        Command::Models(arguments) => models::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Worker(arguments) => worker::run(&arguments),
    }
}

/// Opens a database that exists, to change it.
fn open_existing(database: &Path) -> Result<Store, CliError> {
    // Who has nothing recorded has nothing to change: no database is made.
    if !database.exists() {
        return Err(StoreError::Missing { path: database.to_owned() }.into());
    }
    let mut store = Store::open(database)?;
    store.describe_run(build::run_details());
    Ok(store)
}

/// The jobs that names mean, each once.
fn jobs_named(reader: &Reader, names: &[String]) -> Result<Vec<JobId>, CliError> {
    let mut jobs = Vec::new();
    for name in names {
        jobs.extend(reader.jobs_named(name)?);
    }
    let mut seen = HashSet::new();
    jobs.retain(|job| seen.insert(*job));
    Ok(jobs)
}

/// Jobs whose status is `running` while no run that lives has them.
fn left_running(reader: &Reader) -> Result<usize, CliError> {
    let running = reader.running_jobs()?;
    let runs = reader.open_runs()?;
    Ok(running.iter().filter(|(_, owner)| !is_alive(&runs, *owner)).count())
}

/// Whether the owner of a job is one of `runs`, and lives.
fn is_alive(runs: &[RunRecord], owner: Option<RunId>) -> bool {
    runs.iter().any(|run| Some(run.id) == owner && run.life == RunLife::Alive)
}

/// Refuses to compute anew with data that are not those of a job.
fn check_data_is_unchanged(data: &DataSetRecord, job: &JobRecord) -> Result<(), CliError> {
    if sweep_data::identify(&data.spec)? == job.data.identity {
        return Ok(());
    }
    Err(CliError::Argument {
        message: format!("the data of job {} have changed since it was trained", job.id.short()),
        hint: Some("put the original files back, then run the command again".to_owned()),
    })
}

/// The jobs that are finished.
fn finished(jobs: &[JobRecord]) -> impl Iterator<Item = &JobRecord> {
    jobs.iter().filter(|job| job.status == JobStatus::Finished)
}

/// Adds what the finished jobs said of the test trials in `reading`, or in the one that is to be believed of each.
fn add_predictions(
    reader: &Reader,
    evidence: &mut Evidence,
    reading: Option<Reading>,
) -> Result<(), StoreError> {
    let wanted: Vec<(JobId, SnapshotKind)> = finished(&evidence.jobs)
        .filter_map(|job| Some((job.id, reading.unwrap_or_else(|| Reading::headline([job])).snapshot()?)))
        .collect();
    reader.add_predictions(evidence, wanted)
}

/// Refuses an option that would be ignored. `idle` names it and says what it takes to have an effect.
fn refuse_idle(idle: Option<(&'static str, &'static str)>) -> Result<(), CliError> {
    match idle {
        None => Ok(()),
        Some((option, reason)) => Err(CliError::Argument {
            message: format!("`{option}` has no effect here"),
            hint: Some(reason.to_owned()),
        }),
    }
}

/// The model of a name.
fn model_named(name: &str) -> Result<ModelKind, CliError> {
    ModelKind::ALL
        .into_iter()
        .find(|model| model.name() == name)
        .ok_or_else(|| unknown("model", name, &ModelKind::ALL.map(ModelKind::name)))
}

/// A name that is none of `known`.
fn unknown(what: &str, name: &str, known: &[&str]) -> CliError {
    CliError::Argument {
        message: format!("unknown {what} `{name}`"),
        hint: Some(format!("it is one of {}", known.join(", "))),
    }
}
