//! What a sweep does: what `decide` says, and what a stop request asks for. It does not know what workers say.

use std::{mem, num::NonZeroUsize};

use sweep_job::{FailureReason, JobEvent, WorkerOrder};
use tokio::time::Instant;

use crate::{
    Client, Decision, Executor, Intake, RunEvent, SchedulerError, Slot, SlotView, StopRequest, Supply,
    Worker, WorkerChannel, decide,
    executor::Origin,
    run::{Remaining, Step, Sweep},
    slots::{HeldJobs, SlotState},
    stopwatch::Stopwatch,
};

impl<X: Executor, C: Client> Sweep<'_, X, C> {
    /// Does what is to be done until nothing is.
    pub(crate) fn act(&mut self) -> Step<C::Error> {
        loop {
            let intake = if self.stop.is_none() { Intake::Open } else { Intake::Closed };
            if intake == Intake::Open {
                self.stock_up()?;
            }
            let views = self.views();
            let decisions = decide(&views, self.waiting.len(), intake);
            if decisions.is_empty() {
                return Ok(());
            }
            for decision in decisions {
                match decision {
                    Decision::HandOut { slot } => self.hand_out(Slot::new(slot))?,
                    Decision::Start { slot } => self.start(Slot::new(slot))?,
                    Decision::End { slot } => self.end(Slot::new(slot)),
                }
            }
        }
    }

    /// Gets a bundle for every slot that could do with one.
    fn stock_up(&mut self) -> Step<C::Error> {
        let is_free = |view: &&SlotView| {
            matches!(view, SlotView::Empty | SlotView::Starting | SlotView::Idle | SlotView::Finishing)
        };
        let free = self.views().iter().filter(is_free).count();
        while self.remaining == Remaining::Unknown
            && let Some(free) = NonZeroUsize::new(free.saturating_sub(self.waiting.len()))
        {
            match self.client.next_bundle(free).map_err(SchedulerError::Client)? {
                Supply::Bundle(order) => self.waiting.push_back(*order),
                Supply::Later => self.remaining = Remaining::Later,
                Supply::Exhausted => self.remaining = Remaining::Exhausted,
            }
        }
        Ok(())
    }

    /// Where the slots stand. One that rests gets nothing.
    fn views(&self) -> Vec<SlotView> {
        let view = |(slot, state): (usize, &SlotState<_>)| match state.view() {
            view if !self.is_resting(slot) => view,
            SlotView::Empty => SlotView::Retired,
            SlotView::Idle => SlotView::Resting,
            SlotView::Finishing => SlotView::Busy,
            view => view,
        };
        self.slots.iter().enumerate().map(view).collect()
    }

    fn hand_out(&mut self, slot: Slot) -> Step<C::Error> {
        let (mut worker, mut held) = match self.take(slot) {
            SlotState::Idle(worker) => (worker, HeldJobs::default()),
            SlotState::Finishing(worker, held) => (worker, held),
            other => {
                self.slots[slot.index()] = other;
                return Ok(());
            }
        };
        let Some(order) = self.waiting.pop_front() else {
            self.slots[slot.index()] = SlotState::waiting(worker, held);
            return Ok(());
        };
        let bundle = HeldJobs::new(&order.bundle);
        let told = self.notify(RunEvent::BundleHandedOut { slot, bundle: &order.bundle });
        let sent = match &told {
            Ok(()) => worker.order(&WorkerOrder::Train(Box::new(order))),
            Err(_) => Ok(()),
        };
        match sent {
            Ok(()) => {
                held.add(bundle);
                self.watches[slot.index()] = Stopwatch::begin(Instant::now());
                self.slots[slot.index()] = SlotState::Busy(worker, held);
                told
            }
            Err(error) => {
                self.slots[slot.index()] = SlotState::waiting(worker, held);
                self.end_jobs(
                    slot,
                    &bundle,
                    &JobEvent::Failed(FailureReason::Error { message: error.to_string() }),
                )
            }
        }
    }

    fn start(&mut self, slot: Slot) -> Step<C::Error> {
        self.starts += 1;
        self.last_starts[slot.index()] = self.starts;
        let channel = WorkerChannel::new(Origin { slot, start: self.starts }, self.sender.clone());
        match self.executor.start(slot, channel) {
            Ok(worker) => {
                let name = worker.name();
                tracing::debug!(%slot, worker = name, "worker started");
                self.slots[slot.index()] = SlotState::Starting(worker);
                self.notify(RunEvent::WorkerStarted { slot, worker: &name })
            }
            Err(error) => {
                // Whatever its channel still tells, such as its end, is of no worker.
                self.last_starts[slot.index()] = 0;
                self.start_failed(slot, error.to_string())
            }
        }
    }

    fn end(&mut self, slot: Slot) {
        self.slots[slot.index()] = match self.take(slot) {
            SlotState::Starting(mut worker) | SlotState::Idle(mut worker) => {
                worker.close();
                SlotState::Ending(worker)
            }
            other => other,
        };
    }

    pub(crate) fn stop(&mut self, request: StopRequest) {
        if self.stop >= Some(request) {
            return;
        }
        self.stop = Some(request);
        for state in &mut self.slots {
            match (request, &mut *state) {
                (StopRequest::AfterEpoch, SlotState::Busy(worker, _)) => {
                    if let Err(error) = worker.order(&WorkerOrder::Stop) {
                        tracing::warn!(worker = worker.name(), "cannot ask a worker to stop: {error}");
                    }
                }
                (StopRequest::AfterEpoch, _) => {}
                (StopRequest::Now, _) => *state = mem::replace(state, SlotState::Empty).stopped_now(),
            }
        }
    }
}
