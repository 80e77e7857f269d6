//! The four readings of a job: which of its epochs its test accuracy is taken from.

use std::fmt;

use sweep_job::{Evidence, JobRecord, SnapshotKind};

/// Which epoch of a job speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// The epoch with the highest test accuracy: chosen on the test set, hence optimistic.
    Best,
    /// The epoch that the validation set selects.
    Selected,
    /// The last epoch.
    Last,
    /// The mean over the last epochs.
    MeanLast,
}

impl Reading {
    /// All of them, the optimistic one first.
    pub const ALL: [Self; 4] = [Self::Best, Self::Selected, Self::Last, Self::MeanLast];

    /// The reading that is to be believed where nothing else is asked for: that of the validation set where there is one, and else that of
    /// the last epoch, which nothing chose.
    pub fn headline<'a>(jobs: impl IntoIterator<Item = &'a JobRecord>) -> Self {
        if jobs.into_iter().any(|job| job.selected.is_some()) { Self::Selected } else { Self::Last }
    }

    /// The test accuracy of `job` so read, as a share; `None` where it has none.
    pub(crate) fn accuracy(self, job: &JobRecord, evidence: &Evidence) -> Option<f64> {
        match self {
            Self::Best => job.best.map(|best| best.test.accuracy),
            Self::Selected => job.selected.map(|selected| selected.test.accuracy),
            Self::Last => job.last.map(|last| last.test.accuracy),
            Self::MeanLast => evidence.tails.get(&job.id).copied(),
        }
    }

    /// The predictions that belong to it; a mean over epochs has none.
    pub fn snapshot(self) -> Option<SnapshotKind> {
        match self {
            Self::Best => Some(SnapshotKind::Best),
            Self::Selected => Some(SnapshotKind::Selected),
            Self::Last => Some(SnapshotKind::Last),
            Self::MeanLast => None,
        }
    }

    /// Its name in tables for people; `tail` is over how many epochs the mean is.
    pub(crate) fn title(self, tail: &Tail) -> String {
        match self {
            Self::Best => "best (optimistic)".to_owned(),
            Self::Selected => "selected".to_owned(),
            Self::Last => "last".to_owned(),
            Self::MeanLast => format!("mean of last {tail}"),
        }
    }

    /// What it is, in words that follow `Test accuracy`.
    pub(crate) fn words(self, tail: &Tail) -> String {
        match self {
            Self::Best => "of the best test epoch, chosen on the test set itself".to_owned(),
            Self::Selected => "of the epoch that the validation set selects".to_owned(),
            Self::Last => "of the last epoch".to_owned(),
            Self::MeanLast if tail.most == 1 => Self::Last.words(tail),
            Self::MeanLast => format!("in the mean of the last {tail} epochs"),
        }
    }
}

/// Over how many epochs means are: those of short trainings are over fewer than was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    fewest: u32,
    most: u32,
}

impl Tail {
    /// Of these jobs, if the mean is over at most `requested` epochs.
    pub(crate) fn of<'a>(jobs: impl Iterator<Item = &'a JobRecord> + Clone, requested: u32) -> Self {
        let tails =
            || jobs.clone().map(|job| job.epochs_finished.min(requested)).filter(|epochs| *epochs > 0);
        let (fewest, most) = (tails().min(), tails().max());
        Self { fewest: fewest.unwrap_or(requested), most: most.unwrap_or(requested) }
    }

    /// Exactly so many.
    pub(crate) fn exactly(epochs: u32) -> Self {
        Self { fewest: epochs, most: epochs }
    }
}

impl fmt::Display for Tail {
    /// `10`, or `2 to 10` if the trainings differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fewest == self.most {
            write!(f, "{}", self.most)
        } else {
            write!(f, "{} to {}", self.fewest, self.most)
        }
    }
}

impl fmt::Display for Reading {
    /// The name for programs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Best => "best",
            Self::Selected => "selected",
            Self::Last => "last",
            Self::MeanLast => "mean-last",
        })
    }
}
