//! What a sweep tells its client while it runs, what can be asked of it, and what it says at its end. It does not
//! know who listens.

use std::fmt;

use sweep_job::{Bundle, FailureReason, JobEvent, JobId};

/// A place where one worker runs at a time, counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(usize);

impl Slot {
    pub(crate) fn new(index: usize) -> Self {
        Self(index)
    }

    /// Its number, from 0.
    pub fn index(self) -> usize {
        self.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Something that happened in a sweep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RunEvent<'a> {
    /// A worker was started.
    WorkerStarted {
        /// Where.
        slot: Slot,
        /// What it is called by its executor, such as `process 4711`.
        worker: &'a str,
    },
    /// A worker ended, whether it was asked to or not. Events of the jobs that it held follow.
    WorkerEnded {
        /// Where.
        slot: Slot,
        /// How, in words.
        how: &'a str,
    },
    /// A signal told a worker to end, and it stops after its epoch. Its end and those of its jobs follow.
    WorkerLeaves {
        /// Where.
        slot: Slot,
        /// Which signal, such as `SIGTERM`.
        signal: &'a str,
        /// Whether the sweep stops as well, since this happened in the slot again and again.
        stops_the_sweep: bool,
    },
    /// A slot is given up: no worker starts there, while others are at work elsewhere.
    SlotRetired {
        /// Which.
        slot: Slot,
        /// How the last worker failed to start there, in words.
        how: &'a str,
    },
    /// A bundle was handed to the worker in a slot.
    BundleHandedOut {
        /// Where it is trained.
        slot: Slot,
        /// What is trained.
        bundle: &'a Bundle,
    },
    /// Something happened to a job.
    Job {
        /// Where.
        slot: Slot,
        /// Which job.
        job: JobId,
        /// What happened.
        event: &'a JobEvent,
    },
}

/// A wish to end the sweep before its end. The later one in this order overrules the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopRequest {
    /// Nothing more is handed out, and every job stops after its current epoch.
    AfterEpoch,
    /// All workers are killed.
    Now,
}

/// How a job ended, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobEnd {
    Finished,
    Diverged,
    Failed,
    Cancelled,
    Interrupted,
}

impl JobEnd {
    /// The end that `event` is, if it is one.
    pub(crate) fn of(event: &JobEvent) -> Option<Self> {
        match event {
            JobEvent::Started(_) | JobEvent::EpochFinished(_) | JobEvent::Requeued | JobEvent::Renewed => {
                None
            }
            JobEvent::Finished(_) => Some(Self::Finished),
            JobEvent::Failed(FailureReason::Diverged { .. }) => Some(Self::Diverged),
            JobEvent::Failed(FailureReason::Cancelled) => Some(Self::Cancelled),
            JobEvent::Failed(_) => Some(Self::Failed),
            JobEvent::Interrupted => Some(Self::Interrupted),
        }
    }
}

/// How many jobs ended how; of a job that was trained again, the last end counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs that were trained to their end.
    pub finished: usize,
    /// Jobs whose loss was no finite number.
    pub diverged: usize,
    /// Jobs that failed for any other reason.
    pub failed: usize,
    /// Jobs that were cancelled.
    pub cancelled: usize,
    /// Jobs that were stopped before their end.
    pub interrupted: usize,
    /// Jobs that no worker was given.
    pub not_started: usize,
    /// The strongest request to stop, if there was one.
    pub stop: Option<StopRequest>,
}

impl Summary {
    pub(crate) fn of<'a>(
        ends: impl IntoIterator<Item = &'a JobEnd>,
        not_started: usize,
        stop: Option<StopRequest>,
    ) -> Self {
        let mut summary = Self { not_started, stop, ..Self::default() };
        for end in ends {
            *match end {
                JobEnd::Finished => &mut summary.finished,
                JobEnd::Diverged => &mut summary.diverged,
                JobEnd::Failed => &mut summary.failed,
                JobEnd::Cancelled => &mut summary.cancelled,
                JobEnd::Interrupted => &mut summary.interrupted,
            } += 1;
        }
        summary
    }

    /// Whether every job was trained to its end.
    pub fn all_finished(&self) -> bool {
        let Self { finished: _, diverged, failed, cancelled, interrupted, not_started, stop: _ } = *self;
        diverged + failed + cancelled + interrupted + not_started == 0
    }
}
