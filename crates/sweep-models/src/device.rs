//! The device that computes, and the engines on it.

use std::{fs, io};

use sweep_job::DeviceChoice;
use sweep_kernels::{InstructionSet, start_threads};

use crate::{Engine, InputShape, Member, ModelError, host::HostEngine};

/// A device that is open.
#[derive(Debug, Clone)]
pub struct Device(sweep_composed::Device);

/// Why a device cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// It is not there, or cannot be used.
    #[error("device {device} cannot be used: {message}")]
    Unusable {
        /// Which.
        device: DeviceChoice,
        /// Why.
        message: String,
    },
    /// The threads that compute cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

impl Device {
    /// Opens a device. On the processor, this starts the threads that compute.
    ///
    /// # Errors
    /// If it is not there, this build has no support for it, or its threads cannot be started.
    pub fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        let unusable = |message| DeviceError::Unusable { device: choice, message };
        match choice {
            DeviceChoice::Cpu => {
                start_threads().map_err(DeviceError::Thread)?;
                Ok(Self::cpu())
            }
            DeviceChoice::Cuda(_) if !sweep_composed::Device::has_cuda() => Err(unusable(
                "this build of sweep has no CUDA support (build it with `--features cuda`)".to_owned(),
            )),
            DeviceChoice::Cuda(ordinal) => {
                sweep_composed::Device::cuda(ordinal).map(Self).map_err(|error| unusable(error.to_string()))
            }
        }
    }

    /// The processor; the first computation starts its threads if none run yet.
    pub fn cpu() -> Self {
        Self(sweep_composed::Device::cpu())
    }

    /// How many CUDA devices can be opened: 0 in a build without CUDA.
    pub fn cuda_count() -> u32 {
        if !sweep_composed::Device::has_cuda() {
            return 0;
        }
        (0..).take_while(|ordinal| sweep_composed::Device::cuda(*ordinal).is_ok()).count() as u32
    }

    /// What computes: the processor's kind and the vector instructions that the kernels use, as `x86_64 avx512`, or `cuda` with the
    /// version of the driver, as `cuda driver 570.86.15`.
    pub fn hardware(&self) -> String {
        if self.0.is_cpu() {
            return format!("{} {}", std::env::consts::ARCH, InstructionSet::detect());
        }
        let version = fs::read_to_string("/proc/driver/nvidia/version");
        let version = version.ok().and_then(|text| driver(&text));
        version.map_or("cuda".to_owned(), |driver| format!("cuda driver {driver}"))
    }

    /// An engine with new members for trials of `shape`.
    ///
    /// # Errors
    /// If a network cannot be built, a setting is out of its range, or there is no room.
    pub fn engine(&self, members: &[Member], shape: InputShape) -> Result<Box<dyn Engine>, ModelError> {
        Ok(Box::new(HostEngine::new(members, shape, &self.0)?))
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
