//! The work of a sweep in this run: what becomes of each job, and what is tried again of what did not finish. It knows no slots.

mod portions;
mod shortage;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use sweep_job::{BundleOrder, FailureReason, JobEvent, JobId, JobState, MemoryEvidence, Status, Training};
use sweep_scheduler::{Client, Heard, RunEvent, Slot, Supply};
use sweep_store::{Store, StoreError};

use self::{portions::Portion, shortage::Shortage};
use super::{blown_up::BlownUp, checkpoints::Checkpoints, training::Assignment, widths::Widths, words};
use crate::{progress::Progress, settings::RunSettings};

/// The pause before the first retry of a training; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Workers that leave within this time are told of in one sentence.
const DEPARTURES_TOLD_TOGETHER: Duration = Duration::from_secs(5);

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
    assignment: Assignment,
    training_of: HashMap<JobId, usize>,
    widths: Widths,
    /// How many trainings each had beside it, itself included, when it was handed out last.
    sizes: Vec<usize>,
    waiting: VecDeque<Portion>,
    held_elsewhere: Vec<Portion>,
    pub(super) elsewhere: Elsewhere,
    retries: Retries,
    shortage: Shortage,
    /// When the last worker ended; the events of the jobs that it held follow.
    worker_ended: Instant,
    /// The end of a worker after which the user was last told of a retry.
    told_of_retry: Option<Instant>,
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
        assignment: Assignment,
        widths: Widths,
        store: &'s mut Store,
        progress: Progress,
        settings: &RunSettings,
    ) -> Self {
        let jobs = |training: &Training| training.jobs.iter().map(|job| job.id).collect::<Vec<_>>();
        let all = assignment.trainings.iter().enumerate();
        let portion = |(training, it)| Portion { training, jobs: jobs(it), not_before: None };
        Self {
            store,
            progress,
            checkpoints: Checkpoints::of(&assignment),
            blown_up: BlownUp::default(),
            training_of: all
                .clone()
                .flat_map(|(training, it)| jobs(it).into_iter().map(move |job| (job, training)))
                .collect(),
            widths,
            sizes: vec![1; assignment.trainings.len()],
            waiting: all.map(portion).collect(),
            assignment,
            held_elsewhere: Vec::new(),
            elsewhere: Elsewhere::default(),
            retries: Retries { so_far: HashMap::new(), allowed: settings.retries },
            shortage: Shortage::new(settings.retries),
            worker_ended: Instant::now(),
            told_of_retry: None,
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

    /// The next retry of the job's training, if it has one. Jobs that are lost with one worker share it.
    fn retry(&mut self, job: JobId) -> Option<Retry> {
        let training = *self.training_of.get(&job)?;
        let mut waiting = self.waiting.iter().filter(|portion| portion.training == training);
        if let Some(due) = waiting.find_map(|portion| portion.not_before) {
            return Some(Retry { due, pause: None });
        }
        // Trainings that were lost together are due together, to stand side by side again.
        let pause = pause(self.retries.next(training)?);
        Some(Retry { due: self.worker_ended + pause, pause: Some(pause) })
    }

    /// Takes note that a training ran out of memory. Whether it may fit with fewer beside it; then that is how it is tried again.
    fn fits_with_fewer(&mut self, job: JobId) -> bool {
        let Some(&training) = self.training_of.get(&job) else { return false };
        let size = self.sizes[training];
        if size < 2 {
            return false;
        }
        if let Some(most) = self.widths.did_not_fit(training, size) {
            self.progress.announcer().say(&words::fewer_side_by_side(size, most));
        }
        true
    }
}

/// Retries of each training.
struct Retries {
    so_far: HashMap<usize, u32>,
    allowed: u32,
}

impl Retries {
    /// The number of the next one, from 1, if it is allowed.
    fn next(&mut self, training: usize) -> Option<u32> {
        let retries = self.so_far.entry(training).or_default();
        let is_allowed = *retries < self.allowed;
        *retries += u32::from(is_allowed);
        is_allowed.then_some(*retries)
    }

    /// Whether a training has no retry left. One that ends its worker each time must not take others with it for good: the last time, each
    /// is alone.
    fn are_used_up(&self, training: usize) -> bool {
        self.allowed > 0 && self.so_far.get(&training) == Some(&self.allowed)
    }
}

/// When a training is tried again.
struct Retry {
    due: Instant,
    /// The pause before it, if it is yet to be told.
    pause: Option<Duration>,
}

/// The pause before retry number `retry`, from 1.
fn pause(retry: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2u32.saturating_pow(retry.saturating_sub(1))).min(LONGEST_PAUSE)
}

impl Client for Work<'_> {
    type Error = StoreError;

    fn next_bundle(&mut self, free_slots: NonZeroUsize) -> Result<Supply, StoreError> {
        if self.given_up().is_some() {
            return Ok(Supply::Exhausted);
        }
        let next = match self.next_waiting(free_slots)? {
            Some(order) => Some(order),
            None => self.next_given_up_elsewhere(free_slots)?,
        };
        Ok(match next {
            Some(order) => Supply::Bundle(Box::new(order)),
            None if self.waiting.is_empty() && self.held_elsewhere.is_empty() => Supply::Exhausted,
            None => Supply::Later,
        })
    }

    fn take_back(&mut self, order: BundleOrder) -> Result<(), StoreError> {
        for job in order.bundle.jobs() {
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

    fn hear(&mut self, run_event: RunEvent<'_>) -> Result<Heard, StoreError> {
        match run_event {
            RunEvent::Job {
                slot,
                job,
                event: JobEvent::Failed(FailureReason::OutOfMemory { evidence, .. }),
            } => return self.hear_of_memory(run_event, slot, job, *evidence),
            RunEvent::Job { .. } => return self.hear_of_job(run_event, None),
            RunEvent::WorkerLeaves { signal, stops_the_sweep, .. } => {
                self.tell_of_departure(signal, stops_the_sweep);
            }
            RunEvent::WorkerEnded { .. } => self.worker_ended = Instant::now(),
            _ => {}
        }
        self.progress.show(&run_event);
        Ok(Heard::default())
    }
}

impl Work<'_> {
    /// A job ran out of memory. That is no failure if it was too much at a time, or if another program may have the memory of the GPU.
    fn hear_of_memory(
        &mut self,
        run_event: RunEvent<'_>,
        slot: Slot,
        job: JobId,
        evidence: MemoryEvidence,
    ) -> Result<Heard, StoreError> {
        let interrupted = RunEvent::Job { slot, job, event: &JobEvent::Interrupted };
        if self.fits_with_fewer(job) {
            return self.hear_of_job(interrupted, None);
        }
        if evidence == MemoryEvidence::OnDevice
            && let Some((due, rest)) = self.waits_for_memory(slot, job)
        {
            let heard = self.hear_of_job(interrupted, Some(due))?;
            return Ok(Heard { rest, ..heard });
        }
        self.hear_of_job(run_event, None)
    }

    /// When a job is tried again that had a GPU for itself and no room there, and for how long its slot rests from now on.
    fn waits_for_memory(&mut self, slot: Slot, job: JobId) -> Option<(Instant, Option<Duration>)> {
        let training = *self.training_of.get(&job)?;
        let mut waiting = self.waiting.iter().filter(|portion| portion.training == training);
        // Jobs of one training wait together.
        if let Some(due) = waiting.find_map(|portion| portion.not_before) {
            return Some((due, None));
        }
        let wait = self.shortage.found(slot, training)?;
        if wait.is_news {
            self.progress.announcer().say(&words::no_room(wait.pause));
        }
        Some((Instant::now() + wait.pause, Some(wait.pause)))
    }

    /// First the store, then the screen. A job that waits again is not due before `not_before`.
    fn hear_of_job(
        &mut self,
        run_event: RunEvent<'_>,
        not_before: Option<Instant>,
    ) -> Result<Heard, StoreError> {
        let RunEvent::Job { slot, job, event } = run_event else { return Ok(Heard::default()) };
        if let JobEvent::EpochFinished(_) = event {
            self.shortage.trained(slot);
        }
        let mut retry = None;
        let mut waits_again = false;
        match event {
            JobEvent::Failed(reason) => retry = self.record_failure(job, event, reason)?,
            _ => waits_again = self.store.record(&job, event)? == JobState::Queued,
        }
        self.checkpoints.recorded(&job, event);
        self.blown_up.hear(job, event);
        self.progress.show(&run_event);
        let trains_again = retry.is_some() || waits_again;
        if let Some(Retry { due, pause }) = retry {
            if let Some(pause) = pause
                && self.told_of_retry != Some(self.worker_ended)
            {
                self.progress.announcer().say(&words::retry(pause));
                self.told_of_retry = Some(self.worker_ended);
            }
            self.put_back(job, Some(due));
        } else if waits_again {
            self.put_back(job, not_before);
        }
        Ok(Heard { trains_again, rest: None })
    }
}

#[cfg(test)]
mod tests;
