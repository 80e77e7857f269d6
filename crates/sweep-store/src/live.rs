//! What the writer remembers of a job between its events. It knows no SQL.

use sweep_job::{JobEvent, JobId, JobState, Outcome, Snapshot, SnapshotKind, Standouts};
use sweep_text::counted;

use crate::StoreError;

/// A job with its state and what its events must fit.
#[derive(Debug, Clone)]
pub(crate) struct LiveJob {
    /// The job's number in the database.
    pub(crate) key: i64,
    /// Epochs that were asked for.
    pub(crate) epochs: u32,
    /// Trials in the test set of its data.
    pub(crate) test_trials: u32,
    /// Where it stands.
    pub(crate) state: JobState,
}

impl LiveJob {
    /// The job after `event`; the event is checked against all that is known of the job.
    pub(crate) fn apply(self, id: &JobId, event: &JobEvent) -> Result<Self, StoreError> {
        if let (JobState::Running { .. }, JobEvent::Finished(outcome)) = (&self.state, event) {
            self.check_end(outcome)
                .map_err(|contradiction| StoreError::Contradiction { job: *id, contradiction })?;
        }
        if let JobEvent::EpochFinished(metrics) = event
            && metrics.validation.is_some_and(|score| score.loss.is_nan() || score.accuracy.is_nan())
        {
            return Err(StoreError::NotANumber { job: *id, epoch: metrics.epoch });
        }
        let state = self.state.apply(event).map_err(|source| StoreError::Transition { job: *id, source })?;
        Ok(Self { state, ..self })
    }

    /// The epochs that stand out so far, while the job runs.
    pub(crate) fn standouts(&self) -> Standouts {
        match self.state {
            JobState::Running { standouts, .. } => standouts,
            _ => Standouts::default(),
        }
    }

    /// What a job leaves behind must be what its epochs say: a reader takes either for the truth.
    fn check_end(&self, outcome: &Outcome) -> Result<(), String> {
        if outcome.last.epoch != self.epochs {
            return Err(format!(
                "its last epoch is {}, and its settings ask for {}",
                outcome.last.epoch,
                counted(self.epochs as usize, "epoch")
            ));
        }
        let standouts = self.standouts();
        for kind in SnapshotKind::ALL {
            let recorded = match kind {
                SnapshotKind::Best => standouts.best.map(|best| best.epoch),
                SnapshotKind::Selected => standouts.selected.map(|selected| selected.epoch),
                SnapshotKind::Last => Some(self.epochs),
            };
            let snapshot = kind.of(outcome);
            let saved = snapshot.map(|snapshot| snapshot.epoch);
            if saved != recorded {
                let words = |epoch: Option<u32>| epoch.map_or("none".to_owned(), |epoch| epoch.to_string());
                return Err(format!(
                    "its `{kind}` weights are of epoch {}, and its recorded epochs say {}",
                    words(saved),
                    words(recorded)
                ));
            }
            snapshot.map_or(Ok(()), |snapshot| self.check_predictions(kind, snapshot))?;
        }
        Ok(())
    }

    fn check_predictions(&self, kind: SnapshotKind, snapshot: &Snapshot) -> Result<(), String> {
        let predictions = &snapshot.predictions;
        let expected = u64::from(self.test_trials) * u64::from(predictions.classes);
        if predictions.classes == 0 || predictions.logits.len() as u64 != expected {
            return Err(format!(
                "its `{kind}` predictions have {} for {} and {}",
                counted(predictions.logits.len(), "number"),
                counted(self.test_trials as usize, "test trial"),
                counted(predictions.classes as usize, "class")
            ));
        }
        Ok(())
    }
}
