//! What the arguments of `sweep run` mean on this machine, resolved once.

use std::{thread, time::Duration};

use sweep_job::{CheckpointInterval, DeviceChoice};
use sweep_models::Device;

use crate::{
    cli::{RerunArguments, RunArguments},
    error::CliError,
    memory::{MemorySize, Wanted},
    progress::Verbosity,
};

/// How a sweep is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunSettings {
    /// Where every worker computes.
    pub(crate) device: DeviceChoice,
    /// Worker processes.
    pub(crate) workers: u32,
    /// The wish that they come from.
    pub(crate) wanted: Wanted,
    /// Memory that they may use together, where the user says so.
    pub(crate) memory_limit: Option<MemorySize>,
    /// Threads inside each.
    pub(crate) threads: u32,
    /// When trainings are saved while they run.
    pub(crate) checkpoint_every: CheckpointInterval,
    /// How often a job whose worker crashed is trained again.
    pub(crate) retries: u32,
    /// How long a training may take.
    pub(crate) timeout: Option<Duration>,
    /// After so many failures no further job begins.
    pub(crate) max_failures: Option<u32>,
    /// What is shown.
    pub(crate) verbosity: Verbosity,
}

impl RunSettings {
    /// Resolves arguments.
    ///
    /// # Errors
    /// If the device name is invalid or the time limit is zero.
    pub(crate) fn new(arguments: &RunArguments) -> Result<Self, CliError> {
        let device = resolve_device(&arguments.device)?;
        if arguments.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(CliError::Argument {
                message: "`--timeout` must be longer than zero".to_owned(),
                hint: Some("leave the option out for no limit".to_owned()),
            });
        }
        let wanted = arguments
            .workers
            .map_or_else(|| Wanted::UpTo(default_workers(device, arguments.threads)), Wanted::Exactly);
        Ok(Self {
            device,
            workers: wanted.workers(),
            wanted,
            memory_limit: arguments.memory.memory_limit,
            threads: arguments.threads,
            checkpoint_every: arguments.checkpoint_every,
            retries: arguments.retries,
            timeout: arguments.timeout.map(Into::into),
            max_failures: arguments.max_failures,
            verbosity: if arguments.quiet { Verbosity::Quiet } else { Verbosity::Normal },
        })
    }
}

impl RunSettings {
    /// For one job that is trained once more: nothing of it is kept.
    ///
    /// # Errors
    /// Where the device has a name that is none.
    pub(crate) fn for_rerun(arguments: &RerunArguments) -> Result<Self, CliError> {
        Ok(Self {
            device: resolve_device(&arguments.device)?,
            workers: 1,
            wanted: Wanted::Exactly(1),
            memory_limit: None,
            threads: arguments.threads,
            checkpoint_every: CheckpointInterval::Never,
            retries: 0,
            timeout: None,
            max_failures: None,
            verbosity: if arguments.quiet { Verbosity::Quiet } else { Verbosity::Normal },
        })
    }
}

/// The device of a name, where `auto` is CUDA if this build and this machine have it.
///
/// # Errors
/// Where the name is none.
pub(crate) fn resolve_device(name: &str) -> Result<DeviceChoice, CliError> {
    match name {
        "auto" if Device::cuda_count() > 0 => Ok(DeviceChoice::Cuda(0)),
        "auto" => Ok(DeviceChoice::Cpu),
        _ => name
            .parse()
            .map_err(|error| CliError::Argument { message: format!("{error}, or auto"), hint: None }),
    }
}

/// One worker a core, each on one thread, is faster on a CPU than one worker on all cores: networks this small leave
/// threads waiting for each other.
fn default_workers(device: DeviceChoice, threads: u32) -> u32 {
    match device {
        DeviceChoice::Cpu => {
            let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
            (cores / threads).max(1)
        }
        DeviceChoice::Cuda(_) => 1,
    }
}
