//! One file a command.

mod data;
mod eval;
mod models;
mod plan;
mod predict;
mod report;
mod run;
mod sql;
mod worker;

use sweep_job::ModelKind;

use crate::{
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
        Command::Report(arguments) => report::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Predict(arguments) => predict::run(&arguments),
        Command::Data(arguments) => data::run(&arguments.command),
        Command::Models(arguments) => models::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Worker(arguments) => worker::run(&arguments),
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
