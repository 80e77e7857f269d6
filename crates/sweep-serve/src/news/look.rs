//! One look at a database after the other, and what differs between two. It tells nobody.

use std::sync::Arc;

use sweep_job::{JobId, RunId, RunLife, SweepCounts};
use sweep_store::StoreError;

use super::{Change, JobNews, News};
use crate::database::{Database, Moment, Version};

/// So many looks that find nothing recorded lie between two at who lives: a run that is killed records nothing.
const LOOKS_BETWEEN_LIVES: u32 = 8;

/// Someone who looks. The first look finds nothing new.
pub(super) struct Lookout {
    database: Database,
    version: Option<Version>,
    seen: Option<Seen>,
    trouble: Option<String>,
    quiet_looks: u32,
}

/// What a database says that pages show.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    counts: Arc<Vec<SweepCounts>>,
    running: Vec<Running>,
    alive: Vec<RunId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Running {
    id: JobId,
    attempts: u32,
    epochs: u32,
    owner: Option<RunId>,
}

impl Lookout {
    pub(super) fn new(database: Database) -> Self {
        Self { database, version: None, seen: None, trouble: None, quiet_looks: 0 }
    }

    /// What is new since the last look.
    pub(super) fn look(&mut self) -> Option<News> {
        match self.changes() {
            Ok(change) if self.trouble.take().is_some() => {
                Some(News::Change(change.unwrap_or(Change::Everything)))
            }
            Ok(change) => change.map(News::Change),
            Err(error) => {
                // The next look reads, whether something was recorded or not.
                self.version = None;
                let words = error.to_string();
                let is_new = self.trouble.as_ref() != Some(&words);
                self.trouble = Some(words.clone());
                is_new.then_some(News::Trouble(words))
            }
        }
    }

    fn changes(&mut self) -> Result<Option<Change>, StoreError> {
        // Before it is read: what is recorded in between is found by the next look.
        let version = self.database.version();
        let is_recorded = version.is_none() || self.version != version;
        self.quiet_looks = if is_recorded { 0 } else { self.quiet_looks + 1 };
        let change = if is_recorded || self.quiet_looks.is_multiple_of(LOOKS_BETWEEN_LIVES) {
            let seen = self.database.read_here(Seen::of)?;
            let change = self.seen.as_ref().and_then(|before| seen.since(before));
            self.seen = Some(seen);
            change
        } else {
            None
        };
        self.version = version;
        Ok(change)
    }
}

impl Seen {
    fn of(reader: &Moment<'_>) -> Result<Self, StoreError> {
        let running = reader.running_jobs()?.into_iter().map(|(job, owner)| Running {
            id: job.id,
            attempts: job.attempts,
            epochs: job.epochs_finished,
            owner,
        });
        let alive =
            reader.open_runs()?.into_iter().filter(|run| run.life == RunLife::Alive).map(|run| run.id);
        Ok(Self { counts: reader.counts()?, running: running.collect(), alive: alive.collect() })
    }

    fn since(&self, before: &Self) -> Option<Change> {
        let same_trainings = self.running.len() == before.running.len()
            && self.running.iter().zip(&before.running).all(|(now, then)| now.is_same_training(then));
        if self.counts != before.counts || self.alive != before.alive || !same_trainings {
            return Some(Change::Everything);
        }
        let news: Vec<JobNews> = self
            .running
            .iter()
            .zip(&before.running)
            .filter(|(now, then)| now.epochs != then.epochs)
            .map(|(now, _)| JobNews { id: now.id, status: "running", epochs: now.epochs })
            .collect();
        (!news.is_empty()).then_some(Change::Epochs(news))
    }
}

impl Running {
    fn is_same_training(&self, other: &Self) -> bool {
        (self.id, self.attempts, self.owner) == (other.id, other.attempts, other.owner)
    }
}
