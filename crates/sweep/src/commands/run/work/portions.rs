//! Which trainings are next, which of them stand side by side, and what is claimed for them. It does not know what becomes of them.

use std::{collections::VecDeque, num::NonZeroUsize, time::Instant};

use sweep_job::{BundleOrder, JobId, Training};
use sweep_store::{ClaimOutcome, StoreError};

use super::Work;

/// Jobs of one training that are still to be trained.
#[derive(Debug)]
pub(super) struct Portion {
    /// The place of the training.
    pub(super) training: usize,
    pub(super) jobs: Vec<JobId>,
    pub(super) not_before: Option<Instant>,
}

impl Portion {
    fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|moment| moment <= now)
    }
}

impl Work<'_> {
    /// The first training that is due and of which something can be claimed, with others that can stand beside it.
    pub(super) fn next_waiting(
        &mut self,
        free_slots: NonZeroUsize,
    ) -> Result<Option<BundleOrder>, StoreError> {
        let now = Instant::now();
        for _ in 0..self.waiting.len() {
            let Some(portion) = self.waiting.pop_front() else { break };
            if !portion.is_due(now) {
                self.waiting.push_back(portion);
                continue;
            }
            let portions = self.with_companions(portion, now, free_slots);
            if let Some(order) = self.claim(portions)? {
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    /// The portion with those that can stand in one bundle with it. Slots that are free at the same time share them.
    fn with_companions(&mut self, first: Portion, now: Instant, free_slots: NonZeroUsize) -> Vec<Portion> {
        let (training, width) = (first.training, self.widths.of(first.training));
        let mut taken = vec![first];
        if width == 1 || self.retries.are_used_up(training) {
            return taken;
        }
        let (widths, retries) = (&self.widths, &self.retries);
        let fits = |portion: &Portion| {
            !retries.are_used_up(portion.training)
                && portion.is_due(now)
                && widths.are_alike(portion.training, training)
        };
        let all: usize = 1 + self.waiting.iter().filter(|portion| fits(portion)).count();
        let size = width.min(all.div_ceil(free_slots.get()));
        let mut others = VecDeque::with_capacity(self.waiting.len());
        for portion in self.waiting.drain(..) {
            if taken.len() < size && fits(&portion) {
                taken.push(portion);
            } else {
                others.push_back(portion);
            }
        }
        self.waiting = others;
        taken
    }

    /// What another run held and does not any more, in bundles like all else.
    pub(super) fn next_given_up_elsewhere(
        &mut self,
        free_slots: NonZeroUsize,
    ) -> Result<Option<BundleOrder>, StoreError> {
        let held: VecDeque<Portion> = std::mem::take(&mut self.held_elsewhere).into();
        for portion in &held {
            self.progress.expect(&self.planned(portion.training, &portion.jobs).jobs);
        }
        // Those that wait here are not due.
        let others = std::mem::replace(&mut self.waiting, held);
        let next = self.next_waiting(free_slots);
        let held = std::mem::replace(&mut self.waiting, others);
        for portion in &held {
            self.progress.leave(&self.planned(portion.training, &portion.jobs).jobs);
        }
        self.held_elsewhere.extend(held);
        next
    }

    /// Claims what can be of some portions, all in one transaction; the rest is another run's, or over.
    fn claim(&mut self, portions: Vec<Portion>) -> Result<Option<BundleOrder>, StoreError> {
        let jobs: Vec<JobId> = portions.iter().flat_map(|portion| portion.jobs.iter().copied()).collect();
        let mut outcomes = self.store.claim(&jobs)?.into_iter();
        let mut claimed = Vec::new();
        for portion in portions {
            let outcomes: Vec<ClaimOutcome> = outcomes.by_ref().take(portion.jobs.len()).collect();
            let jobs = self.take_claimed(&portion, &outcomes);
            if !jobs.is_empty() {
                claimed.push((portion.training, self.planned(portion.training, &jobs)));
            }
        }
        if claimed.is_empty() {
            return Ok(None);
        }
        for (training, _) in &claimed {
            self.sizes[*training] = claimed.len();
        }
        Ok(Some(self.assignment.order(claimed.into_iter().map(|(_, training)| training).collect())))
    }

    /// The jobs of a portion that were claimed. What became of the others is noted.
    fn take_claimed(&mut self, portion: &Portion, outcomes: &[ClaimOutcome]) -> Vec<JobId> {
        let with = |outcome: ClaimOutcome| -> Vec<JobId> {
            let jobs = portion.jobs.iter().zip(outcomes);
            jobs.filter(|(_, found)| **found == outcome).map(|(job, _)| *job).collect()
        };
        let (claimed, held) = (with(ClaimOutcome::Claimed), with(ClaimOutcome::HeldElsewhere));
        for (job, outcome) in portion.jobs.iter().zip(outcomes) {
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
        let training = portion.training;
        if claimed.len() < portion.jobs.len() {
            self.progress.leave(&self.planned(training, &portion.jobs).jobs);
            self.progress.expect(&self.planned(training, &claimed).jobs);
        }
        if !held.is_empty() {
            self.held_elsewhere.push(Portion { training, jobs: held, not_before: None });
        }
        claimed
    }

    /// The training of some of its jobs.
    fn planned(&self, training: usize, jobs: &[JobId]) -> Training {
        let all = self.assignment.trainings[training].jobs.iter();
        Training { jobs: all.filter(|job| jobs.contains(&job.id)).cloned().collect() }
    }

    /// Puts a job back among those that wait, with others of its training that came back before; the costliest trainings stay first.
    pub(super) fn put_back(&mut self, job: JobId, not_before: Option<Instant>) {
        let Some(&training) = self.training_of.get(&job) else { return };
        self.came_back.insert(job);
        match self.waiting.iter().position(|portion| portion.training == training) {
            Some(place) => {
                self.progress.leave(&self.planned(training, &self.waiting[place].jobs).jobs);
                let portion = &mut self.waiting[place];
                portion.jobs.push(job);
                portion.not_before = portion.not_before.max(not_before);
                self.progress.expect(&self.planned(training, &self.waiting[place].jobs).jobs);
            }
            None => {
                self.progress.expect(&self.planned(training, &[job]).jobs);
                let cheaper = self.waiting.iter().position(|portion| portion.training > training);
                let place = cheaper.unwrap_or(self.waiting.len());
                self.waiting.insert(place, Portion { training, jobs: vec![job], not_before });
            }
        }
    }
}
