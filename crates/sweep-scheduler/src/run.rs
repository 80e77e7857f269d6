//! The loop of a sweep: hears workers and stop requests, tells the observer, and does what `decide` says. It does not
//! know how workers are started or what the observer does with what it hears.

use std::{collections::VecDeque, mem, num::NonZeroUsize};

use sweep_job::{BundleOrder, JobEvent, JobId};
use tokio::sync::mpsc;

use crate::{
    Executor, Happening, SchedulerError, Slot, StopRequest, Summary, Worker,
    executor::{Message, Origin},
    slots::SlotState,
};

/// Messages that wait for the loop before workers have to wait.
const CHANNEL_CAPACITY: usize = 256;

/// Trains `bundles` in the given order (see [`longest_first`](crate::longest_first)), each by a worker in one of
/// `slots` slots.
///
/// `observer` hears of everything that happens before anything else is done about it. `stops` asks for an early end:
/// [`StopRequest::AfterEpoch`] hands out nothing more and waits until the jobs that run are interrupted after their
/// current epochs; [`StopRequest::Now`] kills all workers, and what they held is interrupted. When all its senders
/// are dropped, nothing stops the sweep.
///
/// Workers start when there is a bundle for them, serve many bundles, and end when nothing waits. Where one dies or
/// breaks the protocol, the unfinished jobs of its bundle fail with
/// [`WorkerDied`](sweep_job::FailureReason::WorkerDied), and the slot gets another worker. After three workers in a
/// row that end before they are ready, slots are given up one by one, as long as others have workers.
///
/// When it returns, every worker has ended. A future that is dropped kills them.
///
/// # Errors
/// [`SchedulerError::Observer`] where `observer` fails, and [`SchedulerError::CannotStart`] where no worker gets ready. All
/// workers are killed before; jobs that they held are left as the observer last heard.
pub async fn run<X, O, E>(
    bundles: Vec<BundleOrder>,
    executor: &mut X,
    slots: NonZeroUsize,
    mut stops: mpsc::UnboundedReceiver<StopRequest>,
    observer: O,
) -> Result<Summary, SchedulerError<E>>
where
    X: Executor,
    O: FnMut(Happening<'_>) -> Result<(), E>,
{
    let (sender, mut messages) = mpsc::channel(CHANNEL_CAPACITY);
    let slot_count = slots.get().min(bundles.len());
    let mut sweep = Sweep {
        slots: (0..slot_count).map(|_| SlotState::Empty).collect(),
        last_starts: vec![0; slot_count],
        starts: 0,
        waiting: bundles.into(),
        executor,
        observer,
        sender,
        summary: Summary::default(),
        failed_starts: 0,
    };
    let outcome = sweep.drive(&mut messages, &mut stops).await;
    if outcome.is_err() {
        sweep.kill_all(&mut messages).await;
    }
    outcome?;
    sweep.summary.not_started = sweep.waiting.iter().map(|order| order.bundle.jobs.len()).sum();
    Ok(sweep.summary)
}

/// A sweep that runs.
pub(crate) struct Sweep<'x, X: Executor, O> {
    pub(crate) slots: Vec<SlotState<X::Worker>>,
    /// The number of the last start in each slot, counted from 1 over all slots.
    pub(crate) last_starts: Vec<u64>,
    pub(crate) starts: u64,
    pub(crate) waiting: VecDeque<BundleOrder>,
    pub(crate) executor: &'x mut X,
    pub(crate) observer: O,
    pub(crate) sender: mpsc::Sender<(Origin, Message)>,
    pub(crate) summary: Summary,
    pub(crate) failed_starts: u32,
}

/// What a step of a sweep comes to; an error ends the sweep.
pub(crate) type Step<E> = Result<(), SchedulerError<E>>;

impl<X, O, E> Sweep<'_, X, O>
where
    X: Executor,
    O: FnMut(Happening<'_>) -> Result<(), E>,
{
    async fn drive(
        &mut self,
        messages: &mut mpsc::Receiver<(Origin, Message)>,
        stops: &mut mpsc::UnboundedReceiver<StopRequest>,
    ) -> Step<E> {
        let mut may_be_stopped = true;
        loop {
            self.act()?;
            if !self.has_workers() {
                return Ok(());
            }
            tokio::select! {
                biased;
                request = stops.recv(), if may_be_stopped => match request {
                    Some(request) => self.stop(request),
                    None => may_be_stopped = false,
                },
                // Never `None`: the sweep keeps a sender for the workers to come.
                Some((origin, message)) = messages.recv() => self.hear(origin, message)?,
            }
        }
    }

    pub(crate) fn tell_of_job(&mut self, slot: Slot, job: JobId, event: &JobEvent) -> Step<E> {
        self.tell(Happening::Job { slot, job, event })?;
        self.summary.count(event);
        Ok(())
    }

    pub(crate) fn tell(&mut self, happening: Happening<'_>) -> Step<E> {
        (self.observer)(happening).map_err(SchedulerError::Observer)
    }

    pub(crate) fn is_current(&self, origin: Origin) -> bool {
        self.last_starts[origin.slot.index()] == origin.start
    }

    pub(crate) fn take(&mut self, slot: Slot) -> SlotState<X::Worker> {
        mem::replace(&mut self.slots[slot.index()], SlotState::Empty)
    }

    fn has_workers(&mut self) -> bool {
        self.slots.iter_mut().any(|state| state.worker().is_some())
    }

    /// Kills all workers and waits for their ends. What they still say is not heard.
    async fn kill_all(&mut self, messages: &mut mpsc::Receiver<(Origin, Message)>) {
        self.slots.iter_mut().filter_map(SlotState::worker).for_each(Worker::kill);
        while self.has_workers() {
            if let Some((origin, Message::Ended(_))) = messages.recv().await
                && self.is_current(origin)
            {
                self.slots[origin.slot.index()] = SlotState::Empty;
            }
        }
    }
}
