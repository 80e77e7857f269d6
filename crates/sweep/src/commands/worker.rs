//! `sweep worker`: the process that a scheduler starts.

use std::io::{stdin, stdout};

use sweep_job::DeviceChoice;
use sweep_worker::{WorkerSettings, serve};

use crate::{
    build,
    cli::WorkerArguments,
    error::{CliError, Ending},
    signals::Signals,
};

pub(super) fn run(arguments: &WorkerArguments) -> Result<Ending, CliError> {
    let settings = WorkerSettings {
        device: arguments.device.parse::<DeviceChoice>()?,
        threads: arguments.threads,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    check_build(arguments.build.as_deref())?;
    let signals = Signals::of_a_worker();
    // It is started through a link of another name, by which nobody would find it.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_name(c"sweep");
    serve(&settings, stdin(), stdout(), move || signals.wait().as_str())?;
    Ok(Ending::Done)
}

/// Refuses to work for a program of another build: what this one computes would be recorded as its own.
fn check_build(expected: Option<&str>) -> Result<(), CliError> {
    match expected {
        Some(expected) if expected != build::id() => Err(CliError::Argument {
            message: format!(
                "this is build {} of sweep, and the run that started it is build {expected}",
                build::id()
            ),
            hint: Some("the program file was replaced during the run: run the same command again".to_owned()),
        }),
        _ => Ok(()),
    }
}
