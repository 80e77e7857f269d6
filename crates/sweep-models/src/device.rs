//! The device that computes, and the engines on it.

use std::io;

use sweep_job::{DRIVER, DeviceChoice};
use sweep_kernels::{InstructionSet, start_threads};

use crate::{
    Engine, InputShape, Member, ModelError, Settings, Workload,
    cuda::{CudaEngine, cuda_memory, has_kernels},
    host::HostEngine,
};

/// A device that is open.
#[derive(Debug, Clone)]
pub enum Device {
    /// The processor; the first computation starts its threads if none run yet.
    Cpu,
    /// An NVIDIA GPU. Networks that it has no kernels for are computed on the processor.
    Cuda(sweep_cuda::Device),
}

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
    /// Opens a device. The threads of the processor are started in any case: it computes what a GPU has no kernels for.
    ///
    /// # Errors
    /// If the device is not there or cannot be used, or the threads cannot be started.
    pub fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        let device = match choice {
            DeviceChoice::Cpu => Self::Cpu,
            DeviceChoice::Cuda(number) => sweep_cuda::Device::open(number)
                .map(Self::Cuda)
                .map_err(|error| DeviceError::Unusable { device: choice, message: error.to_string() })?,
        };
        start_threads().map_err(DeviceError::Thread)?;
        Ok(device)
    }

    /// What computes: the processor's kind and the vector instructions that the kernels use, as `x86_64 avx512`; or the GPU with the
    /// version of its driver, as `NVIDIA H200, driver 570.86.15`.
    pub fn hardware(&self) -> String {
        match self {
            Self::Cpu => format!("{} {}", std::env::consts::ARCH, InstructionSet::detect()),
            Self::Cuda(device) => {
                let version = sweep_cuda::driver_info().ok().and_then(|driver| driver.version);
                let driver = version.map_or(String::new(), |version| format!("{DRIVER}{version}"));
                format!("{}{driver}", device.info().name)
            }
        }
    }

    /// The device that trains a network: the processor if [a GPU has no kernels](cuda_memory) for it, or not for as many trials.
    ///
    /// # Errors
    /// If the network cannot be built for `shape`.
    pub fn of_training(
        &self,
        settings: &Settings,
        shape: InputShape,
        work: &Workload,
    ) -> Result<Self, ModelError> {
        let is_left_to_cpu = matches!(self, Self::Cuda(_)) && cuda_memory(settings, shape, work)?.is_none();
        Ok(if is_left_to_cpu { Self::Cpu } else { self.clone() })
    }

    /// An engine with new members for trials of `shape`, on the processor if a GPU has no kernels for their network. All members have one
    /// network with the same settings of its own.
    ///
    /// # Errors
    /// If a network cannot be built, a setting is out of its range, or there is no room.
    pub fn engine(&self, members: &[Member], shape: InputShape) -> Result<Box<dyn Engine>, ModelError> {
        match (self, members.first()) {
            (Self::Cuda(device), Some(member)) if has_kernels(&member.settings, shape)? => {
                Ok(Box::new(CudaEngine::new(members, shape, device)?))
            }
            _ => Ok(Box::new(HostEngine::new(members, shape)?)),
        }
    }
}
