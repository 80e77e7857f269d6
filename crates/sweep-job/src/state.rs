//! The one state machine of a job, for live running, recovery and replay.

use crate::{FailureReason, JobEvent, Outcome, Standouts, Status};

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// It waits.
    Queued,
    /// A worker trains it.
    Running {
        /// The last finished epoch; 0 before the first ends.
        epoch: u32,
        /// The epochs that stand out so far.
        standouts: Standouts,
    },
    /// It is complete and does not run again, unless its result is given up for one of a newer arithmetic.
    Finished(Box<Outcome>),
    /// It ended with a reason, and may be queued again.
    Failed(FailureReason),
}

/// An event that cannot happen to a job in its state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {status} job cannot take the event `{event}`")]
pub struct InvalidTransition {
    /// Status of the job.
    pub status: Status,
    /// What was to happen.
    pub event: String,
}

impl JobState {
    /// Its status.
    pub fn status(&self) -> Status {
        match self {
            Self::Queued => Status::Queued,
            Self::Running { .. } => Status::Running,
            Self::Finished(_) => Status::Finished,
            Self::Failed(reason) => reason.status(),
        }
    }

    /// Whether it ended with a reason instead of a result.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether it ended, with a result or without.
    pub fn is_over(&self) -> bool {
        self.status().is_over()
    }

    /// The state after `event`.
    ///
    /// # Errors
    /// If the event cannot happen: [`Status::after`] does not allow it, an epoch comes out of turn, or a job ends whose last epoch is not
    /// the last one recorded.
    pub fn apply(self, event: &JobEvent) -> Result<Self, InvalidTransition> {
        let status = self.status();
        let invalid = || InvalidTransition { status, event: describe(event) };
        status.after(event).ok_or_else(invalid)?;
        match (self, event) {
            (_, JobEvent::Started(_)) => Ok(Self::Running { epoch: 0, standouts: Standouts::default() }),
            (Self::Running { epoch, standouts }, JobEvent::EpochFinished(metrics))
                if epoch.checked_add(1) == Some(metrics.epoch) =>
            {
                Ok(Self::Running { epoch: metrics.epoch, standouts: standouts.with(metrics) })
            }
            (Self::Running { epoch, .. }, JobEvent::Finished(outcome)) if outcome.last.epoch == epoch => {
                Ok(Self::Finished(outcome.clone()))
            }
            (_, JobEvent::Failed(reason)) => Ok(Self::Failed(reason.clone())),
            (_, JobEvent::Interrupted | JobEvent::Requeued | JobEvent::Renewed) => Ok(Self::Queued),
            (_, JobEvent::EpochFinished(_) | JobEvent::Finished(_)) => Err(invalid()),
        }
    }
}

fn describe(event: &JobEvent) -> String {
    match event {
        JobEvent::Started(_) => "started".to_owned(),
        JobEvent::EpochFinished(metrics) => format!("epoch {} finished", metrics.epoch),
        JobEvent::Finished(outcome) => format!("finished after epoch {}", outcome.last.epoch),
        JobEvent::Failed(_) => "failed".to_owned(),
        JobEvent::Interrupted => "interrupted".to_owned(),
        JobEvent::Requeued => "queued again".to_owned(),
        JobEvent::Renewed => "queued again for a new result".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BulkTransition, EpochMetrics, LossKind, Predictions, Provenance, Score, Snapshot, WeightsFile,
    };

    fn started() -> JobEvent {
        JobEvent::Started(Provenance {
            host: "h".into(),
            device: "cpu".into(),
            hardware: "avx2".into(),
            threads: 1,
            program_version: "0".into(),
            arithmetic: 1,
        })
    }

    fn epoch(epoch: u32, accuracy: f64) -> JobEvent {
        let score = Score { loss: 0.5, accuracy };
        JobEvent::EpochFinished(EpochMetrics {
            epoch,
            train: score,
            validation: None,
            test: score,
            train_seconds: 1.0,
            evaluation_seconds: 0.1,
        })
    }

    fn finished(last: u32) -> JobEvent {
        let snapshot = Snapshot {
            epoch: last,
            test: Score { loss: 0.5, accuracy: 0.5 },
            weights: WeightsFile { file: "w".into(), sha256: "0".into() },
            predictions: Predictions { classes: 2, logits: vec![] },
        };
        JobEvent::Finished(Box::new(Outcome { best: snapshot.clone(), selected: None, last: snapshot }))
    }

    fn replay(events: &[JobEvent]) -> Result<JobState, InvalidTransition> {
        events.iter().try_fold(JobState::Queued, JobState::apply)
    }

    #[test]
    fn the_best_epoch_is_the_earliest_of_equals() {
        let state = replay(&[started(), epoch(1, 0.5), epoch(2, 0.7), epoch(3, 0.7), epoch(4, 0.6)]).unwrap();
        let JobState::Running { epoch: 4, standouts } = state else { panic!("{state:?}") };
        assert_eq!(standouts.best.map(|best| best.epoch), Some(2));
    }

    #[test]
    fn a_failed_or_interrupted_job_starts_from_its_first_epoch() {
        let died = JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() });
        for stop in [vec![died, JobEvent::Requeued], vec![JobEvent::Interrupted]] {
            let events = [vec![started(), epoch(1, 0.5)], stop, vec![started()]].concat();
            assert_eq!(
                replay(&events).unwrap(),
                JobState::Running { epoch: 0, standouts: Standouts::default() }
            );
        }
    }

    #[test]
    fn only_a_job_that_failed_is_queued_again() {
        let failed = JobEvent::Failed(FailureReason::Cancelled);
        assert_eq!(replay(&[failed.clone(), JobEvent::Requeued]).unwrap(), JobState::Queued);
        for events in [vec![], vec![started()], vec![started(), epoch(1, 0.5), finished(1)]] {
            assert!(replay(&events).unwrap().apply(&JobEvent::Requeued).is_err());
        }
        for event in [started(), failed.clone(), JobEvent::Interrupted] {
            assert!(replay(&[failed.clone(), event]).is_err());
        }
    }

    #[test]
    fn a_finished_job_takes_no_event() {
        let done = replay(&[started(), epoch(1, 0.5), finished(1)]).unwrap();
        for event in [started(), epoch(2, 0.5), finished(1), JobEvent::Interrupted] {
            assert_eq!(done.clone().apply(&event).unwrap_err().status, Status::Finished);
        }
    }

    #[test]
    fn epochs_neither_repeat_nor_jump_nor_end_early() {
        for (events, wrong) in [
            (vec![started(), epoch(1, 0.5)], epoch(1, 0.5)),
            (vec![started()], epoch(2, 0.5)),
            (vec![started(), epoch(1, 0.5)], finished(2)),
            (vec![], epoch(1, 0.5)),
            (vec![started()], started()),
        ] {
            assert!(replay(&events).unwrap().apply(&wrong).is_err());
        }
    }

    /// A job in each of its statuses, and every kind of event that fits it.
    fn everything() -> (Vec<JobState>, Vec<JobEvent>) {
        let reasons = [
            FailureReason::WorkerDied { how: "signal 9".into() },
            FailureReason::Diverged { epoch: 1, step: 1, loss: LossKind::Train },
            FailureReason::Cancelled,
        ];
        let mut states = vec![
            JobState::Queued,
            replay(&[started(), epoch(1, 0.5)]).unwrap(),
            replay(&[started(), epoch(1, 0.5), finished(1)]).unwrap(),
        ];
        states.extend(reasons.clone().map(JobState::Failed));
        let mut events =
            vec![started(), epoch(2, 0.5), finished(1), JobEvent::Interrupted, JobEvent::Requeued];
        events.extend(reasons.map(JobEvent::Failed));
        (states, events)
    }

    #[test]
    fn a_state_changes_as_its_status_does() {
        let (states, events) = everything();
        assert_eq!(states.iter().map(JobState::status).collect::<Vec<_>>(), Status::ALL);
        for (state, event) in states.iter().flat_map(|state| events.iter().map(move |event| (state, event))) {
            let after = state.clone().apply(event).ok().map(|after| after.status());
            assert_eq!(after, state.status().after(event), "{state:?} {event:?}");
        }
    }

    #[test]
    fn many_jobs_change_as_one_does() {
        for (state, transition) in everything()
            .0
            .iter()
            .flat_map(|state| BulkTransition::ALL.into_iter().map(move |transition| (state, transition)))
        {
            if transition.changes(state.status()) {
                let after = state.clone().apply(&transition.event()).unwrap();
                assert_eq!(after.status(), transition.to(), "{state:?} {transition:?}");
            }
        }
    }
}
