//! Memory of the device, and memory of the host that the device copies from and to.

use std::{ffi::c_void, fmt, sync::Arc};

use cudarc::driver::sys::{self, CUdeviceptr};

use super::{call::call, device::Context};
use crate::{
    CudaError,
    launch::{Plain, bytes_of},
};

/// An allocation on the device, freed when it is dropped.
pub(crate) struct DeviceMemory {
    context: Arc<Context>,
    start: CUdeviceptr,
    bytes: u64,
}

impl DeviceMemory {
    /// Allocates; at least a byte, since the driver refuses none.
    pub(crate) fn allocate(context: &Arc<Context>, bytes: u64) -> Result<Self, CudaError> {
        context.bind()?;
        let bytes = bytes.max(1);
        let mut start = 0;
        call!(cuMemAlloc_v2(&raw mut start, usize::try_from(bytes).unwrap_or(usize::MAX)))?;
        Ok(Self { context: Arc::clone(context), start, bytes })
    }

    /// The address `offset` bytes into it, of which `bytes` bytes must be inside.
    pub(crate) fn address(&self, offset: u64, bytes: u64) -> Option<CUdeviceptr> {
        (offset.checked_add(bytes)? <= self.bytes).then(|| self.start + offset)
    }
}

impl Drop for DeviceMemory {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = self.context.bind();
        let _ = call!(cuMemFree_v2(self.start));
    }
}

impl fmt::Debug for DeviceMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of a GPU", self.bytes)
    }
}

/// Page-locked memory of the host. Whoever copies asynchronously must not touch it before the copy is done.
pub(crate) struct PinnedMemory {
    context: Arc<Context>,
    start: *mut u8,
    bytes: usize,
}

// SAFETY: it owns its memory.
unsafe impl Send for PinnedMemory {}
// SAFETY: shared references only read it.
unsafe impl Sync for PinnedMemory {}

impl PinnedMemory {
    /// Allocates zeros; at least a byte, since the driver refuses none.
    pub(crate) fn allocate(context: &Arc<Context>, bytes: u64) -> Result<Self, CudaError> {
        context.bind()?;
        let bytes = usize::try_from(bytes.max(1)).unwrap_or(usize::MAX);
        let mut start: *mut c_void = std::ptr::null_mut();
        call!(cuMemHostAlloc(&raw mut start, bytes, sys::CU_MEMHOSTALLOC_PORTABLE)).map_err(|error| {
            match error {
                CudaError::OutOfMemory { .. } => CudaError::OutOfHostMemory { requested: bytes as u64 },
                other => other,
            }
        })?;
        // SAFETY: the driver allocated this many bytes.
        unsafe { std::ptr::write_bytes(start.cast::<u8>(), 0, bytes) };
        Ok(Self { context: Arc::clone(context), start: start.cast(), bytes })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: so many bytes, all of them initialised.
        unsafe { std::slice::from_raw_parts(self.start, self.bytes) }
    }

    /// Puts values at the front.
    pub(crate) fn fill<T: Plain>(&mut self, values: &[T]) {
        let bytes = bytes_of(values);
        // SAFETY: so many bytes, all of them initialised, and nobody else has a reference.
        let own = unsafe { std::slice::from_raw_parts_mut(self.start, self.bytes) };
        own[..bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.start.cast()
    }
}

impl Drop for PinnedMemory {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = self.context.bind();
        let _ = call!(cuMemFreeHost(self.start.cast()));
    }
}

impl fmt::Debug for PinnedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} page-locked bytes", self.bytes)
    }
}
