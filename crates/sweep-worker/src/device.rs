//! The device that a worker computes on.

use std::fs;

use candle_core::Device;
use sweep_job::DeviceChoice;
use sweep_models::{InstructionSet, start_threads};

use crate::WorkerError;

/// Opens a device. On the CPU, this starts the threads that compute.
///
/// # Errors
/// If it is not there, this build has no support for it, or its threads cannot be started.
pub fn open_device(choice: DeviceChoice) -> Result<Device, WorkerError> {
    match choice {
        DeviceChoice::Cpu => {
            start_threads().map_err(WorkerError::Thread)?;
            Ok(Device::Cpu)
        }
        DeviceChoice::Cuda(_) if !candle_core::utils::cuda_is_available() => Err(WorkerError::Device {
            device: choice,
            message: "this build of sweep has no CUDA support (build it with `--features cuda`)".to_owned(),
        }),
        DeviceChoice::Cuda(ordinal) => {
            Device::new_cuda(ordinal as usize).map_err(|error| WorkerError::Device {
                device: choice,
                message: error.to_string().lines().next().unwrap_or_default().to_owned(),
            })
        }
    }
}

/// How many CUDA devices can be opened: 0 in a build without CUDA.
pub fn cuda_device_count() -> u32 {
    if !candle_core::utils::cuda_is_available() {
        return 0;
    }
    (0..).take_while(|ordinal| Device::new_cuda(*ordinal as usize).is_ok()).count() as u32
}

/// What computes: the processor's kind and the vector instructions that the kernels use, as `x86_64 avx512`, or `cuda` with the
/// version of the driver, as `cuda driver 570.86.15`.
pub(crate) fn hardware(device: &Device) -> String {
    if device.is_cpu() {
        format!("{} {}", std::env::consts::ARCH, InstructionSet::detect())
    } else {
        let version = fs::read_to_string("/proc/driver/nvidia/version");
        version
            .ok()
            .and_then(|text| driver(&text))
            .map_or("cuda".to_owned(), |driver| format!("cuda driver {driver}"))
    }
}

/// The driver's version in what its kernel module tells of itself (NVIDIA's driver README, "The /proc file system interface").
fn driver(text: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let mut parts = word.split('.');
        parts.clone().count() > 1 && parts.all(|part| part.parse::<u32>().is_ok())
    };
    text.lines().next()?.split_whitespace().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_driver_is_found() {
        for (text, version) in [
            (
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc version 12.2.0\n",
                Some("535.104.05"),
            ),
            (
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n",
                Some("570.86.15"),
            ),
            ("NVRM version: unknown\nGCC version:  gcc version 12.2.0\n", None),
            ("", None),
        ] {
            assert_eq!(driver(text).as_deref(), version);
        }
    }
}
