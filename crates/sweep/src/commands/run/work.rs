//! The work of a sweep in this run: what becomes of each job, and what is tried again of what did not finish. It knows no slots.

mod portions;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use sweep_job::{BundleOrder, FailureReason, JobEvent, JobId, JobState, Status, Training};
use sweep_scheduler::{Client, RunEvent, Supply};
use sweep_store::{Store, StoreError};

use self::portions::Portion;
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
    /// Retries of each training so far.
    retries: HashMap<usize, u32>,
    /// When the last worker ended; the events of the jobs that it held follow.
    worker_ended: Instant,
    /// The end of a worker after which the user was last told of a retry.
    told_of_retry: Option<Instant>,
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
        assignment: Assignment,
        widths: Widths,
        store: &'s mut Store,
        progress: Progress,
        settings: &RunSettings,
    ) -> Self {
        let jobs = |training: &Training| training.jobs.iter().map(|job| job.id).collect::<Vec<_>>();
        let all = assignment.trainings.iter().enumerate();
        let portion =
            |(training, it)| Portion { training, jobs: jobs(it), not_before: None, is_alone: false };
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
            retries: HashMap::new(),
            worker_ended: Instant::now(),
            told_of_retry: None,
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
        if let Some((due, is_alone)) =
            waiting.find_map(|portion| Some((portion.not_before?, portion.is_alone)))
        {
            return Some(Retry { due, pause: None, is_alone });
        }
        let retries = self.retries.entry(training).or_default();
        if *retries >= self.retries_allowed {
            return None;
        }
        *retries += 1;
        let pause = pause(*retries);
        // Trainings that were lost together are due together, to stand side by side again. One that ends its worker each time must not
        // take the others with it for good: the last time, each is alone.
        let is_alone = *retries == self.retries_allowed;
        Some(Retry { due: self.worker_ended + pause, pause: Some(pause), is_alone })
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

/// When a training is tried again.
struct Retry {
    due: Instant,
    /// The pause before it, where it is yet to be told.
    pause: Option<Duration>,
    is_alone: bool,
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
            None => self.next_given_up_elsewhere()?,
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
                self.put_back(job.id, None, false);
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
        match run_event {
            RunEvent::Job { slot, job, event: JobEvent::Failed(FailureReason::OutOfMemory { .. }) }
                if self.fits_with_fewer(job) =>
            {
                // No failure: it was too much at a time.
                return self.hear_of_job(RunEvent::Job { slot, job, event: &JobEvent::Interrupted });
            }
            RunEvent::Job { .. } => return self.hear_of_job(run_event),
            RunEvent::WorkerLeaves { signal, stops_the_sweep, .. } => {
                self.tell_of_departure(signal, stops_the_sweep);
            }
            RunEvent::WorkerEnded { .. } => self.worker_ended = Instant::now(),
            _ => {}
        }
        self.progress.show(&run_event);
        Ok(())
    }
}

impl Work<'_> {
    /// First the store, then the screen.
    fn hear_of_job(&mut self, run_event: RunEvent<'_>) -> Result<(), StoreError> {
        let RunEvent::Job { job, event, .. } = run_event else { return Ok(()) };
        let mut retry = None;
        let mut waits_again = false;
        match event {
            JobEvent::Failed(reason) => retry = self.record_failure(job, event, reason)?,
            _ => waits_again = self.store.record(&job, event)? == JobState::Queued,
        }
        self.checkpoints.recorded(&job, event);
        self.blown_up.hear(job, event);
        self.progress.show(&run_event);
        if let Some(Retry { due, pause, is_alone }) = retry {
            if let Some(pause) = pause
                && self.told_of_retry != Some(self.worker_ended)
            {
                self.progress.announcer().say(&words::retry(pause));
                self.told_of_retry = Some(self.worker_ended);
            }
            self.put_back(job, Some(due), is_alone);
        } else if waits_again {
            self.put_back(job, None, false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
