//! The one state machine of a job, for live running, recovery and replay.

use crate::{EpochMetrics, FailureReason, JobEvent, Outcome};

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// It waits.
    Queued,
    /// A worker trains it.
    Running {
        /// The last finished epoch; 0 before the first ends.
        epoch: u32,
        /// The metrics of the best epoch on the test set so far.
        best: Option<EpochMetrics>,
    },
    /// It is complete and never runs again.
    Finished(Box<Outcome>),
    /// It ended with a reason, and may be started again.
    Failed(FailureReason),
}

/// An event that cannot happen to a job in its state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {status} job cannot take the event `{event}`")]
pub struct InvalidTransition {
    /// Status of the job.
    pub status: &'static str,
    /// What was to happen.
    pub event: String,
}

impl JobState {
    /// The name in the database: `queued`, `running`, `finished`, `failed` or `diverged`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running { .. } => "running",
            Self::Finished(_) => "finished",
            Self::Failed(reason) => reason.status(),
        }
    }

    /// The state after `event`.
    ///
    /// # Errors
    /// Where the event cannot happen: any event of a finished job, an epoch out of turn, the end of a job whose last
    /// epoch is not the last one recorded.
    pub fn apply(self, event: &JobEvent) -> Result<Self, InvalidTransition> {
        match (self, event) {
            (Self::Queued | Self::Failed(_), JobEvent::Started(_)) => {
                Ok(Self::Running { epoch: 0, best: None })
            }
            (Self::Running { epoch, best }, JobEvent::EpochFinished(metrics))
                if metrics.epoch == epoch + 1 =>
            {
                let best = if metrics.beats_on_test(best.as_ref()) { Some(*metrics) } else { best };
                Ok(Self::Running { epoch: metrics.epoch, best })
            }
            (Self::Running { epoch, .. }, JobEvent::Finished(outcome)) if outcome.last.epoch == epoch => {
                Ok(Self::Finished(outcome.clone()))
            }
            // A failed job that is handed out again can lose its worker before it starts.
            (Self::Queued | Self::Running { .. } | Self::Failed(_), JobEvent::Failed(reason)) => {
                Ok(Self::Failed(reason.clone()))
            }
            (Self::Failed(reason), JobEvent::Interrupted) => Ok(Self::Failed(reason)),
            (Self::Queued | Self::Running { .. }, JobEvent::Interrupted) => Ok(Self::Queued),
            (state, event) => Err(InvalidTransition { status: state.status(), event: describe(event) }),
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Predictions, Provenance, Score, Snapshot, WeightsFile};

    fn started() -> JobEvent {
        JobEvent::Started(Provenance {
            host: "h".into(),
            device: "cpu".into(),
            hardware: "avx2".into(),
            threads: 1,
            program_version: "0".into(),
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
        let JobState::Running { epoch: 4, best: Some(best) } = state else { panic!("{state:?}") };
        assert_eq!(best.epoch, 2);
    }

    #[test]
    fn a_failed_or_interrupted_job_starts_from_its_first_epoch() {
        let died = JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() });
        for stop in [died, JobEvent::Interrupted] {
            let state = replay(&[started(), epoch(1, 0.5), stop, started()]).unwrap();
            assert_eq!(state, JobState::Running { epoch: 0, best: None });
        }
    }

    #[test]
    fn a_failed_job_that_is_handed_out_again_may_end_before_it_starts() {
        let failed = |how: &str| JobEvent::Failed(FailureReason::WorkerDied { how: how.into() });
        let state = |how: &str| JobState::Failed(FailureReason::WorkerDied { how: how.into() });
        assert_eq!(replay(&[started(), failed("first"), failed("second")]).unwrap(), state("second"));
        assert_eq!(replay(&[started(), failed("first"), JobEvent::Interrupted]).unwrap(), state("first"));
    }

    #[test]
    fn a_finished_job_takes_no_event() {
        let done = replay(&[started(), epoch(1, 0.5), finished(1)]).unwrap();
        for event in [started(), epoch(2, 0.5), finished(1), JobEvent::Interrupted] {
            assert_eq!(done.clone().apply(&event).unwrap_err().status, "finished");
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
}
