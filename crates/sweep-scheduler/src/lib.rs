//! Which bundle of trainings runs when and where.
//!
//! [`run()`] asks a [`Client`] for bundles, hands them to workers, one a slot, and tells it of everything that happens, in order. What to do
//! next is a pure function ([`decide()`]); how workers are started and reached, and how many there can be, is behind a trait ([`Executor`]),
//! which [`LocalProcesses`] implements for processes of this machine.
//!
//! Invariants:
//! - The client hears of an event before anything else is done about it, and its error ends the sweep at once.
//! - A worker's events reach the client in the order in which the worker sent them, and only those that the
//!   job's state ([`sweep_job::JobState`]) allows.
//! - Every job that was handed out gets exactly one of finished, failed and interrupted, unless the client failed. One
//!   that was handed out again gets one each time.
//! - A worker that dies or breaks the protocol takes only its own bundle with it.
//! - A job that is cancelled ends alone if trainings of its bundle go on.
//! - When `run` returns, every worker that it started has ended.
//!
//! This crate knows neither networks nor tensors nor SQL, and looks at the clock only for time-outs.

mod act;
mod client;
mod decide;
mod error;
mod event;
mod executor;
mod hear;
mod local;
mod look;
mod order;
mod process;
mod run;
mod slots;
mod stopwatch;

pub use client::{Client, Heard, Supply};
pub use decide::{Decision, Intake, SlotView, decide};
pub use error::{ExecutorError, SchedulerError};
pub use event::{RunEvent, Slot, StopRequest, Summary};
pub use executor::{Capacity, DeviceMemory, Executor, RunOver, SideBySide, Worker, WorkerChannel, WorkerEnd};
pub use local::{
    LocalProcesses, WorkerGroups,
    memory::{LimitSource, MemoryLimit, MemoryLimits, SystemFiles},
};
pub use order::longest_first;
pub use process::{ProcessWorker, read_reports};
pub use run::{Limits, run};
