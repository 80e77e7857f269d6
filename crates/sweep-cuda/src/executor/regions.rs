//! The regions of a program on the device, and copies between them and the host.

use std::sync::Arc;

use crate::{
    CudaError,
    driver::{Context, DeviceMemory, PinnedMemory, Stream},
    launch::{Address, Program, RegionId},
};

/// The memory of all regions.
#[derive(Debug)]
pub(super) struct Regions {
    memory: Vec<(&'static str, DeviceMemory)>,
}

impl Regions {
    pub(super) fn allocate(context: &Arc<Context>, program: &Program) -> Result<Self, CudaError> {
        let allocate = |(index, region): (usize, &crate::launch::Region)| {
            Ok((region.name, DeviceMemory::allocate(context, program.region_bytes(RegionId(index)))?))
        };
        Ok(Self {
            memory: program.regions.iter().enumerate().map(allocate).collect::<Result<_, CudaError>>()?,
        })
    }

    /// Sets the regions to zero that begin as zeros.
    pub(super) fn clear(&self, stream: &Stream, program: &Program) -> Result<(), CudaError> {
        for (index, region) in program.regions.iter().enumerate().filter(|(_, region)| region.zeroed) {
            let (id, bytes) = (RegionId(index), program.region_bytes(RegionId(index)));
            debug_assert_eq!(region.name, self.memory[index].0);
            if bytes > 0 {
                stream.clear(self.address(id.at(0), bytes)?, bytes)?;
            }
        }
        Ok(())
    }

    /// Where a place lies on the device, if `bytes` bytes from there on are inside the region.
    pub(super) fn address(&self, place: Address, bytes: u64) -> Result<u64, CudaError> {
        let (name, memory) = self
            .memory
            .get(place.region.0)
            .ok_or_else(|| CudaError::Mistake(format!("there is no region {}", place.region.0)))?;
        memory.address(place.offset, bytes).ok_or_else(|| {
            CudaError::Mistake(format!(
                "{bytes} bytes at {} lie beyond the region {name} ({memory:?})",
                place.offset
            ))
        })
    }
}

/// Copies that the host waits for, through page-locked memory.
#[derive(Debug)]
pub(super) struct Copies {
    /// For copies beside the epochs that run.
    aside: Stream,
    staging: PinnedMemory,
}

/// Bytes that are copied at once: large enough for the full speed of the bus.
const PIECE: usize = 4 << 20;

impl Copies {
    pub(super) fn new(context: &Arc<Context>) -> Result<Self, CudaError> {
        Ok(Self { aside: Stream::new(context)?, staging: PinnedMemory::allocate(context, PIECE as u64)? })
    }

    /// Copies to the device, behind the work of `stream`.
    pub(super) fn write(&mut self, stream: &Stream, to: u64, bytes: &[u8]) -> Result<(), CudaError> {
        for (piece, part) in bytes.chunks(PIECE).enumerate() {
            self.staging.fill(part);
            stream.copy_in(to + (piece * PIECE) as u64, &self.staging, part.len())?;
            stream.synchronize()?;
        }
        Ok(())
    }

    /// Copies from the device, behind the work of `stream`.
    pub(super) fn read(&mut self, stream: &Stream, from: u64, bytes: usize) -> Result<Vec<u8>, CudaError> {
        read(&self.staging, stream, from, bytes)
    }

    /// Copies from the device while other streams work.
    pub(super) fn read_aside(&mut self, from: u64, bytes: usize) -> Result<Vec<u8>, CudaError> {
        read(&self.staging, &self.aside, from, bytes)
    }
}

fn read(staging: &PinnedMemory, stream: &Stream, from: u64, bytes: usize) -> Result<Vec<u8>, CudaError> {
    let mut all = Vec::with_capacity(bytes);
    while all.len() < bytes {
        let part = PIECE.min(bytes - all.len());
        stream.copy_out(staging, from + all.len() as u64, part)?;
        stream.synchronize()?;
        all.extend_from_slice(&staging.as_slice()[..part]);
    }
    Ok(all)
}
