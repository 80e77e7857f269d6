//! What the jobs of one cell of the table of best accuracies come to, and the words for it.

use sweep_job::{EpochMetrics, FailureReason, JobRecord, JobStatus};

use crate::words::{how_far, percent_at, thousands, unfinished};

/// The jobs of one model and activation, counted and compared. There is at least one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell<'a> {
    pub(crate) jobs: Vec<&'a JobRecord>,
}

/// What chose a cell's figure among its jobs and epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The highest test accuracy.
    Best,
    /// The validation set.
    Selected,
}

impl Choice {
    fn word(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Selected => "selected",
        }
    }
}

/// A job with one of its epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Winner<'a> {
    pub(crate) job: &'a JobRecord,
    pub(crate) epoch: EpochMetrics,
}

impl<'a> Cell<'a> {
    /// The finished job with the highest test accuracy; of equals the first. Unfinished jobs do not compete: their best
    /// epoch may still come.
    pub(crate) fn best(&self) -> Option<Winner<'a>> {
        self.winner(|job| job.best, |epoch, best| epoch.beats_on_test(Some(best)))
    }

    /// The finished job that the validation set selects.
    pub(crate) fn selected(&self) -> Option<Winner<'a>> {
        self.winner(|job| job.selected, |epoch, best| epoch.beats_on_validation(Some(best)))
    }

    fn winner(
        &self,
        epoch: impl Fn(&JobRecord) -> Option<EpochMetrics>,
        beats: impl Fn(&EpochMetrics, &EpochMetrics) -> bool,
    ) -> Option<Winner<'a>> {
        let mut winner: Option<Winner<'a>> = None;
        for job in self.jobs.iter().filter(|job| job.status == JobStatus::Finished) {
            if let Some(epoch) = epoch(job)
                && winner.as_ref().is_none_or(|winner| beats(&epoch, &winner.epoch))
            {
                winner = Some(Winner { job, epoch });
            }
        }
        winner
    }

    /// How many of its jobs have a status.
    pub(crate) fn count(&self, is_counted: impl Fn(&JobStatus) -> bool) -> usize {
        self.jobs.iter().filter(|job| is_counted(&job.status)).count()
    }

    pub(crate) fn finished(&self) -> usize {
        self.count(|status| *status == JobStatus::Finished)
    }

    pub(crate) fn running(&self) -> usize {
        self.count(|status| *status == JobStatus::Running)
    }

    pub(crate) fn queued(&self) -> usize {
        self.count(|status| *status == JobStatus::Queued)
    }

    /// The cell's text: the test accuracy of the chosen epoch, and how much of the cell it stands for.
    pub(crate) fn text(&self, choice: Choice) -> String {
        let winner = match choice {
            Choice::Best => self.best(),
            Choice::Selected => self.selected(),
        };
        match (winner, self.jobs.as_slice()) {
            (Some(winner), jobs) => {
                let accuracy = percent_at(winner.epoch.test.accuracy, winner.epoch.epoch);
                match (jobs.len(), self.company(choice)) {
                    (1, _) => accuracy,
                    (_, company) => format!("{accuracy} ({company})"),
                }
            }
            (None, [job]) => status(job),
            (None, _) => self.company(choice),
        }
    }

    /// `best of 5`; `selected of 4, 1 diverged`; `2 of 5 finished, 1 running, 1 failed`.
    fn company(&self, choice: Choice) -> String {
        let statuses = || self.jobs.iter().map(|job| &job.status);
        let finished = self.finished();
        if finished == 0 || self.running() + self.queued() > 0 {
            return how_far(statuses());
        }
        let mut words = format!("{} of {}", choice.word(), thousands(finished as u64));
        for (status, count) in unfinished(statuses()) {
            words += &format!(", {} {status}", thousands(count as u64));
        }
        words
    }
}

/// Where a job stands: `queued`, `running 312/1201`, `finished`, `diverged in epoch 3`, `failed: worker died`.
pub fn status(job: &JobRecord) -> String {
    match &job.status {
        JobStatus::Queued => "queued".to_owned(),
        JobStatus::Running => format!("running {}/{}", job.epochs_finished, job.spec.epochs),
        JobStatus::Finished => "finished".to_owned(),
        JobStatus::Failed(FailureReason::Diverged { epoch, .. }) => format!("diverged in epoch {epoch}"),
        JobStatus::Failed(FailureReason::WorkerDied { .. }) => "failed: worker died".to_owned(),
        JobStatus::Failed(FailureReason::TimedOut { .. }) => "failed: timed out".to_owned(),
        JobStatus::Failed(FailureReason::Cancelled) => "cancelled".to_owned(),
        JobStatus::Failed(FailureReason::OutOfMemory { .. }) => "failed: out of memory".to_owned(),
        JobStatus::Failed(FailureReason::Unsuitable { .. }) => "failed: unsuitable".to_owned(),
        JobStatus::Failed(FailureReason::NotSaved { .. }) => "failed: not saved".to_owned(),
        JobStatus::Failed(FailureReason::Error { .. }) => "failed: error".to_owned(),
    }
}
