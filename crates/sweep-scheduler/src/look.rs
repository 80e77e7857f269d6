//! What a sweep looks for now and then, since nobody tells it: cancelled jobs, and trainings that take too long. It does not know
//! what is done next.

use std::collections::HashMap;

use sweep_job::{FailureReason, JobId};
use tokio::time::Instant;

use crate::{
    Client, Executor, SchedulerError, Slot, Worker,
    run::{Remaining, Step, Sweep},
    slots::HeldJobs,
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
            self.give_up(slot, |held| {
                held.unfinished()
                    .filter(|job| cancelled.contains(job))
                    .map(|job| (job, FailureReason::Cancelled))
                    .collect()
            });
        }
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
