//! An executor without processes: each worker plays a script.

use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sweep_job::{Bundle, DeviceChoice, FailureReason, JobEvent, JobId, WorkerOrder, WorkerReport};
use sweep_scheduler::{
    Capacity, Executor, ExecutorError, MemoryLimits, SideBySide, Slot, Worker, WorkerChannel, WorkerEnd,
};
use tokio::{sync::mpsc, task, time};

use super::support::{finished, training};

/// What a worker does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Says that it is ready.
    Ready,
    /// Waits for a bundle.
    Take,
    /// Says that something happened to a job of its bundle, by the job's place in it.
    Say(usize, JobEvent),
    /// Trains its bundle to the end, whatever it hears.
    Train,
    /// Says that another job finished.
    SayOf(JobId),
    /// Writes a line that is no report.
    Garbage,
    /// Waits until it is told to stop.
    AwaitStop,
    /// Waits until it is told to give up jobs, and does.
    AwaitCancel,
    /// Waits until it is killed or asked to end, and plays on: what a process wrote before it was killed is still
    /// read. It ends with its script.
    AwaitKill,
    /// Says that a signal told it to end.
    Leave,
    /// Ends.
    Die(&'static str),
}

/// The way a worker starts.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Not at all.
    Impossible,
    /// It plays the steps, and then serves as a good worker does.
    Plays(Vec<Step>),
    /// It is lost by its executor at once.
    Lost,
}

/// Starts workers that play `scripts`, and good workers when there are no more.
#[derive(Debug, Default)]
pub(crate) struct ScriptedExecutor {
    pub(crate) scripts: VecDeque<Script>,
    pub(crate) starts: usize,
    pub(crate) alive: Arc<AtomicUsize>,
    /// Seeds of jobs that have no form as a message.
    pub(crate) unsendable: Vec<u64>,
    /// Failed starts in a row that it allows beyond the usual number.
    pub(crate) patience: u32,
    /// What it waits after a failed start.
    pub(crate) pause: Duration,
}

impl ScriptedExecutor {
    pub(crate) fn new(scripts: impl IntoIterator<Item = Vec<Step>>) -> Self {
        Self { scripts: scripts.into_iter().map(Script::Plays).collect(), ..Self::default() }
    }
}

impl Executor for ScriptedExecutor {
    type Worker = ScriptedWorker;

    fn find_device(&self, device: DeviceChoice) -> Result<(), ExecutorError> {
        match device {
            DeviceChoice::Cpu => Ok(()),
            DeviceChoice::Cuda(_) => Err(ExecutorError::Device { message: format!("no {device} here") }),
        }
    }

    /// A slot for each script, and memory without end.
    fn capacity(&self, _device: DeviceChoice, _threads: u32) -> Capacity {
        let slots = NonZeroUsize::new(self.scripts.len()).unwrap_or(NonZeroUsize::MIN);
        Capacity { slots, memory: MemoryLimits::default(), side_by_side: SideBySide::ONE }
    }

    fn failed_starts_allowed(&self) -> u32 {
        2 + self.patience
    }

    fn pause_after_failed_starts(&self, _failures: u32) -> Duration {
        self.pause
    }

    fn start(&mut self, _slot: Slot, channel: WorkerChannel) -> Result<ScriptedWorker, ExecutorError> {
        self.starts += 1;
        let (inbox_sender, inbox) = mpsc::unbounded_channel();
        let steps = match self.scripts.pop_front() {
            None => Vec::new(),
            Some(Script::Plays(steps)) => steps,
            Some(Script::Impossible) => return Err(ExecutorError::Other { message: "no room".into() }),
            Some(Script::Lost) => {
                drop(channel);
                return Ok(ScriptedWorker { inbox: inbox_sender, unsendable: Vec::new() });
            }
        };
        let alive = Arc::clone(&self.alive);
        alive.fetch_add(1, Ordering::Relaxed);
        task::spawn(async move {
            let mut player = Player { inbox, channel, bundle: None, told_to_stop: false };
            let how = player.play(steps).await.unwrap_or_else(|how| how);
            alive.fetch_sub(1, Ordering::Relaxed);
            let end = WorkerEnd { how: how.into(), last_words: Vec::new(), out_of_memory: None };
            player.channel.ended(end).await;
        });
        Ok(ScriptedWorker { inbox: inbox_sender, unsendable: self.unsendable.clone() })
    }
}

enum Inbound {
    Order(WorkerOrder),
    Close,
    Kill,
}

pub(crate) struct ScriptedWorker {
    inbox: mpsc::UnboundedSender<Inbound>,
    unsendable: Vec<u64>,
}

impl Worker for ScriptedWorker {
    fn name(&self) -> String {
        "script".into()
    }

    fn order(&mut self, order: &WorkerOrder) -> Result<(), ExecutorError> {
        if let WorkerOrder::Train(order) = order
            && order.bundle.jobs().any(|job| self.unsendable.contains(&job.spec.seed))
        {
            return Err(ExecutorError::Other { message: "the path is not Unicode".into() });
        }
        let _ = self.inbox.send(Inbound::Order(order.clone()));
        Ok(())
    }

    fn close(&mut self) {
        let _ = self.inbox.send(Inbound::Close);
    }

    fn kill(&mut self) {
        let _ = self.inbox.send(Inbound::Kill);
    }
}

/// Far more than a worker that is needed waits for a bundle here.
const PATIENCE: Duration = Duration::from_secs(2);

struct Player {
    inbox: mpsc::UnboundedReceiver<Inbound>,
    channel: WorkerChannel,
    bundle: Option<Bundle>,
    told_to_stop: bool,
}

/// How the player ended.
type End = &'static str;

impl Player {
    async fn play(&mut self, steps: Vec<Step>) -> Result<End, End> {
        let mut is_ready = false;
        let mut last_word = Ok(());
        for step in steps {
            is_ready = matches!(step, Step::Ready);
            match step {
                Step::Ready => self.say(WorkerReport::Ready).await,
                Step::Take => self.take().await?,
                Step::Say(place, event) => {
                    let job =
                        self.bundle.as_ref().and_then(|bundle| bundle.jobs().nth(place)).map(|job| job.id);
                    if let Some(job) = job {
                        self.say(WorkerReport::Event(job, event)).await;
                    }
                }
                Step::Train => {
                    for (job, event) in self.bundle.take().iter().flat_map(training) {
                        self.say(WorkerReport::Event(job, event)).await;
                    }
                }
                Step::SayOf(job) => self.say(WorkerReport::Event(job, finished(1))).await,
                Step::Garbage => drop(self.channel.unreadable("wrote garbage".into()).await),
                Step::AwaitStop => {
                    self.hear_until(|inbound| matches!(inbound, Inbound::Order(WorkerOrder::Stop))).await?
                }
                Step::AwaitCancel => self.give_up().await?,
                Step::AwaitKill => last_word = self.hear_until(|_| false).await,
                Step::Leave => self.say(WorkerReport::Leaving { signal: "SIGTERM".into() }).await,
                Step::Die(how) => return Err(how),
            }
        }
        last_word?;
        loop {
            if !is_ready {
                self.say(WorkerReport::Ready).await;
            }
            is_ready = false;
            self.take().await?;
            self.train_well().await?;
        }
    }

    async fn say(&mut self, report: WorkerReport) {
        let _ = self.channel.report(report).await;
    }

    async fn hear(&mut self) -> Result<Inbound, End> {
        match self.inbox.recv().await {
            Some(Inbound::Kill) | None => Err("killed"),
            Some(Inbound::Close) => Err("closed"),
            Some(inbound) => Ok(inbound),
        }
    }

    async fn hear_until(&mut self, mut wanted: impl FnMut(&Inbound) -> bool) -> Result<(), End> {
        while !wanted(&self.hear().await?) {}
        Ok(())
    }

    async fn give_up(&mut self) -> Result<(), End> {
        loop {
            if let Inbound::Order(WorkerOrder::Cancel(jobs)) = self.hear().await? {
                for job in jobs {
                    self.say(WorkerReport::Event(job, JobEvent::Failed(FailureReason::Cancelled))).await;
                }
                return Ok(());
            }
        }
    }

    async fn take(&mut self) -> Result<(), End> {
        loop {
            // A script may promise the ends of jobs by asking for the next bundle, and never report them.
            let order = time::timeout(PATIENCE, self.hear()).await.map_err(|_| "fell silent")??;
            if let Inbound::Order(WorkerOrder::Train(order)) = order {
                self.bundle = Some(order.bundle);
                return Ok(());
            }
        }
    }

    async fn train_well(&mut self) -> Result<(), End> {
        let Some(bundle) = self.bundle.take() else { return Ok(()) };
        let mut open: Vec<JobId> = bundle.jobs().map(|job| job.id).collect();
        for (job, event) in training(&bundle) {
            if matches!(event, JobEvent::Finished(_)) {
                open.retain(|other| *other != job);
            }
            self.say(WorkerReport::Event(job, event)).await;
            task::yield_now().await;
            match self.inbox.try_recv() {
                Ok(Inbound::Kill) => return Err("killed"),
                Ok(Inbound::Order(WorkerOrder::Stop)) => self.told_to_stop = true,
                _ => {}
            }
            if self.told_to_stop {
                for job in open {
                    self.say(WorkerReport::Event(job, JobEvent::Interrupted)).await;
                }
                return Ok(());
            }
        }
        Ok(())
    }
}
