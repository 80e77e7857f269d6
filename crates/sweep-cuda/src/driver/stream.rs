//! Streams of work, events within them, and graphs of work that is launched at once.

use std::{ffi::c_void, fmt, sync::Arc};

use cudarc::driver::sys::{self, CUdeviceptr};

use super::{call::call, device::Context, memory::PinnedMemory, module::Function};
use crate::CudaError;

/// Work that runs in order. While it is captured, work is noted for a [`Graph`] and does not run.
pub(crate) struct Stream {
    context: Arc<Context>,
    raw: sys::CUstream,
}

// SAFETY: streams may be used from any thread.
unsafe impl Send for Stream {}
// SAFETY: as above.
unsafe impl Sync for Stream {}

impl Stream {
    pub(crate) fn new(context: &Arc<Context>) -> Result<Self, CudaError> {
        context.bind()?;
        let mut raw = std::ptr::null_mut();
        // Not ordered with the stream that every other user of the context shares.
        call!(cuStreamCreate(&raw mut raw, sys::CUstream_flags_enum::CU_STREAM_NON_BLOCKING as u32))?;
        Ok(Self { context: Arc::clone(context), raw })
    }

    /// An event of the stream's device.
    pub(crate) fn event(&self) -> Result<Event, CudaError> {
        Event::new(&self.context)
    }

    /// Waits until all work is done.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.context.bind()?;
        call!(cuStreamSynchronize(self.raw))
    }

    /// Copies from the front of the host's memory.
    pub(crate) fn copy_in(
        &self,
        to: CUdeviceptr,
        from: &PinnedMemory,
        bytes: usize,
    ) -> Result<(), CudaError> {
        assert!(bytes <= from.len(), "a copy beyond the host's memory");
        self.context.bind()?;
        call!(cuMemcpyHtoDAsync_v2(to, from.pointer().cast_const(), bytes, self.raw))
    }

    /// Copies to the front of the host's memory.
    pub(crate) fn copy_out(
        &self,
        to: &PinnedMemory,
        from: CUdeviceptr,
        bytes: usize,
    ) -> Result<(), CudaError> {
        assert!(bytes <= to.len(), "a copy beyond the host's memory");
        self.context.bind()?;
        call!(cuMemcpyDtoHAsync_v2(to.pointer(), from, bytes, self.raw))
    }

    /// Copies `rows` pieces of `bytes` bytes on the device, which lie `from_stride` and `to_stride` bytes apart.
    pub(crate) fn copy_rows(
        &self,
        to: (CUdeviceptr, u64),
        from: (CUdeviceptr, u64),
        bytes: u64,
        rows: u32,
    ) -> Result<(), CudaError> {
        self.context.bind()?;
        // Devices take no larger strides in one copy.
        const LARGEST: u64 = i32::MAX as u64;
        if rows == 1 || to.1 > LARGEST || from.1 > LARGEST {
            return (0..u64::from(rows)).try_for_each(|row| {
                call!(cuMemcpyDtoDAsync_v2(
                    to.0 + row * to.1,
                    from.0 + row * from.1,
                    bytes as usize,
                    self.raw
                ))
            });
        }
        let copy = sys::CUDA_MEMCPY2D {
            srcXInBytes: 0,
            srcY: 0,
            srcMemoryType: sys::CUmemorytype_enum::CU_MEMORYTYPE_DEVICE,
            srcHost: std::ptr::null(),
            srcDevice: from.0,
            srcArray: std::ptr::null_mut(),
            srcPitch: from.1 as usize,
            dstXInBytes: 0,
            dstY: 0,
            dstMemoryType: sys::CUmemorytype_enum::CU_MEMORYTYPE_DEVICE,
            dstHost: std::ptr::null_mut(),
            dstDevice: to.0,
            dstArray: std::ptr::null_mut(),
            dstPitch: to.1 as usize,
            WidthInBytes: bytes as usize,
            Height: rows as usize,
        };
        call!(cuMemcpy2DAsync_v2(&raw const copy, self.raw))
    }

    /// Sets bytes to zero.
    pub(crate) fn clear(&self, at: CUdeviceptr, bytes: u64) -> Result<(), CudaError> {
        self.context.bind()?;
        call!(cuMemsetD8Async(at, 0, bytes as usize, self.raw))
    }

    /// Launches a kernel; the driver copies the arguments.
    pub(crate) fn launch(
        &self,
        function: &Function,
        [grid, block]: [[u32; 3]; 2],
        shared_bytes: u32,
        arguments: &mut [*mut c_void],
    ) -> Result<(), CudaError> {
        self.context.bind()?;
        assert_eq!(arguments.len(), function.parameters().len(), "the arguments of {}", function.name());
        let ([grid_x, grid_y, grid_z], [block_x, block_y, block_z]) = (grid, block);
        call!(cuLaunchKernel(
            function.raw,
            grid_x,
            grid_y,
            grid_z,
            block_x,
            block_y,
            block_z,
            shared_bytes,
            self.raw,
            arguments.as_mut_ptr(),
            std::ptr::null_mut(),
        ))
    }

    /// Notes an event behind the work so far.
    pub(crate) fn record(&self, event: &Event) -> Result<(), CudaError> {
        self.context.bind()?;
        call!(cuEventRecord(event.raw, self.raw))
    }

    /// Makes the recording of an event part of the graph that is being captured.
    pub(crate) fn record_in_graph(&self, event: &Event) -> Result<(), CudaError> {
        self.context.bind()?;
        let external = sys::CUevent_record_flags_enum::CU_EVENT_RECORD_EXTERNAL as u32;
        call!(cuEventRecordWithFlags(event.raw, self.raw, external))
    }

    /// Makes a graph of the work that `work` puts on this stream.
    pub(crate) fn capture(&self, work: impl FnOnce() -> Result<(), CudaError>) -> Result<Graph, CudaError> {
        self.context.bind()?;
        let mode = sys::CUstreamCaptureMode_enum::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
        call!(cuStreamBeginCapture_v2(self.raw, mode))?;
        let worked = work();
        // The capture must end even if the work failed.
        let mut graph = std::ptr::null_mut();
        let ended = call!(cuStreamEndCapture(self.raw, &raw mut graph));
        let result = worked.and(ended).and_then(|()| {
            let mut raw = std::ptr::null_mut();
            call!(cuGraphInstantiateWithFlags(&raw mut raw, graph, 0))?;
            Ok(Graph { context: Arc::clone(&self.context), raw })
        });
        if !graph.is_null() {
            let _ = call!(cuGraphDestroy(graph));
        }
        result
    }

    /// Runs a graph.
    pub(crate) fn run(&self, graph: &Graph) -> Result<(), CudaError> {
        self.context.bind()?;
        call!(cuGraphLaunch(graph.raw, self.raw))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = self.context.bind();
        let _ = call!(cuStreamDestroy_v2(self.raw));
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stream")
    }
}

/// A point in a stream.
pub(crate) struct Event {
    context: Arc<Context>,
    raw: sys::CUevent,
}

// SAFETY: events may be used from any thread.
unsafe impl Send for Event {}
// SAFETY: as above.
unsafe impl Sync for Event {}

impl Event {
    pub(crate) fn new(context: &Arc<Context>) -> Result<Self, CudaError> {
        context.bind()?;
        let mut raw = std::ptr::null_mut();
        // Who waits sleeps, so that a core is free for others.
        call!(cuEventCreate(&raw mut raw, sys::CUevent_flags_enum::CU_EVENT_BLOCKING_SYNC as u32))?;
        Ok(Self { context: Arc::clone(context), raw })
    }

    /// Waits until the stream has come here.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.context.bind()?;
        call!(cuEventSynchronize(self.raw))
    }

    /// Seconds from `earlier` to here.
    pub(crate) fn seconds_since(&self, earlier: &Self) -> Result<f64, CudaError> {
        self.context.bind()?;
        let mut milliseconds = 0.0;
        call!(cuEventElapsedTime(&raw mut milliseconds, earlier.raw, self.raw))?;
        Ok(f64::from(milliseconds) / 1e3)
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = self.context.bind();
        let _ = call!(cuEventDestroy_v2(self.raw));
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }
}

/// Work that the device was given as a whole.
pub(crate) struct Graph {
    context: Arc<Context>,
    raw: sys::CUgraphExec,
}

// SAFETY: a graph may be launched from any thread, one at a time; the executor that owns it sees to that.
unsafe impl Send for Graph {}

impl Drop for Graph {
    fn drop(&mut self) {
        // A failed device reports its failure again here, and `drop` cannot return it.
        let _ = self.context.bind();
        let _ = call!(cuGraphExecDestroy(self.raw));
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a graph")
    }
}
