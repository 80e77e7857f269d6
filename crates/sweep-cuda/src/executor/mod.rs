//! Runs the launches of a program: once, or as a whole epoch at a time and ahead of whoever collects the results.
//!
//! Epochs go around a ring of slots. A slot has page-locked memory for an epoch's input and results, a copy of all members' states on the
//! device, and a graph of the epoch between them. So an epoch is one launch, the host may be [`AHEAD`] epochs behind, and the states after
//! the last collected epoch stay where they are until the next one is collected. The executor knows no networks.

mod program;
mod regions;
mod ring;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use program::Prepared;
use regions::{Copies, Regions};
use ring::Ring;

use crate::{
    CudaError, Device,
    driver::Stream,
    launch::{Address, Launch, Plain, Program, bytes_of, from_bytes},
};

/// Epochs that can be submitted before the first of them is collected.
const AHEAD: usize = 2;
/// The slots of those epochs, and that of the last collected one.
const SLOTS: usize = AHEAD + 1;

/// How an epoch is put on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Launching {
    /// As one graph.
    #[default]
    Graph,
    /// Launch by launch, as a profiler likes it; the bits are the same.
    Plain,
}

/// What an epoch gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The bytes of [`Program::results`].
    pub results: Vec<u8>,
    /// Seconds on the device of [`Program::training`].
    pub training_seconds: f64,
    /// Seconds on the device of [`Program::evaluation`].
    pub evaluation_seconds: f64,
}

/// What the launches of one kernel took in an epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelTime {
    /// Its name.
    pub kernel: &'static str,
    /// How often it was launched.
    pub launches: u32,
    /// Seconds of all launches together, a few microseconds of launching included for each.
    pub seconds: f64,
}

/// Runs a program on a device.
#[derive(Debug)]
pub struct Executor {
    // What is dropped first stands first: streams are empty before the memory is freed.
    compute: Stream,
    copies: Mutex<Copies>,
    ring: Ring,
    regions: Regions,
    upload: Vec<Prepared>,
    program: Program,
    ptx: Vec<&'static str>,
    device: Device,
    /// Slots of the uncollected epochs, the oldest first.
    running: VecDeque<usize>,
    /// The slot with the states after the last collected epoch.
    collected: usize,
    /// The failure after which nothing works any more.
    failure: Option<CudaError>,
}

/// Bytes of device memory that an executor takes for a program.
#[must_use]
pub fn memory_bytes(program: &Program) -> u64 {
    program.bytes() + ring::states_bytes(program)
}

impl Executor {
    /// Allocates the regions of a program and looks up its kernels in the PTX.
    ///
    /// # Errors
    /// If the device is out of memory or failed, or a launch does not fit its kernel or its regions.
    pub fn new(
        device: &Device,
        ptx: &[&'static str],
        program: Program,
        launching: Launching,
    ) -> Result<Self, CudaError> {
        program::check(&program)?;
        let (free, total) = device.memory()?;
        let (members, requested) = (program.members, memory_bytes(&program));
        Self::build(device, ptx, program, launching).map_err(|error| match error {
            CudaError::OutOfMemory { .. } => {
                CudaError::OutOfMemory { what: format!("a bundle of {members}"), requested, free, total }
            }
            other => other,
        })
    }

    fn build(
        device: &Device,
        ptx: &[&'static str],
        program: Program,
        launching: Launching,
    ) -> Result<Self, CudaError> {
        let context = device.context();
        let regions = Regions::allocate(context, &program)?;
        let compute = Stream::new(context)?;
        regions.clear(&compute, &program)?;
        let prepare = |launches: &[Launch]| program::prepare(device, ptx, &regions, launches);
        let upload = prepare(&program.upload)?;
        let epoch = [prepare(&program.training)?, prepare(&program.evaluation)?];
        let ring = Ring::new(context, &compute, &program, &regions, epoch, launching)?;
        let copies = Mutex::new(Copies::new(context)?);
        Ok(Self {
            compute,
            copies,
            ring,
            regions,
            upload,
            program,
            ptx: ptx.to_vec(),
            device: device.clone(),
            running: VecDeque::new(),
            collected: SLOTS - 1,
            failure: None,
        })
    }

    /// What it runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The device that it runs on.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Copies values to the device. No epoch may be uncollected.
    ///
    /// # Errors
    /// If they do not fit, an epoch is uncollected, or the device failed.
    pub fn write<T: Plain>(&mut self, to: Address, values: &[T]) -> Result<(), CudaError> {
        self.idle("write to the device")?;
        let bytes = bytes_of(values);
        let address = self.regions.address(to, bytes.len() as u64)?;
        let result = lock(&self.copies).write(&self.compute, address, bytes);
        self.noted(result)
    }

    /// Copies values from the device. No epoch may be uncollected.
    ///
    /// # Errors
    /// If they are not there, an epoch is uncollected, or the device failed.
    pub fn read<T: Plain>(&mut self, from: Address, count: usize) -> Result<Vec<T>, CudaError> {
        self.idle("read from the device")?;
        let bytes = count * size_of::<T>();
        let address = self.regions.address(from, bytes as u64)?;
        let result = lock(&self.copies).read(&self.compute, address, bytes);
        self.noted(result).map(|bytes| from_bytes(&bytes))
    }

    /// Copies the parts of a data set to the device and prepares them with [`Program::upload`]. No epoch may be uncollected.
    ///
    /// # Errors
    /// If they do not fit, an epoch is uncollected, or the device failed.
    pub fn take_data(&mut self, parts: &[(Address, &[u8])]) -> Result<(), CudaError> {
        for (to, bytes) in parts {
            self.write(*to, bytes)?;
        }
        let result =
            program::launch_all(&self.compute, &self.upload).and_then(|()| self.compute.synchronize());
        self.noted(result)
    }

    /// Runs launches that are no part of an epoch, such as those of logits, and waits for them. No epoch may be uncollected.
    ///
    /// # Errors
    /// If a launch does not fit, an epoch is uncollected, or the device failed.
    pub fn run(&mut self, launches: &[Launch]) -> Result<(), CudaError> {
        self.idle("launch kernels")?;
        let launches = program::prepare(&self.device, &self.ptx, &self.regions, launches)?;
        let result = program::launch_all(&self.compute, &launches).and_then(|()| self.compute.synchronize());
        self.noted(result)
    }

    /// Whether another epoch may be submitted before one is collected.
    #[must_use]
    pub fn wants_epoch(&self) -> bool {
        self.running.len() < AHEAD
    }

    /// Puts an epoch on the device and does not wait for it. `input` are the bytes of [`Program::input`].
    ///
    /// # Errors
    /// If too many epochs are uncollected, the input has another size, or the device failed.
    pub fn submit(&mut self, input: &[u8]) -> Result<(), CudaError> {
        self.working()?;
        if !self.wants_epoch() {
            return Err(CudaError::Mistake(format!(
                "{AHEAD} epochs are uncollected; collect one before the next"
            )));
        }
        self.check_input(input)?;
        let next = (self.collected + self.running.len() + 1) % SLOTS;
        let result = self.ring.submit(next, &self.compute, input);
        self.noted(result)?;
        self.running.push_back(next);
        Ok(())
    }

    /// Waits for the oldest uncollected epoch; `None` if all epochs are collected. [`state`](Self::state) then returns the state after this
    /// epoch.
    ///
    /// # Errors
    /// If the device failed.
    pub fn collect(&mut self) -> Result<Option<Collected>, CudaError> {
        self.working()?;
        let Some(&slot) = self.running.front() else { return Ok(None) };
        let result = self.ring.collect(slot);
        let collected = self.noted(result)?;
        self.running.pop_front();
        self.collected = slot;
        Ok(Some(collected))
    }

    /// The state of a member after the last epoch that is collected, or as it was set before the first. Waits for no epoch.
    ///
    /// # Errors
    /// If there is no such member, or the device failed.
    pub fn state(&self, member: u32) -> Result<Vec<f32>, CudaError> {
        self.working()?;
        let bytes = self.program.state_bytes;
        let from = self.ring.kept_state(self.collected, member)?;
        let mut copies = lock(&self.copies);
        copies.read_aside(from, usize::try_from(bytes).unwrap_or(usize::MAX)).map(|bytes| from_bytes(&bytes))
    }

    /// Lets a member go on from this state. No epoch may be uncollected.
    ///
    /// # Errors
    /// If the state has another size, there is no such member, an epoch is uncollected, or the device failed.
    pub fn set_state(&mut self, member: u32, state: &[f32]) -> Result<(), CudaError> {
        self.idle("set a state")?;
        let bytes = bytes_of(state);
        if bytes.len() as u64 != self.program.state_bytes {
            let needed = self.program.state_bytes / 4;
            return Err(CudaError::Mistake(format!(
                "a member's state has {needed} numbers, not {}",
                state.len()
            )));
        }
        let kept = self.ring.kept_state(self.collected, member)?;
        let own = self.ring.own_state(member);
        let mut copies = lock(&self.copies);
        let result =
            copies.write(&self.compute, own, bytes).and_then(|()| copies.write(&self.compute, kept, bytes));
        drop(copies);
        self.noted(result)
    }

    /// Runs an epoch launch by launch and says what each kernel took, the longest first. No epoch may be uncollected.
    ///
    /// # Errors
    /// As [`submit`](Self::submit) and [`collect`](Self::collect).
    pub fn time_kernels(&mut self, input: &[u8]) -> Result<Vec<KernelTime>, CudaError> {
        self.idle("measure kernels")?;
        self.check_input(input)?;
        let next = (self.collected + 1) % SLOTS;
        let result = self.ring.time_kernels(next, &self.compute, input);
        let launches = self.noted(result)?;
        self.collected = next;
        let mut times: Vec<KernelTime> = Vec::new();
        for (kernel, seconds) in launches {
            match times.iter_mut().find(|time| time.kernel == kernel) {
                Some(time) => (time.launches, time.seconds) = (time.launches + 1, time.seconds + seconds),
                None => times.push(KernelTime { kernel, launches: 1, seconds }),
            }
        }
        times.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        Ok(times)
    }

    fn check_input(&self, input: &[u8]) -> Result<(), CudaError> {
        let needed = self.program.input.bytes;
        if input.len() as u64 == needed {
            return Ok(());
        }
        Err(CudaError::Mistake(format!("an epoch's input has {needed} bytes, not {}", input.len())))
    }

    fn working(&self) -> Result<(), CudaError> {
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn idle(&self, wish: &str) -> Result<(), CudaError> {
        self.working()?;
        if self.running.is_empty() {
            return Ok(());
        }
        Err(CudaError::Mistake(format!("cannot {wish} while {} epochs are uncollected", self.running.len())))
    }

    /// Remembers a failure after which nothing works any more, and says how much memory is free if it does not suffice.
    fn noted<T>(&mut self, result: Result<T, CudaError>) -> Result<T, CudaError> {
        result.map_err(|error| match error {
            CudaError::Lost { .. } => {
                self.failure = Some(error.clone());
                error
            }
            CudaError::OutOfMemory { what, requested, total: 0, .. } => {
                let (free, total) = self.device.memory().unwrap_or_default();
                CudaError::OutOfMemory { what, requested, free, total }
            }
            other => other,
        })
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // Page-locked memory must not be freed while the device copies from or to it. A device that failed copies no more.
        let _ = self.compute.synchronize();
    }
}

fn lock(copies: &Mutex<Copies>) -> std::sync::MutexGuard<'_, Copies> {
    copies.lock().unwrap_or_else(PoisonError::into_inner)
}
