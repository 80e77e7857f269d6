//! What a sweep looks for now and then, since nobody tells it: cancelled jobs, and trainings that take too long. It does not know
//! what is done next.

use std::collections::HashMap;

use sweep_job::{FailureReason, JobId, WorkerOrder};
use tokio::time::Instant;

use crate::{
    Client, Executor, SchedulerError, Slot, Worker,
    run::{Remaining, Step, Sweep},
    slots::{HeldJobs, SlotState},
};

impl<X: Executor, C: Client> Sweep<'_, X, C> {
    pub(crate) fn look_around(&mut self) -> Step<C::Error> {
        self.remaining = Remaining::Unknown;
        let cancelled = self.client.cancelled().map_err(SchedulerError::Client)?;
        self.give_up_cancelled(&cancelled);
        self.give_up_overdue();
        Ok(())
    }

    fn give_up_cancelled(&mut self, cancelled: &[JobId]) {
        if cancelled.is_empty() {
            return;
        }
        for slot in 0..self.slots.len() {
            if self.cancel_beside_others(slot, cancelled) {
                continue;
            }
            self.give_up(slot, |held| {
                held.unfinished()
                    .filter(|job| cancelled.contains(job))
                    .map(|job| (job, FailureReason::Cancelled))
                    .collect()
            });
        }
    }

    /// Asks the worker in a slot to give up cancelled jobs while it trains others of their bundle. False if it has no others: then it
    /// need not be spared.
    fn cancel_beside_others(&mut self, slot: usize, cancelled: &[JobId]) -> bool {
        let SlotState::Busy(worker, held) = &mut self.slots[slot] else { return false };
        if !held.goes_on_without(cancelled) {
            return false;
        }
        let jobs = held.cancel(cancelled);
        if !jobs.is_empty()
            && let Err(error) = worker.order(&WorkerOrder::Cancel(jobs))
        {
            tracing::warn!(worker = worker.name(), "cannot ask a worker to give up jobs: {error}");
        }
        true
    }

    fn give_up_overdue(&mut self) {
        let (Some(timeout), now) = (self.timeout, Instant::now()) else { return };
        let limit_seconds = timeout.as_secs_f64();
        for slot in 0..self.slots.len() {
            let is_stopped = self.slots[slot].worker().is_some_and(|worker| worker.is_stopped());
            if self.watches[slot].look(now, is_stopped) >= timeout {
                // A job that is trained and only waits for its weights to be written is not late.
                self.give_up(slot, |held| {
                    held.untrained().map(|job| (job, FailureReason::TimedOut { limit_seconds })).collect()
                });
            }
        }
    }

    fn give_up(&mut self, slot: usize, which: impl FnOnce(&HeldJobs) -> HashMap<JobId, FailureReason>) {
        let Some(held) = self.slots[slot].held() else { return };
        let reasons = which(held);
        if !reasons.is_empty() {
            self.slots[slot] = self.take(Slot::new(slot)).gave_up(reasons);
        }
    }
}
