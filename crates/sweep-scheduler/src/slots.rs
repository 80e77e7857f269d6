//! Where each slot stands, with the worker and the jobs that it holds. It does not know what is done next, or who
//! hears of it.

use std::collections::HashMap;

use sweep_job::{Bundle, FailureReason, JobEvent, JobId, JobState, PlannedJob};

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
    Busy(W, HeldJobs),
    /// A worker that waits for a bundle, and has trained jobs whose ends it has yet to report.
    Finishing(W, HeldJobs),
    /// A worker that holds nothing and was asked to end.
    Ending(W),
    /// A worker that a signal told to end; jobs that it has not reported on when it is gone were interrupted.
    Leaving(W, HeldJobs),
    /// A worker that was killed; what is to become of its jobs is settled when it is gone.
    Killed(W, Verdict),
}

/// Why a worker was killed, with what it held.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The sweep was stopped. What it said before it was killed still counts.
    Stopped(HeldJobs),
    /// Some of the jobs that it held are given up for a reason; the others are interrupted. What it said before it was killed
    /// still counts.
    GivenUp(HeldJobs, HashMap<JobId, FailureReason>),
    /// It broke the protocol while it held jobs. Nothing that it says counts.
    BrokeProtocol(HeldJobs, String),
    /// It broke the protocol before it was ready.
    NeverReady(String),
}

impl<W: Worker> SlotState<W> {
    /// A worker that waits for a bundle, whatever it has yet to report.
    pub(crate) fn waiting(worker: W, held: HeldJobs) -> Self {
        if held.is_done() { Self::Idle(worker) } else { Self::Finishing(worker, held) }
    }

    pub(crate) fn view(&self) -> SlotView {
        match self {
            Self::Empty => SlotView::Empty,
            Self::Retired => SlotView::Retired,
            Self::Starting(_) => SlotView::Starting,
            Self::Idle(_) => SlotView::Idle,
            Self::Busy(..) => SlotView::Busy,
            Self::Finishing(..) => SlotView::Finishing,
            Self::Ending(_) | Self::Leaving(..) | Self::Killed(..) => SlotView::Ending,
        }
    }

    pub(crate) fn worker(&mut self) -> Option<&mut W> {
        match self {
            Self::Empty | Self::Retired => None,
            Self::Starting(worker)
            | Self::Idle(worker)
            | Self::Busy(worker, _)
            | Self::Finishing(worker, _)
            | Self::Ending(worker)
            | Self::Leaving(worker, _)
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
            Self::Busy(mut worker, held)
            | Self::Finishing(mut worker, held)
            | Self::Leaving(mut worker, held) => {
                worker.kill();
                Self::Killed(worker, Verdict::Stopped(held))
            }
            Self::Empty | Self::Retired | Self::Killed(..) => self,
        }
    }

    /// The state after a signal told the worker to end. One without a bundle is not kept waiting.
    pub(crate) fn leaving(self) -> Self {
        match self {
            Self::Starting(mut worker) | Self::Idle(mut worker) => {
                worker.close();
                Self::Ending(worker)
            }
            Self::Busy(worker, held) | Self::Finishing(worker, held) => Self::Leaving(worker, held),
            other => other,
        }
    }

    /// The state after jobs that the worker holds are given up.
    pub(crate) fn gave_up(self, reasons: HashMap<JobId, FailureReason>) -> Self {
        match self {
            Self::Busy(mut worker, held)
            | Self::Finishing(mut worker, held)
            | Self::Leaving(mut worker, held) => {
                worker.kill();
                Self::Killed(worker, Verdict::GivenUp(held, reasons))
            }
            other => other,
        }
    }

    pub(crate) fn held(&self) -> Option<&HeldJobs> {
        match self {
            Self::Busy(_, held) | Self::Finishing(_, held) | Self::Leaving(_, held) => Some(held),
            _ => None,
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
            Self::Busy(mut worker, held)
            | Self::Finishing(mut worker, held)
            | Self::Leaving(mut worker, held) => {
                worker.kill();
                Self::Killed(worker, Verdict::BrokeProtocol(held, why))
            }
            Self::Empty | Self::Retired | Self::Ending(_) | Self::Killed(..) => self,
        }
    }
}

/// The jobs that a worker holds, with the state of each that has not ended: those of the bundle that it trains, and those of
/// earlier ones whose ends it has yet to report.
#[derive(Debug, Default)]
pub(crate) struct HeldJobs {
    jobs: Vec<JobId>,
    unfinished: HashMap<JobId, HeldJob>,
    /// Trainings of the last bundle.
    trainings: usize,
}

#[derive(Debug)]
struct HeldJob {
    state: JobState,
    epochs: u32,
    /// Whether the worker was asked to give it up.
    is_cancelled: bool,
}

impl HeldJobs {
    /// The jobs of a bundle that is handed out.
    pub(crate) fn new(bundle: &Bundle) -> Self {
        let queued = |job: &PlannedJob| HeldJob {
            state: JobState::Queued,
            epochs: job.spec.epochs,
            is_cancelled: false,
        };
        Self {
            jobs: bundle.jobs().map(|job| job.id).collect(),
            unfinished: bundle.jobs().map(|job| (job.id, queued(job))).collect(),
            trainings: bundle.trainings.len(),
        }
    }

    /// Adds the jobs of a later bundle.
    pub(crate) fn add(&mut self, later: Self) {
        self.jobs.retain(|job| self.unfinished.contains_key(job));
        self.jobs.extend(later.jobs);
        self.unfinished.extend(later.unfinished);
        self.trainings = later.trainings;
    }

    /// Whether the worker has something to train beside `jobs`, in a bundle of several trainings.
    pub(crate) fn goes_on_without(&self, jobs: &[JobId]) -> bool {
        self.trainings > 1 && self.untrained().any(|job| !jobs.contains(&job))
    }

    /// Those of `jobs` that the worker has not been asked to give up yet; from now on it has.
    pub(crate) fn cancel(&mut self, jobs: &[JobId]) -> Vec<JobId> {
        let mut asked = Vec::new();
        for job in jobs {
            if let Some(held) = self.unfinished.get_mut(job).filter(|held| !held.is_cancelled) {
                held.is_cancelled = true;
                asked.push(*job);
            }
        }
        asked
    }

    /// Takes an event of one of the jobs, or says in which way the worker that sent it is wrong.
    pub(crate) fn apply(&mut self, job: JobId, event: &JobEvent) -> Result<(), String> {
        let Some(held) = self.unfinished.get_mut(&job) else {
            return Err(format!("reported on the job {job}, which it does not train"));
        };
        match held.state.clone().apply(event) {
            Ok(state @ JobState::Running { .. }) => held.state = state,
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

    /// The jobs that have not ended, in the order in which they were handed out.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = JobId> {
        self.jobs.iter().copied().filter(|job| self.unfinished.contains_key(job))
    }

    /// The jobs that are not trained to their last epochs, in the order in which they were handed out.
    pub(crate) fn untrained(&self) -> impl Iterator<Item = JobId> {
        self.jobs
            .iter()
            .copied()
            .filter(|job| self.unfinished.get(job).is_some_and(|held| !held.is_trained()))
    }
}

impl HeldJob {
    fn is_trained(&self) -> bool {
        matches!(self.state, JobState::Running { epoch, .. } if epoch == self.epochs)
    }
}
