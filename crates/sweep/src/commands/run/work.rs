//! The work of a sweep in this run: which training is next, what is claimed for it, and what becomes of what did not finish. It
//! knows no slots.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use sweep_job::{BundleOrder, FailureReason, JobEvent, JobId, JobState, PlannedJob, Status, Training};
use sweep_scheduler::{Client, RunEvent, Supply};
use sweep_store::{ClaimOutcome, Store, StoreError};

use super::{blown_up::BlownUp, checkpoints::Checkpoints, words};
use crate::{progress::Progress, settings::RunSettings};

/// The pause before the first retry of a training; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Workers that leave within this time are told of in one sentence.
const DEPARTURES_TOLD_TOGETHER: Duration = Duration::from_secs(5);

/// Jobs of one bundle that are still to be trained together.
#[derive(Debug)]
struct Portion {
    /// Which bundle.
    order: usize,
    jobs: Vec<JobId>,
    not_before: Option<Instant>,
}

/// Why a run begins no further job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// As many failed as the user allows.
    SoManyFailed,
    /// Results cannot be saved.
    CannotSave,
}

/// How jobs ended that other runs trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub(super) finished: usize,
    pub(super) unfinished: usize,
}

/// The trainings of a sweep, the store that they are recorded in, and the display.
pub(super) struct Work<'s> {
    store: &'s mut Store,
    pub(super) progress: Progress,
    checkpoints: Checkpoints,
    pub(super) blown_up: BlownUp,
    orders: Vec<BundleOrder>,
    order_of: HashMap<JobId, usize>,
    waiting: VecDeque<Portion>,
    held_elsewhere: Vec<Portion>,
    pub(super) elsewhere: Elsewhere,
    /// Retries of each bundle so far.
    retries: HashMap<usize, u32>,
    retries_allowed: u32,
    failures: u32,
    max_failures: Option<u32>,
    /// Whether a result could not be saved: the next one could not either.
    cannot_save: bool,
    /// Jobs that wait again after a worker had them.
    came_back: HashSet<JobId>,
    /// When the user was last told that workers leave.
    told_of_departure: Option<Instant>,
}

impl<'s> Work<'s> {
    pub(super) fn new(
        orders: Vec<BundleOrder>,
        store: &'s mut Store,
        progress: Progress,
        settings: &RunSettings,
    ) -> Self {
        let jobs = |order: &BundleOrder| order.bundle.jobs.iter().map(|job| job.id).collect::<Vec<_>>();
        let all = orders.iter().enumerate();
        Self {
            store,
            progress,
            checkpoints: Checkpoints::of(&orders),
            blown_up: BlownUp::default(),
            order_of: all
                .clone()
                .flat_map(|(order, it)| jobs(it).into_iter().map(move |job| (job, order)))
                .collect(),
            waiting: all.map(|(order, it)| Portion { order, jobs: jobs(it), not_before: None }).collect(),
            orders,
            held_elsewhere: Vec::new(),
            elsewhere: Elsewhere::default(),
            retries: HashMap::new(),
            retries_allowed: settings.retries,
            failures: 0,
            max_failures: settings.max_failures,
            cannot_save: false,
            came_back: HashSet::new(),
            told_of_departure: None,
        }
    }

    /// Why no further job begins, where none does.
    pub(super) fn given_up(&self) -> Option<GivenUp> {
        if self.cannot_save {
            return Some(GivenUp::CannotSave);
        }
        self.max_failures.is_some_and(|most| self.failures >= most).then_some(GivenUp::SoManyFailed)
    }

    /// The first training that is due and of which something can be claimed.
    fn next_waiting(&mut self, now: Instant) -> Result<Option<BundleOrder>, StoreError> {
        for _ in 0..self.waiting.len() {
            let Some(portion) = self.waiting.pop_front() else { break };
            if portion.not_before.is_some_and(|moment| moment > now) {
                self.waiting.push_back(portion);
            } else if let Some(order) = self.claim(portion)? {
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    /// Something that another run held and does not any more.
    fn next_given_up_elsewhere(&mut self) -> Result<Option<BundleOrder>, StoreError> {
        let mut held = std::mem::take(&mut self.held_elsewhere).into_iter();
        for portion in held.by_ref() {
            self.progress.expect(&planned(&self.orders[portion.order], &portion.jobs));
            if let Some(order) = self.claim(portion)? {
                self.held_elsewhere.extend(held);
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    /// Claims what can be of a portion; the rest is another run's, or over.
    fn claim(&mut self, portion: Portion) -> Result<Option<BundleOrder>, StoreError> {
        let outcomes = self.store.claim(&portion.jobs)?;
        let with = |outcome: ClaimOutcome| -> Vec<JobId> {
            let jobs = portion.jobs.iter().zip(&outcomes);
            jobs.filter(|(_, found)| **found == outcome).map(|(job, _)| *job).collect()
        };
        let (claimed, held) = (with(ClaimOutcome::Claimed), with(ClaimOutcome::HeldElsewhere));
        for (job, outcome) in portion.jobs.iter().zip(&outcomes) {
            match outcome {
                ClaimOutcome::Claimed | ClaimOutcome::HeldElsewhere => continue,
                ClaimOutcome::Finished => self.elsewhere.finished += 1,
                ClaimOutcome::Diverged
                | ClaimOutcome::Failed
                | ClaimOutcome::Cancelled
                | ClaimOutcome::Forgotten => {
                    self.elsewhere.unfinished += 1;
                }
            }
            self.progress.ended_elsewhere(*job);
        }
        if claimed.len() < portion.jobs.len() {
            self.progress.leave(&planned(&self.orders[portion.order], &portion.jobs));
            self.progress.expect(&planned(&self.orders[portion.order], &claimed));
        }
        if !held.is_empty() {
            self.held_elsewhere.push(Portion { order: portion.order, jobs: held, not_before: None });
        }
        if claimed.is_empty() {
            return Ok(None);
        }
        let bundle = Training { jobs: planned(&self.orders[portion.order], &claimed) };
        Ok(Some(BundleOrder { bundle, ..self.orders[portion.order].clone() }))
    }

    /// Puts a job back among those that wait, with others of its bundle that came back before.
    fn put_back(&mut self, job: JobId, not_before: Option<Instant>) {
        let Some(&order) = self.order_of.get(&job) else { return };
        self.came_back.insert(job);
        match self.waiting.iter_mut().find(|portion| portion.order == order) {
            Some(portion) => {
                self.progress.leave(&planned(&self.orders[order], &portion.jobs));
                portion.jobs.push(job);
                portion.not_before = portion.not_before.max(not_before);
                self.progress.expect(&planned(&self.orders[order], &portion.jobs));
            }
            None => {
                self.progress.expect(&planned(&self.orders[order], &[job]));
                self.waiting.push_front(Portion { order, jobs: vec![job], not_before });
            }
        }
    }

    /// Records a job's failure. After a crash the job may be queued again in the same moment; then it says when it is due.
    fn record_failure(
        &mut self,
        job: JobId,
        event: &JobEvent,
        reason: &FailureReason,
    ) -> Result<Option<Retry>, StoreError> {
        let retry = match reason {
            FailureReason::WorkerDied { .. } => self.retry(job),
            // A job that ran out of memory, for example, would need as much again.
            _ => None,
        };
        if retry.is_some() {
            let state = self.store.record_all(&job, &[event.clone(), JobEvent::Requeued])?;
            return Ok(retry.filter(|_| state == JobState::Queued));
        }
        self.store.record(&job, event)?;
        self.failures += u32::from(reason.status() == Status::Failed);
        self.cannot_save |= matches!(reason, FailureReason::NotSaved { .. });
        Ok(None)
    }

    /// Says that a signal told a worker to end; once for all that get it at about the same time.
    fn tell_of_departure(&mut self, signal: &str, stops_the_sweep: bool) {
        let now = Instant::now();
        if stops_the_sweep
            || self.told_of_departure.is_none_or(|before| now - before > DEPARTURES_TOLD_TOGETHER)
        {
            self.progress.announcer().say(&words::departure(signal, stops_the_sweep));
            self.told_of_departure = Some(now);
        }
    }

    /// The next retry of the job's bundle, if it has one. Jobs that are lost with one worker share it.
    fn retry(&mut self, job: JobId) -> Option<Retry> {
        let order = *self.order_of.get(&job)?;
        if let Some(due) = self
            .waiting
            .iter()
            .filter(|portion| portion.order == order)
            .find_map(|portion| portion.not_before)
        {
            return Some(Retry { due, pause: None });
        }
        let retries = self.retries.entry(order).or_default();
        if *retries >= self.retries_allowed {
            return None;
        }
        *retries += 1;
        let pause = pause(*retries);
        Some(Retry { due: Instant::now() + pause, pause: Some(pause) })
    }
}

/// When a training is tried again.
struct Retry {
    due: Instant,
    /// The pause before it, where it is yet to be told.
    pause: Option<Duration>,
}

fn planned(order: &BundleOrder, jobs: &[JobId]) -> Vec<PlannedJob> {
    order.bundle.jobs.iter().filter(|job| jobs.contains(&job.id)).cloned().collect()
}

/// The pause before retry number `retry`, from 1.
fn pause(retry: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2u32.saturating_pow(retry.saturating_sub(1))).min(LONGEST_PAUSE)
}

impl Client for Work<'_> {
    type Error = StoreError;

    fn next_bundle(&mut self) -> Result<Supply, StoreError> {
        if self.given_up().is_some() {
            return Ok(Supply::Exhausted);
        }
        let next = match self.next_waiting(Instant::now())? {
            Some(order) => Some(order),
            None => self.next_given_up_elsewhere()?,
        };
        Ok(match next {
            Some(order) => Supply::Bundle(Box::new(order)),
            None if self.waiting.is_empty() && self.held_elsewhere.is_empty() => Supply::Exhausted,
            None => Supply::Later,
        })
    }

    fn take_back(&mut self, order: BundleOrder) -> Result<(), StoreError> {
        for job in &order.bundle.jobs {
            if self.store.record(&job.id, &JobEvent::Interrupted)? == JobState::Queued {
                self.put_back(job.id, None);
                self.came_back.remove(&job.id);
            }
        }
        Ok(())
    }

    fn jobs_left(&self) -> usize {
        let waiting = self.waiting.iter().flat_map(|portion| &portion.jobs);
        waiting.filter(|job| !self.came_back.contains(job)).count()
    }

    fn cancelled(&mut self) -> Result<Vec<JobId>, StoreError> {
        self.store.cancel_requests()
    }

    fn hear(&mut self, run_event: RunEvent<'_>) -> Result<(), StoreError> {
        let RunEvent::Job { job, event, .. } = run_event else {
            if let RunEvent::WorkerLeaves { signal, stops_the_sweep, .. } = run_event {
                self.tell_of_departure(signal, stops_the_sweep);
            }
            self.progress.show(&run_event);
            return Ok(());
        };
        // First the store, then the screen.
        let mut retry = None;
        let mut waits_again = false;
        match event {
            JobEvent::Failed(reason) => retry = self.record_failure(job, event, reason)?,
            _ => waits_again = self.store.record(&job, event)? == JobState::Queued,
        }
        self.checkpoints.recorded(&job, event);
        self.blown_up.hear(job, event);
        self.progress.show(&run_event);
        if let Some(Retry { due, pause }) = retry {
            if let Some(pause) = pause {
                self.progress.announcer().say(&words::retry(pause));
            }
            self.put_back(job, Some(due));
        } else if waits_again {
            self.put_back(job, None);
        }
        Ok(())
    }
}
