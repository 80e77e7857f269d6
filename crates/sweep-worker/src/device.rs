//! The device that a worker computes on.

use candle_core::Device;
use sweep_job::DeviceChoice;
use sweep_models::InstructionSet;

use crate::WorkerError;

/// Opens a device.
///
/// # Errors
/// Where it is not there, or this build has no support for it.
pub fn open_device(choice: DeviceChoice) -> Result<Device, WorkerError> {
    match choice {
        DeviceChoice::Cpu => Ok(Device::Cpu),
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

/// What computes: the processor's kind and the vector instructions that the kernels use, as `x86_64 avx512`, or `cuda`.
pub(crate) fn hardware(device: &Device) -> String {
    if device.is_cpu() {
        format!("{} {}", std::env::consts::ARCH, InstructionSet::detect())
    } else {
        "cuda".to_owned()
    }
}
