//! Which GPUs have room for the jobs of a sweep. It does not know how GPUs are found.

use sweep_job::DeviceChoice;
use sweep_scheduler::{DeviceMemory, Executor};
use sweep_worker::PeakMemory;

use super::{Estimates, Kind, fit::unfit, left_to_cpu, words};
use crate::{cli::DeviceRequest, error::CliError};

/// A GPU with its memory, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gpu {
    pub(crate) device: DeviceChoice,
    pub(crate) memory: Option<DeviceMemory>,
}

impl Gpu {
    /// Those of an executor, each with so many workers.
    pub(crate) fn all(executor: &impl Executor, devices: &[DeviceChoice], workers: u32) -> Vec<Self> {
        let gpu = |device: &DeviceChoice| {
            let memory = executor.capacity(*device, 1).side_by_side.device_memory;
            Self { device: *device, memory: memory.map(|memory| DeviceMemory { workers, ..memory }) }
        };
        devices.iter().map(gpu).collect()
    }

    fn free(&self) -> u64 {
        self.memory.map_or(u64::MAX, DeviceMemory::for_a_worker)
    }

    fn total(&self) -> u64 {
        self.memory.map_or(u64::MAX, DeviceMemory::most_for_a_worker)
    }
}

/// The devices of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) devices: Vec<DeviceChoice>,
    /// Why some were left out.
    pub(crate) warnings: Vec<String>,
    /// What is no reason to worry.
    pub(crate) note: Option<String>,
}

/// The devices among `gpus`, of which there is at least one, that have room for the jobs: preferably for each of them, and for the smallest
/// at least. `auto` takes the CPU if there are none, or if no job has kernels for a GPU.
///
/// # Errors
/// If a job does not fit into the memory of any, or no job fits into what is free.
pub(crate) fn with_room(
    request: DeviceRequest,
    gpus: &[Gpu],
    on_gpu: &Estimates,
    kinds: &[Kind],
) -> Result<Chosen, CliError> {
    let devices_of = |gpus: &[&Gpu]| gpus.iter().map(|gpu| gpu.device).collect();
    let chosen = |devices| Chosen { devices, warnings: Vec::new(), note: None };
    let peaks: Vec<(&Kind, PeakMemory)> =
        kinds.iter().filter_map(|kind| Some((kind, on_gpu.of(&kind.spec)?))).collect();
    let needs = || peaks.iter().filter_map(|(_, peak)| peak.device.map(|_| on_device(peak)));
    let (Some(smallest), Some(largest)) = (needs().min(), needs().max()) else {
        let note = left_to_cpu(on_gpu, kinds).filter(|_| request == DeviceRequest::Auto);
        return Ok(match note {
            Some(_) => Chosen { note, ..chosen(vec![DeviceChoice::Cpu]) },
            None => chosen(devices_of(&gpus.iter().collect::<Vec<_>>())),
        });
    };
    let large: Vec<&Gpu> = gpus.iter().filter(|gpu| gpu.total() >= largest).collect();
    if large.is_empty() {
        let Some(best) = gpus.iter().rev().max_by_key(|gpu| gpu.total()) else {
            return Ok(chosen(Vec::new()));
        };
        let unfit = unfit(on_gpu, &peaks, on_device, best.total());
        return Err(words::too_large_for_device(&unfit, kinds, best));
    }
    let with_room = |bytes| large.iter().copied().filter(|gpu| gpu.free() >= bytes).collect::<Vec<_>>();
    let taken = [largest, smallest].map(with_room).into_iter().find(|gpus| !gpus.is_empty());
    let taken = taken.unwrap_or_default();
    if taken.is_empty() && request != DeviceRequest::Auto {
        return Err(words::no_room(gpus, smallest));
    }
    let left_out = gpus.iter().filter(|gpu| !taken.contains(gpu));
    let warnings = left_out.map(|gpu| words::left_out(gpu, largest)).collect();
    let devices = if taken.is_empty() { vec![DeviceChoice::Cpu] } else { devices_of(&taken) };
    Ok(Chosen { warnings, ..chosen(devices) })
}

/// Bytes that a job takes on a device by itself.
pub(super) fn on_device(peak: &PeakMemory) -> u64 {
    peak.device.map_or(0, |device| device.shared + device.member)
}

#[cfg(test)]
#[path = "devices_tests.rs"]
mod tests;
