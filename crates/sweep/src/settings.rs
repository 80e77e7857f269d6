//! What the arguments of `sweep run` mean on this machine, resolved once.

use std::{num::NonZeroUsize, time::Duration};

use sweep_job::{CheckpointInterval, DeviceChoice};
use sweep_models::Device;
use sweep_scheduler::{DeviceMemory, Executor, SideBySide};

use crate::{
    cli::{DeviceRequest, RerunArguments, RunArguments},
    error::CliError,
    memory::{MemorySize, Wanted},
    progress::Verbosity,
};

/// How a sweep is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunSettings {
    /// Where workers compute: they are spread over these, of which there is at least one.
    pub(crate) devices: Vec<DeviceChoice>,
    /// The wish that they come from.
    pub(crate) requested: DeviceRequest,
    /// What each of them can train at once.
    pub(crate) side_by_side: SideBySide,
    /// The most that they are to train at once, if the user says so.
    pub(crate) most_at_once: Option<NonZeroUsize>,
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
    /// The kind of device that all workers compute on.
    pub(crate) fn device(&self) -> DeviceChoice {
        self.devices.first().copied().unwrap_or(DeviceChoice::Cpu)
    }

    /// Resolves arguments for the workers of an executor.
    ///
    /// # Errors
    /// If there is no such device or the time limit is zero.
    pub(crate) fn new(arguments: &RunArguments, executor: &impl Executor) -> Result<Self, CliError> {
        let devices = devices_for(executor, arguments.device)?;
        if arguments.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(CliError::Argument {
                message: "`--timeout` must be longer than zero".to_owned(),
                hint: Some("leave the option out for no limit".to_owned()),
            });
        }
        let wanted = arguments.workers.map_or(Wanted::UpTo(1), Wanted::Exactly);
        let settings = Self {
            devices: Vec::new(),
            requested: arguments.device,
            side_by_side: SideBySide::ONE,
            most_at_once: arguments.side_by_side,
            workers: 1,
            wanted,
            memory_limit: arguments.memory.memory_limit,
            threads: arguments.threads,
            checkpoint_every: arguments.checkpoint_every,
            retries: arguments.retries,
            timeout: arguments.timeout.map(Into::into),
            max_failures: arguments.max_failures,
            verbosity: if arguments.quiet { Verbosity::Quiet } else { Verbosity::Normal },
        };
        Ok(settings.on(devices, executor))
    }

    /// The same on other devices, with as many workers as these take unless the user says how many.
    pub(crate) fn on(self, devices: Vec<DeviceChoice>, executor: &impl Executor) -> Self {
        let capacity = executor.capacity_of(&devices, self.threads);
        let slots = capacity.as_ref().map_or(1, |capacity| capacity.slots.get());
        let wanted = match self.wanted {
            Wanted::UpTo(_) => Wanted::UpTo(u32::try_from(slots).unwrap_or(u32::MAX)),
            exactly => exactly,
        };
        let mut settings = Self { devices, workers: wanted.workers(), wanted, ..self };
        let SideBySide { most, device_memory } =
            capacity.map_or(SideBySide::ONE, |capacity| capacity.side_by_side);
        let workers = settings.workers_of_a_device();
        settings.side_by_side = SideBySide {
            most: settings.most_at_once.unwrap_or(most),
            device_memory: device_memory.map(|memory| DeviceMemory { workers, ..memory }),
        };
        settings
    }

    /// The most workers that share a device.
    pub(crate) fn workers_of_a_device(&self) -> u32 {
        self.workers.div_ceil(u32::try_from(self.devices.len()).unwrap_or(u32::MAX).max(1))
    }

    /// For one job that is trained once more: nothing of it is kept.
    ///
    /// # Errors
    /// If several devices are requested.
    pub(crate) fn for_rerun(arguments: &RerunArguments) -> Result<Self, CliError> {
        Ok(Self {
            devices: vec![one_device(arguments.device)?],
            requested: arguments.device,
            side_by_side: SideBySide::ONE,
            most_at_once: None,
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

/// The devices that a request means for the workers of an executor; never none.
///
/// # Errors
/// If all GPUs are requested and none can be used.
pub(crate) fn devices_for(
    executor: &impl Executor,
    request: DeviceRequest,
) -> Result<Vec<DeviceChoice>, CliError> {
    let gpus = || gpus().filter(|gpu| executor.find_device(*gpu).is_ok()).collect::<Vec<_>>();
    match request {
        DeviceRequest::One(device) => Ok(vec![device]),
        DeviceRequest::Auto => {
            Ok(Some(gpus()).filter(|gpus| !gpus.is_empty()).unwrap_or(vec![DeviceChoice::Cpu]))
        }
        DeviceRequest::AllGpus => Some(gpus()).filter(|gpus| !gpus.is_empty()).ok_or_else(|| {
            let why = executor.find_device(DeviceChoice::Cuda(0)).err();
            CliError::Argument {
                message: why.map_or("no GPU can be used".to_owned(), |error| error.to_string()),
                hint: Some("`sweep devices` shows what this machine can compute with".to_owned()),
            }
        }),
    }
}

/// The one device that a request means for this process.
///
/// # Errors
/// If several are requested.
pub(crate) fn one_device(request: DeviceRequest) -> Result<DeviceChoice, CliError> {
    match request {
        DeviceRequest::One(device) => Ok(device),
        DeviceRequest::Auto => Ok(gpus().find(|gpu| Device::open(*gpu).is_ok()).unwrap_or(DeviceChoice::Cpu)),
        DeviceRequest::AllGpus => Err(CliError::Argument {
            message: "this command computes on one device".to_owned(),
            hint: Some("name it, as in `--device cuda:1`".to_owned()),
        }),
    }
}

/// The GPUs that the driver lists, whether or not they can be used.
fn gpus() -> impl Iterator<Item = DeviceChoice> {
    let found = sweep_cuda::devices().unwrap_or_default();
    found.into_iter().map(|gpu| DeviceChoice::Cuda(gpu.index))
}
