//! The statuses of a job, and which event leads from which to which: one table for one job, for many at once, and for replay.

use std::fmt;

use crate::{FailureReason, JobEvent};

/// The status of a job: where it stands, without what its state carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It waits.
    Queued,
    /// A worker trains it.
    Running,
    /// It is complete.
    Finished,
    /// It ended for a reason that another try may not meet.
    Failed,
    /// A number of its training was not finite.
    Diverged,
    /// A person gave it up.
    Cancelled,
}

impl Status {
    /// All statuses, in the order of a job's life.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Finished, Self::Failed, Self::Diverged, Self::Cancelled];

    /// Its name in databases, filters and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Diverged => "diverged",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the job ended, with a result or without.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// Whether equal settings would end the same way again: the job finished or diverged.
    pub const fn is_result(self) -> bool {
        matches!(self, Self::Finished | Self::Diverged)
    }

    /// The status that `event` leads to; `None` if it cannot happen to a job with this status.
    pub fn after(self, event: &JobEvent) -> Option<Self> {
        match (self, event) {
            (Self::Queued, JobEvent::Started(_)) | (Self::Running, JobEvent::EpochFinished(_)) => {
                Some(Self::Running)
            }
            (Self::Running, JobEvent::Finished(_)) => Some(Self::Finished),
            (Self::Queued | Self::Running, JobEvent::Failed(reason)) => Some(reason.status()),
            (Self::Queued | Self::Running, JobEvent::Interrupted)
            | (Self::Failed | Self::Diverged | Self::Cancelled, JobEvent::Requeued)
            | (Self::Finished | Self::Diverged, JobEvent::Renewed) => Some(Self::Queued),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A transition that many jobs make at once. It looks at nothing but their statuses, so that a database can do it in one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkTransition {
    /// The run that was training them ended: they wait again.
    Released,
    /// The run that held them ended after someone had asked it to cancel them.
    Cancelled,
    /// A sweep requests them again: those that failed wait again. Diverged and cancelled ones stay as they are.
    Requested,
    /// A person asks for another try: all that ended without finishing wait again.
    Retried,
    /// A person asks for results of the present arithmetic: those with older ones wait again, without them.
    Renewed,
}

impl BulkTransition {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Released, Self::Cancelled, Self::Requested, Self::Retried, Self::Renewed];

    /// What happens to each job.
    pub fn event(self) -> JobEvent {
        match self {
            Self::Released => JobEvent::Interrupted,
            Self::Cancelled => JobEvent::Failed(FailureReason::Cancelled),
            Self::Requested | Self::Retried => JobEvent::Requeued,
            Self::Renewed => JobEvent::Renewed,
        }
    }

    /// The status that it leads to.
    pub fn to(self) -> Status {
        match self {
            Self::Cancelled => Status::Cancelled,
            Self::Released | Self::Requested | Self::Retried | Self::Renewed => Status::Queued,
        }
    }

    /// Whether it changes a job with this status. Other jobs stay as they are.
    pub fn changes(self, status: Status) -> bool {
        let is_concerned = match self {
            Self::Requested => status == Status::Failed,
            Self::Released | Self::Cancelled | Self::Retried | Self::Renewed => true,
        };
        is_concerned && status.after(&self.event()).is_some_and(|after| after != status)
    }

    /// The statuses of the jobs that it changes.
    pub fn from(self) -> impl Iterator<Item = Status> {
        Status::ALL.into_iter().filter(move |status| self.changes(*status))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_every_database() {
        let names = Status::ALL.map(Status::name);
        assert_eq!(names, ["queued", "running", "finished", "failed", "diverged", "cancelled"]);
        assert!(Status::ALL.into_iter().all(|status| Status::named(status.name()) == Some(status)));
        assert_eq!(Status::named("Queued"), None);
    }

    #[test]
    fn each_transition_changes_the_jobs_that_it_is_for() {
        use Status::{Cancelled, Diverged, Failed, Finished, Queued, Running};
        let from = |transition: BulkTransition| transition.from().collect::<Vec<_>>();
        assert_eq!(from(BulkTransition::Released), [Running]);
        assert_eq!(from(BulkTransition::Cancelled), [Queued, Running]);
        assert_eq!(from(BulkTransition::Requested), [Failed]);
        assert_eq!(from(BulkTransition::Retried), [Failed, Diverged, Cancelled]);
        assert_eq!(from(BulkTransition::Renewed), [Finished, Diverged]);
    }
}
