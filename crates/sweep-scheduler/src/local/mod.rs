//! Workers as processes of this machine, and what this machine has for them. It does not know what they train, or what the scheduler makes
//! of what they say.

mod groups;
pub(crate) mod memory;

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf, thread, time::Duration};

use sweep_job::DeviceChoice;
use tokio::process::Command;

use crate::{
    Capacity, Executor, ExecutorError, MemoryLimits, SideBySide, Slot, WorkerChannel,
    process::{self, Companion, Counted, ProcessWorker},
};
use groups::Member;
use memory::{KillWatch, SystemFiles};

pub use groups::WorkerGroups;

/// Runs each worker as a process of this machine that reads [`WorkerOrder`](sweep_job::WorkerOrder)s from its standard input and writes
/// [`WorkerReport`](sweep_job::WorkerReport)s to its standard output, one JSON document a line. Its standard error is
/// its log: it is passed on through `tracing`, and its end is quoted when the worker dies.
///
/// A worker is the leader of a process group of its own, so that Ctrl-C in a terminal reaches this process alone, and
/// a kill reaches whatever the worker started. A worker whose standard input ends must end as well: that is also how
/// it learns that this process is gone.
#[derive(Debug, Clone)]
pub struct LocalProcesses {
    /// The worker program.
    pub program: PathBuf,
    /// Its name in a list of processes; `None` for that of the file.
    pub name: Option<OsString>,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The devices that workers are spread over, in turn: each is started with `--device=NAME` behind its arguments. If there are none,
    /// the argument is left out.
    pub devices: Vec<DeviceChoice>,
    /// Environment variables that are set for it, beside those of this process.
    pub environment: Vec<(String, String)>,
    /// How long a worker may take to end once its standard input is closed.
    pub grace: Duration,
    /// Where the kernel tells of memory.
    pub system: SystemFiles,
    /// Whether workers of the program could compute on a device, or why not.
    pub has_device: fn(DeviceChoice) -> Result<(), String>,
    /// What workers of the program can train at once on a device.
    pub side_by_side: fn(DeviceChoice) -> SideBySide,
    groups: WorkerGroups,
}

impl LocalProcesses {
    /// How long a worker may take to end, unless told otherwise.
    pub const DEFAULT_GRACE: Duration = Duration::from_secs(2);

    /// What the program is called in messages.
    fn known_as(&self) -> PathBuf {
        self.name.as_ref().map_or_else(|| self.program.clone(), PathBuf::from)
    }

    /// Workers that run `program` with `arguments`, in the environment of this process, on the CPU.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            name: None,
            arguments: arguments.into_iter().map(Into::into).collect(),
            devices: Vec::new(),
            environment: Vec::new(),
            grace: Self::DEFAULT_GRACE,
            system: SystemFiles::default(),
            has_device: cpu_alone,
            side_by_side: |_| SideBySide::ONE,
            groups: WorkerGroups::default(),
        }
    }

    /// The workers that live, to stop and continue them together.
    pub fn groups(&self) -> WorkerGroups {
        self.groups.clone()
    }

    fn command(&self, slot: Slot) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(number) = slot.index().checked_rem(self.devices.len()) {
            command.arg(format!("--device={}", self.devices[number]));
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        #[cfg(unix)]
        if let Some(name) = &self.name {
            command.arg0(name);
        }
        command
    }
}

fn cpu_alone(device: DeviceChoice) -> Result<(), String> {
    match device {
        DeviceChoice::Cpu => Ok(()),
        DeviceChoice::Cuda(_) => Err(format!("these workers cannot compute on the device {device}")),
    }
}

impl Executor for LocalProcesses {
    type Worker = ProcessWorker;

    fn find_device(&self, device: DeviceChoice) -> Result<(), ExecutorError> {
        (self.has_device)(device).map_err(|message| ExecutorError::Device { message })
    }

    /// One worker a core, each on one thread, is faster on a CPU than one worker on all cores: networks this small leave threads waiting
    /// for each other.
    fn capacity(&self, device: DeviceChoice, threads: u32) -> Capacity {
        let slots = match device {
            DeviceChoice::Cpu => {
                let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
                NonZeroUsize::new(cores / (threads.max(1) as usize)).unwrap_or(NonZeroUsize::MIN)
            }
            DeviceChoice::Cuda(_) => NonZeroUsize::MIN,
        };
        let memory = MemoryLimits::of_this_process(&self.system);
        Capacity { slots, memory, side_by_side: (self.side_by_side)(device) }
    }

    fn start(&mut self, slot: Slot, channel: WorkerChannel) -> Result<ProcessWorker, ExecutorError> {
        let companion = |pid| -> Box<dyn Companion> {
            Box::new(LocalCompanion {
                kills: KillWatch::begin(&self.system, pid),
                member: Some(self.groups.join(pid)),
            })
        };
        process::spawn(self.command(slot), (slot, channel), self.grace, companion)
            .map_err(|source| ExecutorError::Spawn { program: self.known_as(), source })
    }
}

/// What this machine tells of a worker, and who stops it with the others.
#[derive(Debug)]
struct LocalCompanion {
    kills: KillWatch,
    member: Option<Member>,
}

impl Companion for LocalCompanion {
    fn release(&mut self) {
        self.member = None;
    }

    fn counted(&self) -> Counted {
        self.kills.counted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeviceMemory;

    #[test]
    fn workers_share_a_device_and_leave_something_to_its_driver() {
        let small = DeviceMemory { free: 500, total: 1000, workers: 1 };
        assert_eq!((small.for_a_worker(), small.most_for_a_worker()), (450, 950));
        let shared = DeviceMemory { workers: 3, ..small };
        assert_eq!((shared.for_a_worker(), shared.most_for_a_worker()), (150, 316));
        assert_eq!(DeviceMemory { free: 10, ..small }.for_a_worker(), 0);
        let large = DeviceMemory { free: 1 << 40, total: 1 << 40, workers: 1 };
        assert_eq!(large.for_a_worker(), (1 << 40) - (256 << 20));
    }

    #[test]
    fn a_core_is_a_slot_and_a_gpu_is_one() {
        let workers = LocalProcesses::new("/no/such/program", [] as [&str; 0]);
        let slots = |device, threads| workers.capacity(device, threads).slots.get();
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        assert_eq!(slots(DeviceChoice::Cpu, 1), cores);
        assert_eq!(slots(DeviceChoice::Cpu, 4096), 1);
        assert_eq!(slots(DeviceChoice::Cuda(0), 1), 1);
        let gpus = [0, 1, 3].map(DeviceChoice::Cuda);
        assert_eq!(workers.capacity_of(&gpus, 1).map(|capacity| capacity.slots.get()), Some(3));
        assert_eq!(workers.capacity_of(&[], 1), None);
    }

    #[test]
    fn what_trains_side_by_side_fits_on_every_device() {
        let mut workers = LocalProcesses::new("/no/such/program", [] as [&str; 0]);
        workers.side_by_side = |device| match device {
            DeviceChoice::Cpu => SideBySide::ONE,
            DeviceChoice::Cuda(number) => SideBySide {
                most: NonZeroUsize::new(64 >> number).unwrap_or(NonZeroUsize::MIN),
                device_memory: (number < 2).then_some(DeviceMemory {
                    free: 24 << 30 << number,
                    total: 100 << 30 >> number,
                    workers: 1,
                }),
            },
        };
        let of = |numbers: &[u32]| {
            let devices: Vec<_> = numbers.iter().copied().map(DeviceChoice::Cuda).collect();
            let capacity = workers.capacity_of(&devices, 1).map(|capacity| capacity.side_by_side);
            capacity.map(|it| {
                (it.most.get(), it.device_memory.map(|memory| (memory.free >> 30, memory.total >> 30)))
            })
        };
        assert_eq!(of(&[0, 1]), Some((32, Some((24, 50)))));
        assert_eq!(of(&[1, 2]), Some((16, Some((48, 50)))));
        let on_cpu = workers.capacity(DeviceChoice::Cpu, 1).side_by_side;
        assert_eq!(on_cpu, SideBySide::ONE);
    }

    #[test]
    fn workers_are_spread_over_the_devices_in_turn() {
        let mut workers = LocalProcesses::new("program", ["worker"]);
        let arguments = |workers: &LocalProcesses, slot| -> Vec<String> {
            let command = workers.command(Slot::new(slot));
            command.as_std().get_args().map(|argument| argument.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(arguments(&workers, 0), ["worker"]);
        workers.devices = vec![DeviceChoice::Cuda(0), DeviceChoice::Cuda(2)];
        let devices = [0, 1, 2, 3].map(|slot| arguments(&workers, slot).pop());
        let expected = ["cuda:0", "cuda:2", "cuda:0", "cuda:2"].map(|name| Some(format!("--device={name}")));
        assert_eq!(devices, expected);
    }
}
