//! The device that a worker computes on.

use candle_core::Device;
use sweep_job::DeviceChoice;

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

/// What computes: the processor's widest usable vector instructions, or `cuda`.
pub(crate) fn hardware(device: &Device) -> String {
    if !device.is_cpu() {
        return "cuda".to_owned();
    }
    #[cfg(target_arch = "x86_64")]
    {
        let features = [
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
            (
                "avx2+fma",
                std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma"),
            ),
        ];
        let widest = features.into_iter().find(|(_, there)| *there).map_or("sse2", |(name, _)| name);
        format!("x86_64 {widest}")
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH.to_owned()
}
