//! The loop of a sweep: hears workers and stop requests, tells the client, and does what `decide` says. It does not
//! know how workers are started or what the client does with what it hears.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    num::NonZeroUsize,
    time::Duration,
};

use sweep_job::{BundleOrder, JobEvent, JobId};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    Client, Executor, RunEvent, SchedulerError, Slot, StopRequest, Summary, Worker,
    event::JobEnd,
    executor::{Message, Origin},
    slots::SlotState,
    stopwatch::Stopwatch,
};

/// Messages that wait for the loop before workers have to wait.
const CHANNEL_CAPACITY: usize = 256;

/// How often the loop looks for what nobody tells it: jobs of others that came free, cancelled jobs, trainings that take too long.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How a sweep runs.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Workers at a time.
    pub slots: NonZeroUsize,
    /// The time that a bundle may train; `None` for any. While this process or the worker is stopped, as by
    /// Ctrl-Z or when the machine sleeps, it does not run.
    pub timeout: Option<Duration>,
}

/// Trains the bundles of `client` in the order in which it gives them (see [`longest_first`](crate::longest_first)), each by a
/// worker in one of the slots, until it has no more.
///
/// `client` hears of everything that happens before anything else is done about it. `stops` asks for an early end:
/// [`StopRequest::AfterEpoch`] hands out nothing more and waits until the jobs that run are interrupted after their
/// current epochs; [`StopRequest::Now`] kills all workers, and what they held is interrupted. When all its senders
/// are dropped, nothing stops the sweep.
///
/// Workers start when there is a bundle for them, serve many bundles, and end when nothing waits. Where one dies or
/// breaks the protocol, the unfinished jobs of its bundle fail with
/// [`WorkerDied`](sweep_job::FailureReason::WorkerDied), and the slot gets another worker. A worker that says that a signal
/// told it to end is replaced as well, and its unfinished jobs are interrupted; when that happens in one slot again and again,
/// the sweep stops. If more workers in a row end before they are ready than [`Executor::failed_starts_allowed`] says, slots are given up
/// one by one, as long as others have workers; each start that fails is followed by a pause in its slot. A worker whose bundle
/// takes longer than the time-out, or holds a cancelled job, is killed: the jobs that this means fail with
/// [`TimedOut`](sweep_job::FailureReason::TimedOut) or [`Cancelled`](sweep_job::FailureReason::Cancelled), and others that
/// it held are interrupted. If a cancelled job shares its bundle with trainings that go on, the worker is asked to give up
/// the job alone.
///
/// When it returns, every worker has ended. A future that is dropped kills them.
///
/// # Errors
/// [`SchedulerError::Client`] where `client` fails, and [`SchedulerError::CannotStart`] where no worker gets ready. All
/// workers are killed before; jobs that they held are left as the client last heard.
pub async fn run<X, C>(
    client: &mut C,
    executor: &mut X,
    limits: Limits,
    mut stops: mpsc::UnboundedReceiver<StopRequest>,
) -> Result<Summary, SchedulerError<C::Error>>
where
    X: Executor,
    C: Client,
{
    let (sender, mut messages) = mpsc::channel(CHANNEL_CAPACITY);
    let slot_count = limits.slots.get();
    let mut sweep = Sweep {
        slots: (0..slot_count).map(|_| SlotState::Empty).collect(),
        last_starts: vec![0; slot_count],
        watches: vec![Stopwatch::begin(Instant::now()); slot_count],
        departures: vec![0; slot_count],
        timeout: limits.timeout,
        starts: 0,
        waiting: VecDeque::new(),
        remaining: Remaining::Unknown,
        executor,
        client,
        sender,
        ends: HashMap::new(),
        stop: None,
        failed_starts: 0,
        rests_until: vec![None; slot_count],
    };
    let outcome = sweep.drive(&mut messages, &mut stops).await;
    if outcome.is_err() {
        sweep.kill_all(&mut messages).await;
    }
    outcome?;
    while let Some(order) = sweep.waiting.pop_front() {
        sweep.client.take_back(order).map_err(SchedulerError::Client)?;
    }
    Ok(Summary::of(sweep.ends.values(), sweep.client.jobs_left(), sweep.stop))
}

/// A sweep that runs.
pub(crate) struct Sweep<'x, X: Executor, C> {
    pub(crate) slots: Vec<SlotState<X::Worker>>,
    /// The number of the last start in each slot, counted from 1 over all slots.
    pub(crate) last_starts: Vec<u64>,
    /// How long the training in each slot has run.
    pub(crate) watches: Vec<Stopwatch>,
    /// Workers of each slot in a row that a signal told to end before a job of theirs ended otherwise.
    pub(crate) departures: Vec<u32>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) starts: u64,
    /// Bundles that the client gave for slots that are free or will be when their workers are ready.
    pub(crate) waiting: VecDeque<BundleOrder>,
    pub(crate) remaining: Remaining,
    pub(crate) executor: &'x mut X,
    pub(crate) client: &'x mut C,
    pub(crate) sender: mpsc::Sender<(Origin, Message)>,
    /// How each job ended that did; the last time counts.
    pub(crate) ends: HashMap<JobId, JobEnd>,
    pub(crate) stop: Option<StopRequest>,
    pub(crate) failed_starts: u32,
    /// Until when each slot gets nothing.
    pub(crate) rests_until: Vec<Option<Instant>>,
}

/// What the client said last of bundles to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remaining {
    /// It is to be asked.
    Unknown,
    /// It has something later.
    Later,
    /// It has nothing.
    Exhausted,
}

/// What a step of a sweep comes to; an error ends the sweep.
pub(crate) type Step<E> = Result<(), SchedulerError<E>>;

impl<X: Executor, C: Client> Sweep<'_, X, C> {
    async fn drive(
        &mut self,
        messages: &mut mpsc::Receiver<(Origin, Message)>,
        stops: &mut mpsc::UnboundedReceiver<StopRequest>,
    ) -> Step<C::Error> {
        let mut may_be_stopped = true;
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.act()?;
            let is_done = self.remaining == Remaining::Exhausted && self.waiting.is_empty();
            if !self.has_workers() && (self.stop.is_some() || is_done) {
                return Ok(());
            }
            tokio::select! {
                biased;
                request = stops.recv(), if may_be_stopped => match request {
                    Some(request) => self.stop(request),
                    None => may_be_stopped = false,
                },
                _ = looks.tick() => self.look_around()?,
                // Never `None`: the sweep keeps a sender for the workers to come.
                Some((origin, message)) = messages.recv() => self.hear(origin, message)?,
            }
        }
    }

    pub(crate) fn notify_of_job(&mut self, slot: Slot, job: JobId, event: &JobEvent) -> Step<C::Error> {
        let heard = self.client.hear(RunEvent::Job { slot, job, event }).map_err(SchedulerError::Client)?;
        if let Some(rest) = heard.rest {
            self.rest(slot, rest);
        }
        if let Some(end) = JobEnd::of(event) {
            let end = if heard.trains_again { JobEnd::Interrupted } else { end };
            if end != JobEnd::Interrupted {
                self.departures[slot.index()] = 0;
            }
            self.ends.insert(job, end);
            self.remaining = Remaining::Unknown;
        }
        Ok(())
    }

    pub(crate) fn notify(&mut self, run_event: RunEvent<'_>) -> Step<C::Error> {
        self.client.hear(run_event).map(drop).map_err(SchedulerError::Client)
    }

    /// Lets a slot get nothing for a while.
    pub(crate) fn rest(&mut self, slot: Slot, pause: Duration) {
        self.rests_until[slot.index()] = Instant::now().checked_add(pause);
    }

    pub(crate) fn is_resting(&self, slot: usize) -> bool {
        self.rests_until[slot].is_some_and(|until| until > Instant::now())
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
