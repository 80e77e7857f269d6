//! Which jobs of this run finished although their training blew up.

use std::collections::HashMap;

use sweep_job::{JobEvent, JobId};
use sweep_report::{blew_up, blown_up_words};

/// The train losses of jobs, as far as they are too high.
#[derive(Debug, Default)]
pub(super) struct BlownUp {
    /// Of the last epoch of jobs that are being trained.
    running: HashMap<JobId, f64>,
    /// Of the last epoch of jobs that finished.
    finished: Vec<f64>,
}

impl BlownUp {
    /// Takes note of what happened to a job.
    pub(super) fn hear(&mut self, job: JobId, event: &JobEvent) {
        match event {
            JobEvent::EpochFinished(metrics) if blew_up(metrics.train.loss) => {
                self.running.insert(job, metrics.train.loss);
            }
            JobEvent::Finished(_) => self.finished.extend(self.running.remove(&job)),
            _ => {
                self.running.remove(&job);
            }
        }
    }

    /// The warning, if there is anything to warn of.
    pub(super) fn words(&self) -> Option<String> {
        let highest = self.finished.iter().copied().reduce(f64::max)?;
        Some(format!("warning: {}", blown_up_words(self.finished.len(), highest)))
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::{
        Activation, DataIdentity, EpochMetrics, JobSpec, ModelKind, Outcome, Predictions, Score, Snapshot,
        WeightsFile,
    };

    use super::*;

    fn epoch(loss: f64) -> JobEvent {
        let score = Score { loss, accuracy: 0.5 };
        JobEvent::EpochFinished(EpochMetrics {
            epoch: 1,
            train: score,
            validation: None,
            test: score,
            train_seconds: 1.0,
            evaluation_seconds: 0.1,
        })
    }

    fn finished() -> JobEvent {
        let last = Snapshot {
            epoch: 1,
            test: Score { loss: 0.5, accuracy: 0.5 },
            weights: WeightsFile { file: String::new(), sha256: String::new() },
            predictions: Predictions { classes: 2, logits: Vec::new() },
        };
        JobEvent::Finished(Box::new(Outcome { best: last.clone(), selected: None, last }))
    }

    #[test]
    fn only_jobs_that_finish_with_a_senseless_loss_are_told() {
        let job = |seed| {
            let spec = JobSpec { seed, ..JobSpec::lab(ModelKind::EegNet, Activation::Relu) };
            JobId::new(&spec, &DataIdentity("ab".repeat(32)))
        };
        let mut blown_up = BlownUp::default();
        // 0 recovers, 1 blows up, 2 breaks off.
        for (seed, event) in [
            (0, epoch(1e9)),
            (1, epoch(0.7)),
            (2, epoch(1e9)),
            (0, epoch(0.7)),
            (1, epoch(1e20)),
            (2, JobEvent::Interrupted),
            (0, finished()),
            (2, finished()),
        ] {
            blown_up.hear(job(seed), &event);
        }
        assert_eq!(blown_up.words(), None);
        blown_up.hear(job(1), &finished());
        let words = blown_up.words().unwrap_or_default();
        assert!(
            words.starts_with("warning: 1 finished job ends with a train loss above 10 (up to 1.00e20)"),
            "{words}"
        );
    }
}
