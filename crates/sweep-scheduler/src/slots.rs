//! Where each slot stands, with the worker and the jobs that it holds. It does not know what is done next, or who
//! hears of it.

use std::collections::HashMap;

use sweep_job::{Bundle, JobEvent, JobId, JobState};

use crate::{SlotView, Worker};

/// A slot with what it holds.
#[derive(Debug)]
pub(crate) enum SlotState<W> {
    /// No worker.
    Empty,
    /// No worker, and none is to be started.
    Retired,
    /// A worker that has not said that it is ready.
    Starting(W),
    /// A worker that waits for a bundle.
    Idle(W),
    /// A worker that trains a bundle.
    Busy(W, HeldBundle),
    /// A worker that holds nothing and was asked to end.
    Ending(W),
    /// A worker that was killed; what is to become of its jobs is settled when it is gone.
    Killed(W, Verdict),
}

/// Why a worker was killed, with what it held.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The sweep was stopped. What it said before it was killed still counts.
    Stopped(HeldBundle),
    /// It broke the protocol while it held a bundle. Nothing that it says counts.
    BrokeProtocol(HeldBundle, String),
    /// It broke the protocol before it was ready.
    NeverReady(String),
}

impl<W: Worker> SlotState<W> {
    pub(crate) fn view(&self) -> SlotView {
        match self {
            Self::Empty => SlotView::Empty,
            Self::Retired => SlotView::Retired,
            Self::Starting(_) => SlotView::Starting,
            Self::Idle(_) => SlotView::Idle,
            Self::Busy(..) => SlotView::Busy,
            Self::Ending(_) | Self::Killed(..) => SlotView::Ending,
        }
    }

    pub(crate) fn worker(&mut self) -> Option<&mut W> {
        match self {
            Self::Empty | Self::Retired => None,
            Self::Starting(worker)
            | Self::Idle(worker)
            | Self::Busy(worker, _)
            | Self::Ending(worker)
            | Self::Killed(worker, _) => Some(worker),
        }
    }

    /// The state after the sweep is stopped at once.
    pub(crate) fn stopped_now(self) -> Self {
        match self {
            Self::Starting(mut worker) | Self::Idle(mut worker) | Self::Ending(mut worker) => {
                worker.kill();
                Self::Ending(worker)
            }
            Self::Busy(mut worker, held) => {
                worker.kill();
                Self::Killed(worker, Verdict::Stopped(held))
            }
            Self::Empty | Self::Retired | Self::Killed(..) => self,
        }
    }

    /// The state after the worker broke the protocol. One that is on its way out may say what it likes.
    pub(crate) fn broke_protocol(self, why: String) -> Self {
        match self {
            Self::Starting(mut worker) => {
                worker.kill();
                Self::Killed(worker, Verdict::NeverReady(why))
            }
            Self::Idle(mut worker) => {
                worker.kill();
                Self::Ending(worker)
            }
            Self::Busy(mut worker, held) => {
                worker.kill();
                Self::Killed(worker, Verdict::BrokeProtocol(held, why))
            }
            Self::Empty | Self::Retired | Self::Ending(_) | Self::Killed(..) => self,
        }
    }
}

/// The jobs of a bundle that a worker trains, with the state of each that has not ended.
#[derive(Debug)]
pub(crate) struct HeldBundle {
    jobs: Vec<JobId>,
    unfinished: HashMap<JobId, JobState>,
}

impl HeldBundle {
    pub(crate) fn new(bundle: &Bundle) -> Self {
        let jobs: Vec<JobId> = bundle.jobs.iter().map(|job| job.id).collect();
        let unfinished = jobs.iter().map(|&job| (job, JobState::Queued)).collect();
        Self { jobs, unfinished }
    }

    /// Takes an event of one of the jobs, or says in which way the worker that sent it is wrong.
    pub(crate) fn apply(&mut self, job: JobId, event: &JobEvent) -> Result<(), String> {
        let Some(held) = self.unfinished.get_mut(&job) else {
            return Err(format!("reported on the job {job}, which it does not train"));
        };
        match held.clone().apply(event) {
            Ok(state @ JobState::Running { .. }) => *held = state,
            Ok(JobState::Queued | JobState::Finished(_) | JobState::Failed(_)) => {
                self.unfinished.remove(&job);
            }
            Err(invalid) => return Err(format!("reported what cannot be of the job {job}: {invalid}")),
        }
        Ok(())
    }

    pub(crate) fn is_done(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// The jobs that have not ended, in the order of the bundle.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = JobId> {
        self.jobs.iter().copied().filter(|job| self.unfinished.contains_key(job))
    }
}
