//! The workers of this program: processes that run it again, with what they need around them.

use std::{env, ffi::OsString, num::NonZeroUsize, path::PathBuf, sync::LazyLock};

use sweep_cuda::DeviceInfo;
use sweep_job::DeviceChoice;
use sweep_scheduler::{DeviceMemory, Executor, LocalProcesses, SideBySide};

use crate::{build, error::CliError, settings::RunSettings};

/// What the C library's allocator is told in a worker: to keep the memory of one step for the next. Its default gives large
/// buffers back to the system and takes them anew, and the page faults of that cost a third of an epoch. Other allocators
/// ignore it.
const ALLOCATOR_SETTINGS: [(&str, &str); 3] =
    [("MALLOC_MMAP_MAX_", "0"), ("MALLOC_TRIM_THRESHOLD_", "17179869184"), ("MALLOC_TOP_PAD_", "67108864")];

/// Set where addresses are limited: the C library's allocator sets 64 MiB of them aside for each thread otherwise.
const ALLOCATOR_WITHIN_A_LIMIT: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

/// Workers that run this same program on this machine, before it is known how they are to compute.
///
/// # Errors
/// If this program cannot find its own file.
pub(crate) fn executor() -> Result<LocalProcesses, CliError> {
    let mut executor =
        LocalProcesses::new(own_program()?, ["worker".to_owned(), format!("--build={}", build::id())]);
    executor.name = env::args_os().next();
    executor.has_device = has_device;
    executor.side_by_side = side_by_side;
    Ok(executor)
}

/// The same workers, told how to compute. Their environment keeps numeric libraries from starting threads of their own, and backtraces
/// from pushing the words of a failure out of the end of the log.
pub(crate) fn with_settings(mut executor: LocalProcesses, settings: &RunSettings) -> LocalProcesses {
    let RunSettings { devices, threads, .. } = settings;
    executor.devices = devices.clone();
    executor.arguments.push(OsString::from(format!("--threads={threads}")));
    let has_limit = executor.capacity(settings.device(), *threads).memory.each.is_some();
    let threads = threads.to_string();
    let environment = ALLOCATOR_SETTINGS
        .into_iter()
        .chain(has_limit.then_some(ALLOCATOR_WITHIN_A_LIMIT))
        .chain([("RAYON_NUM_THREADS", threads.as_str()), ("RUST_BACKTRACE", "0")]);
    executor.environment.extend(environment.map(|(name, value)| (name.to_owned(), value.to_owned())));
    executor
}

/// A worker opens the CPU itself; a GPU is tried here, before anything is recorded.
fn has_device(device: DeviceChoice) -> Result<(), String> {
    match device {
        DeviceChoice::Cpu => Ok(()),
        DeviceChoice::Cuda(_) => {
            sweep_models::Device::open(device).map(drop).map_err(|error| error.to_string())
        }
    }
}

/// The most trainings that a GPU runs at once: all of them are lost with their worker.
const MOST_ON_A_GPU: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// What a worker trains at once on a device.
fn side_by_side(device: DeviceChoice) -> SideBySide {
    match device {
        DeviceChoice::Cpu => SideBySide::ONE,
        DeviceChoice::Cuda(index) => {
            // The driver opens every GPU for an answer, so it is asked once.
            static GPUS: LazyLock<Vec<DeviceInfo>> =
                LazyLock::new(|| sweep_cuda::devices().unwrap_or_default());
            let gpu = GPUS.iter().find(|gpu| gpu.index == index);
            let memory = |gpu: &DeviceInfo| {
                Some(DeviceMemory { free: gpu.free_bytes?, total: gpu.total_bytes, workers: 1 })
            };
            SideBySide { most: MOST_ON_A_GPU, device_memory: gpu.and_then(memory) }
        }
    }
}

/// The program that runs here, even if another one lies under its name by now.
#[cfg(target_os = "linux")]
fn own_program() -> Result<PathBuf, CliError> {
    Ok(PathBuf::from("/proc/self/exe"))
}

/// The file of the program that runs here.
#[cfg(not(target_os = "linux"))]
fn own_program() -> Result<PathBuf, CliError> {
    env::current_exe()
        .map_err(|error| CliError::Scheduler(format!("this program cannot find its own file: {error}")))
}
