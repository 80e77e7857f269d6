//! What a sweep tells its observer while it runs, what can be asked of it, and what it says at its end. It does not
//! know who listens.

use std::fmt;

use sweep_job::{Bundle, FailureReason, JobEvent, JobId};

/// A place where one worker runs at a time, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
pub enum Happening<'a> {
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

/// How many jobs ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs that were trained to their end.
    pub finished: usize,
    /// Jobs whose loss was no finite number.
    pub diverged: usize,
    /// Jobs that failed for any other reason.
    pub failed: usize,
    /// Jobs that were stopped before their end.
    pub interrupted: usize,
    /// Jobs that no worker was given.
    pub not_started: usize,
    /// The strongest request to stop, if there was one.
    pub stop: Option<StopRequest>,
}

impl Summary {
    /// Whether every job of the sweep was trained to its end.
    pub fn all_finished(&self) -> bool {
        let Self { finished: _, diverged, failed, interrupted, not_started, stop: _ } = *self;
        diverged + failed + interrupted + not_started == 0
    }

    /// Counts a job that ends with `event`; no other event changes anything.
    pub(crate) fn count(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Started(_) | JobEvent::EpochFinished(_) => {}
            JobEvent::Finished(_) => self.finished += 1,
            JobEvent::Failed(FailureReason::Diverged { .. }) => self.diverged += 1,
            JobEvent::Failed(_) => self.failed += 1,
            JobEvent::Interrupted => self.interrupted += 1,
        }
    }
}
