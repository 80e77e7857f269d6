//! The seam between the scheduler and whatever runs its workers: processes of this machine, or the engine of a
//! cluster. It does not know how a message travels.

use std::{num::NonZeroUsize, time::Duration};

use sweep_job::{DeviceChoice, FailureReason, MemoryEvidence, WorkerOrder, WorkerReport};
use tokio::sync::mpsc;

use crate::{ExecutorError, MemoryLimits, Slot};

/// What the workers of an executor can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// Workers that compute beside each other without slowing each other down.
    pub slots: NonZeroUsize,
    /// The memory that they may use.
    pub memory: MemoryLimits,
    /// What each of them can train at once.
    pub side_by_side: SideBySide,
}

/// How many trainings a worker can run side by side, in one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SideBySide {
    /// The most that are worth it.
    pub most: NonZeroUsize,
    /// Memory of the device for them; `None` if they take that of the machine, or if nobody knows.
    pub device_memory: Option<DeviceMemory>,
}

/// The memory of a device, in bytes, which its workers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceMemory {
    /// What is free now.
    pub free: u64,
    /// What there is.
    pub total: u64,
    /// Workers that compute on the device.
    pub workers: u32,
}

impl DeviceMemory {
    /// The most that is left to the driver, which takes memory of its own for kernels and graphs.
    const MOST_KEPT_BACK: u64 = 256 << 20;

    /// What a worker may take now.
    pub fn for_a_worker(self) -> u64 {
        self.share_of(self.free)
    }

    /// What a worker may take if nobody else uses the device.
    pub fn most_for_a_worker(self) -> u64 {
        self.share_of(self.total)
    }

    fn share_of(self, bytes: u64) -> u64 {
        let kept_back = Self::MOST_KEPT_BACK.min(self.total / 20);
        bytes.saturating_sub(kept_back) / u64::from(self.workers.max(1))
    }

    /// What both of two devices have.
    fn least(self, other: Self) -> Self {
        Self {
            free: self.free.min(other.free),
            total: self.total.min(other.total),
            workers: self.workers.max(other.workers),
        }
    }
}

impl SideBySide {
    /// One training at a time, as on a processor: what shares a core gains nothing.
    pub const ONE: Self = Self { most: NonZeroUsize::MIN, device_memory: None };

    /// What two devices can both do.
    fn least(self, other: Self) -> Self {
        let device_memory = match (self.device_memory, other.device_memory) {
            (Some(one), Some(other)) => Some(one.least(other)),
            (one, other) => one.or(other),
        };
        Self { most: self.most.min(other.most), device_memory }
    }
}

/// Starts workers, and knows what there is for them: the machine that they run on need not be this one.
pub trait Executor {
    /// What a started worker is reached by.
    type Worker: Worker;

    /// Looks for a device.
    ///
    /// # Errors
    /// If no worker could compute on it.
    fn find_device(&self, device: DeviceChoice) -> Result<(), ExecutorError>;

    /// What workers can use that compute on `device`, each on so many threads.
    fn capacity(&self, device: DeviceChoice, threads: u32) -> Capacity;

    /// What workers can use that are spread over `devices`: a bundle fits on each of them.
    fn capacity_of(&self, devices: &[DeviceChoice], threads: u32) -> Option<Capacity> {
        let capacities = devices.iter().map(|device| self.capacity(*device, threads));
        capacities.reduce(|all, one| Capacity {
            slots: all.slots.saturating_add(one.slots.get()),
            // That of the machine, which they share.
            memory: all.memory,
            side_by_side: all.side_by_side.least(one.side_by_side),
        })
    }

    /// After so many workers in a row that end before they are ready, a slot is no longer given a new one.
    fn failed_starts_allowed(&self) -> u32 {
        2
    }

    /// For how long no worker starts in a slot after so many in a row that ended before they were ready: a device may need a while.
    fn pause_after_failed_starts(&self, failures: u32) -> Duration {
        let seconds = 4u64.saturating_pow(failures.saturating_sub(1));
        Duration::from_secs(seconds.min(60))
    }

    /// Starts a worker in `slot`, without waiting for it: whatever it reports, and then its end, go into `channel`.
    /// Called inside a tokio runtime.
    ///
    /// # Errors
    /// Where it is clear at once that no worker starts. A later failure is an end that is told through `channel`.
    fn start(&mut self, slot: Slot, channel: WorkerChannel) -> Result<Self::Worker, ExecutorError>;
}

/// A worker as the scheduler sees it. None of its methods waits. After [`close`](Self::close), after
/// [`kill`](Self::kill) and when it is dropped, the worker's end follows within bounded time, and is told through the
/// channel once the worker is gone.
pub trait Worker {
    /// What people call it, such as `process 4711`.
    fn name(&self) -> String;

    /// Sends an order. Orders arrive in turn; an order to a worker that is gone is lost, and its end tells of it.
    ///
    /// # Errors
    /// Where the order has no form as a message; nothing is sent then.
    fn order(&mut self, order: &WorkerOrder) -> Result<(), ExecutorError>;

    /// Says that no further order comes: a worker without a bundle ends itself. One that does not, in due time, is
    /// killed by the executor.
    fn close(&mut self);

    /// Ends it at once.
    fn kill(&mut self);

    /// Whether the system has stopped it for now, as SIGSTOP does.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerEnd {
    /// In words, such as `exit code 101` or `killed by signal 9 (SIGKILL)`.
    pub how: String,
    /// The lines of its log that say why, if any do: the last few, such as the message of a panic.
    pub last_words: Vec<String>,
    /// What says that it ended for want of memory, if anything does.
    pub out_of_memory: Option<MemoryEvidence>,
}

impl WorkerEnd {
    /// All of it in one line.
    pub(crate) fn in_one_line(&self) -> String {
        if self.last_words.is_empty() {
            return self.how.clone();
        }
        format!("{}: {}", self.how, self.last_words.join(" | "))
    }

    /// Why the jobs fail that it held.
    pub(crate) fn failure(&self) -> FailureReason {
        let how = self.in_one_line();
        match self.out_of_memory {
            Some(evidence) => FailureReason::OutOfMemory { how, evidence },
            None => FailureReason::WorkerDied { how },
        }
    }
}

/// Which worker a message is from. Slots get new workers; the number of the start tells one from the other, and from
/// one that could not be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) slot: Slot,
    pub(crate) start: u64,
}

/// What arrives from a worker.
#[derive(Debug)]
pub(crate) enum Message {
    Report(WorkerReport),
    Unreadable(String),
    Ended(WorkerEnd),
}

/// Nobody listens any more: the sweep is over, and the worker is to be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sweep is over")]
pub struct RunOver;

/// The way from one worker to the scheduler. What is sent arrives in turn; where the scheduler is slow, senders wait.
///
/// The last message is the worker's end. A channel that is dropped without one tells of an end for which the
/// executor has no words, so that no sweep waits for a worker that nobody watches.
#[derive(Debug)]
pub struct WorkerChannel {
    origin: Origin,
    sender: Option<mpsc::Sender<(Origin, Message)>>,
}

impl WorkerChannel {
    pub(crate) fn new(origin: Origin, sender: mpsc::Sender<(Origin, Message)>) -> Self {
        Self { origin, sender: Some(sender) }
    }

    /// Passes a report on.
    ///
    /// # Errors
    /// When the sweep is over.
    pub async fn report(&self, report: WorkerReport) -> Result<(), RunOver> {
        self.send(Message::Report(report)).await
    }

    /// Says that the worker sent something that is no report. `why` follows "the worker", such as `wrote a line that
    /// is no report`. The scheduler then kills it.
    ///
    /// # Errors
    /// When the sweep is over.
    pub async fn unreadable(&self, why: String) -> Result<(), RunOver> {
        self.send(Message::Unreadable(why)).await
    }

    /// Says that the worker is gone: the last message.
    pub async fn ended(mut self, end: WorkerEnd) {
        if let Some(sender) = self.sender.take() {
            // Where nobody listens, nobody needs to know.
            let _ = sender.send((self.origin, Message::Ended(end))).await;
        }
    }

    async fn send(&self, message: Message) -> Result<(), RunOver> {
        let Some(sender) = &self.sender else { return Err(RunOver) };
        sender.send((self.origin, message)).await.map_err(|_| RunOver)
    }
}

impl Drop for WorkerChannel {
    fn drop(&mut self) {
        let Some(sender) = self.sender.take() else { return };
        let how = "its executor lost sight of it".to_owned();
        let message =
            (self.origin, Message::Ended(WorkerEnd { how, last_words: Vec::new(), out_of_memory: None }));
        if let Err(mpsc::error::TrySendError::Full(message)) = sender.try_send(message)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { sender.send(message).await });
        }
    }
}
