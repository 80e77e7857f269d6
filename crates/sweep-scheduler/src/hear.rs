//! What a sweep makes of what its workers say, and of their ends. It does not know what is done next.

use std::num::NonZeroU32;

use sweep_job::{FailureReason, JobEvent, JobId, WorkerReport};

use crate::{
    Client, Executor, RunEvent, SchedulerError, Slot, StopRequest, WorkerEnd,
    executor::{Message, Origin},
    run::{Step, Sweep},
    slots::{HeldJobs, SlotState, Verdict},
};

/// So often in a row a slot gets a new worker for one that a signal told to end. Whoever sends more wants the whole run to stop.
const DEPARTURES_ALLOWED: u32 = 3;

impl<X: Executor, C: Client> Sweep<'_, X, C> {
    pub(crate) fn hear(&mut self, origin: Origin, message: Message) -> Step<C::Error> {
        if !self.is_current(origin) {
            return Ok(());
        }
        let slot = origin.slot;
        match message {
            Message::Report(WorkerReport::Ready) => self.hear_ready(slot),
            Message::Report(WorkerReport::Leaving { signal }) => return self.hear_leaving(slot, &signal),
            Message::Report(WorkerReport::Event(job, event)) => return self.hear_event(slot, job, &event),
            Message::Unreadable(why) => self.condemn(slot, why),
            Message::Ended(end) => return self.hear_end(slot, &end),
        }
        Ok(())
    }

    fn hear_ready(&mut self, slot: Slot) {
        match self.take(slot) {
            SlotState::Starting(worker) => {
                self.failed_starts = 0;
                self.slots[slot.index()] = SlotState::Idle(worker);
            }
            SlotState::Busy(worker, held) if held.untrained().next().is_none() => {
                self.slots[slot.index()] = SlotState::waiting(worker, held);
            }
            // It waits for nothing any more, and may not have known yet.
            leaving @ SlotState::Leaving(..) => self.slots[slot.index()] = leaving,
            other => {
                let why = match &other {
                    SlotState::Busy(_, held) => {
                        let jobs: Vec<String> = held.untrained().map(|job| job.to_string()).collect();
                        format!("asked for the next bundle before the job {} was trained", jobs.join(", "))
                    }
                    _ => "said that it is ready when it had said so before".to_owned(),
                };
                self.slots[slot.index()] = other;
                self.condemn(slot, why);
            }
        }
    }

    fn hear_leaving(&mut self, slot: Slot, signal: &str) -> Step<C::Error> {
        self.slots[slot.index()] = self.take(slot).leaving();
        self.departures[slot.index()] += 1;
        let stops_the_sweep = self.stop.is_none() && self.departures[slot.index()] > DEPARTURES_ALLOWED;
        // If the sweep stops anyway, the user knows it already.
        if self.stop.is_none() {
            self.notify(RunEvent::WorkerLeaves { slot, signal, stops_the_sweep })?;
        }
        if stops_the_sweep {
            self.stop(StopRequest::AfterEpoch);
        }
        Ok(())
    }

    fn hear_event(&mut self, slot: Slot, job: JobId, event: &JobEvent) -> Step<C::Error> {
        let held = match &mut self.slots[slot.index()] {
            SlotState::Busy(_, held)
            | SlotState::Finishing(_, held)
            | SlotState::Leaving(_, held)
            | SlotState::Killed(_, Verdict::Stopped(held) | Verdict::GivenUp(held, _)) => held,
            _ => {
                self.condemn(slot, format!("reported on the job {job}, which it does not train"));
                return Ok(());
            }
        };
        match held.apply(job, event) {
            Ok(()) => {
                self.rest_if_done(slot);
                self.notify_of_job(slot, job, event)
            }
            Err(why) => {
                self.condemn(slot, why);
                Ok(())
            }
        }
    }

    /// A worker that waited with ends to report has reported them all.
    fn rest_if_done(&mut self, slot: Slot) {
        self.slots[slot.index()] = match self.take(slot) {
            SlotState::Finishing(worker, held) => SlotState::waiting(worker, held),
            other => other,
        };
    }

    fn condemn(&mut self, slot: Slot, why: String) {
        let state = self.take(slot);
        if matches!(
            state,
            SlotState::Starting(_)
                | SlotState::Idle(_)
                | SlotState::Busy(..)
                | SlotState::Finishing(..)
                | SlotState::Leaving(..)
        ) {
            tracing::warn!(%slot, "killing a worker that {why}");
        }
        self.slots[slot.index()] = state.broke_protocol(why);
    }

    fn hear_end(&mut self, slot: Slot, end: &WorkerEnd) -> Step<C::Error> {
        let state = self.take(slot);
        self.notify(RunEvent::WorkerEnded { slot, how: &end.how })?;
        match state {
            SlotState::Empty | SlotState::Retired | SlotState::Idle(_) | SlotState::Ending(_) => Ok(()),
            SlotState::Starting(_) => self.start_failed(slot, end.in_one_line()),
            SlotState::Busy(_, held) | SlotState::Finishing(_, held) => {
                self.fail_jobs(slot, &held, end.failure())
            }
            SlotState::Leaving(_, held) | SlotState::Killed(_, Verdict::Stopped(held)) => {
                self.end_jobs(slot, &held, &JobEvent::Interrupted)
            }
            SlotState::Killed(_, Verdict::GivenUp(held, reasons)) => held.unfinished().try_for_each(|job| {
                let event = match reasons.get(&job) {
                    Some(reason) => JobEvent::Failed(reason.clone()),
                    None => JobEvent::Interrupted,
                };
                self.notify_of_job(slot, job, &event)
            }),
            SlotState::Killed(_, Verdict::BrokeProtocol(held, why)) => {
                let how = format!("killed, since it {why}");
                self.fail_jobs(slot, &held, FailureReason::WorkerDied { how })
            }
            SlotState::Killed(_, Verdict::NeverReady(why)) => {
                self.start_failed(slot, format!("killed, since it {why}"))
            }
        }
    }

    /// A worker in `slot`, which is now empty, ended before it was ready.
    pub(crate) fn start_failed(&mut self, slot: Slot, how: String) -> Step<C::Error> {
        self.failed_starts = self.failed_starts.saturating_add(1);
        tracing::warn!(%slot, "a worker ended before it was ready: {how}");
        let allowed = self.executor.failed_starts_allowed();
        self.rest(slot, self.executor.pause_after_failed_starts(self.failed_starts));
        let Some(failures) = NonZeroU32::new(self.failed_starts).filter(|starts| starts.get() > allowed)
        else {
            return Ok(());
        };
        if self.stop.is_some() {
            return Ok(());
        }
        // A killed worker as well: its jobs are to get their ends, and its slot is tried again. So is one that rests.
        let hope = |(other, state): (usize, &SlotState<_>)| match state {
            SlotState::Empty => other != slot.index() && self.is_resting(other),
            SlotState::Retired => false,
            _ => true,
        };
        if !self.slots.iter().enumerate().any(hope) {
            return Err(SchedulerError::CannotStart { failures, how });
        }
        self.slots[slot.index()] = SlotState::Retired;
        self.notify(RunEvent::SlotRetired { slot, how: &how })
    }

    fn fail_jobs(&mut self, slot: Slot, held: &HeldJobs, reason: FailureReason) -> Step<C::Error> {
        tracing::warn!(%slot, "{reason}");
        self.end_jobs(slot, held, &JobEvent::Failed(reason))
    }

    pub(crate) fn end_jobs(&mut self, slot: Slot, held: &HeldJobs, event: &JobEvent) -> Step<C::Error> {
        held.unfinished().try_for_each(|job| self.notify_of_job(slot, job, event))
    }
}
