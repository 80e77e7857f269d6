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
