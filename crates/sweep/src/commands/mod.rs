//! One file a command.

mod cancel;
mod check_db;
mod compare;
mod data;
mod devices;
mod draft;
mod eval;
mod export;
mod forget;
mod merge;
mod models;
mod network_settings;
mod places;
mod plan;
mod plot;
mod predict;
mod prepared;
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

use sweep_job::{Evidence, JobId, JobRecord, JobStatus, ModelKind, RunId, RunLife, RunRecord, SnapshotKind};
use sweep_report::{study::Reading, words::counted};
use sweep_store::{Differences, Reader, Store, StoreError, weights_beside_link, weights_dir};

use crate::{
    build,
    cli::{Command, DatabaseArguments},
    error::{CliError, Ending},
    output::tell,
};

/// Runs a command.
///
/// # Errors
/// If it cannot do its work.
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
        Command::Devices(arguments) => devices::run(&arguments),
        Command::Models(arguments) => models::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Worker(arguments) => worker::run(&arguments),
    }
}

/// Opens a database to change it, and creates it if there is none.
fn open_to_write(database: &DatabaseArguments) -> Result<Store, CliError> {
    let mut store = Store::open(database)?;
    store.describe_run(build::run_details());
    if let Some(copy) = store.damaged_log() {
        tell(&format!(
            "warning: the log of {} was damaged, and its last changes are lost; the next `sweep run` trains the jobs concerned again, \
             with the same results; a copy of the log is {}",
            database.db.display(),
            copy.display()
        ));
    }
    if let Some(folder) = weights_beside_link(&database.db) {
        tell(&format!("warning: {}", strange_weights(&database.db, &folder)));
    }
    Ok(store)
}

/// As [`open_to_write`], for a database that exists: who has nothing recorded has nothing to change.
fn open_existing(database: &DatabaseArguments) -> Result<Store, CliError> {
    if !database.db.exists() {
        return Err(StoreError::Missing { path: database.db.clone() }.into());
    }
    open_to_write(database)
}

/// What to do with a weights folder that an earlier version named after a link to the database.
fn strange_weights(database: &Path, folder: &Path) -> String {
    let in_use = weights_dir(database);
    let (folder, in_use) = (folder.display(), in_use.display());
    format!(
        "{} is a link, and {folder} is not used: weights lie beside the file that the link leads to; move what is in it with \
         `mkdir -p {in_use} && mv -n {folder}/* {in_use}/`",
        database.display()
    )
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

/// Where two results of one job differ, and by how much.
fn difference_words(differences: &Differences) -> String {
    let Differences { first, first_train_loss, best_test_accuracy, last_test_accuracy } = differences;
    format!(
        "first difference in {}; train loss of the first epoch {first_train_loss:.1e} off (relative), best test accuracy {:.2} \
         points, last {:.2} points",
        first.map_or("the weights or predictions".to_owned(), |(epoch, metric)| format!(
            "the {metric} of epoch {epoch}"
        )),
        100.0 * best_test_accuracy,
        100.0 * last_test_accuracy
    )
}

/// What becomes of `jobs` that are left running.
fn left_running_words(jobs: usize) -> String {
    let (whose, them) = if jobs == 1 { ("a run that died", "it") } else { ("runs that died", "them") };
    format!("{} left running by {whose}; the next `sweep run` continues {them}", counted(jobs, "job"))
}

/// Whether the owner of a job is one of `runs`, and lives.
fn is_alive(runs: &[RunRecord], owner: Option<RunId>) -> bool {
    runs.iter().any(|run| Some(run.id) == owner && run.life == RunLife::Alive)
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
    ModelKind::named(name).ok_or_else(|| unknown("model", name, &ModelKind::ALL.map(ModelKind::name)))
}

/// A name that is none of `known`.
fn unknown(what: &str, name: &str, known: &[&str]) -> CliError {
    let closest = sweep_text::closest(name, known.iter().copied());
    let meant = closest.map_or(String::new(), |name| format!("did you mean `{name}`? "));
    CliError::Argument {
        message: format!("unknown {what} `{name}`"),
        hint: Some(format!("{meant}it is one of {}", known.join(", "))),
    }
}
