//! `sweep worker`: the process that a scheduler starts.

use std::io::{stdin, stdout};

use sweep_job::DeviceChoice;
use sweep_worker::{WorkerSettings, serve};

use crate::{
    cli::WorkerArguments,
    error::{CliError, Ending},
};

pub(super) fn run(arguments: &WorkerArguments) -> Result<Ending, CliError> {
    let settings = WorkerSettings {
        device: arguments.device.parse::<DeviceChoice>()?,
        threads: arguments.threads,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    serve(&settings, stdin(), stdout())?;
    Ok(Ending::Done)
}
