//! The checkpoints of trainings that are over. They are kept until the end of every job that they serve is recorded.

use std::{collections::HashMap, path::Path};

use sweep_job::{FailureReason, JobEvent, JobId};
use sweep_store::{Reader, StoreError};
use sweep_worker::CheckpointFolder;

use super::training::Assignment;

/// Removes the checkpoints that no job without a result could go on from: a program that died has left them.
pub(super) fn remove_left_behind(weights_dir: &Path, reader: &Reader) -> Result<(), StoreError> {
    let mut found = CheckpointFolder::all(weights_dir);
    if !found.is_empty() {
        for (spec, identity) in reader.open_specs()? {
            found.remove(&CheckpointFolder::new(weights_dir, &spec, &identity));
        }
        found.iter().for_each(remove);
    }
    Ok(())
}

fn remove(folder: &CheckpointFolder) {
    if let Err(error) = folder.remove() {
        tracing::warn!("old checkpoints cannot be removed: {error}");
    }
}

/// The trainings of a sweep.
pub(super) struct Checkpoints {
    trainings: Vec<Training>,
    of_job: HashMap<JobId, usize>,
}

struct Training {
    folder: CheckpointFolder,
    /// Jobs without a recorded result.
    open: usize,
}

impl Checkpoints {
    pub(super) fn of(assignment: &Assignment) -> Self {
        let mut checkpoints = Self { trainings: Vec::new(), of_job: HashMap::new() };
        let Assignment { trainings, identity, weights_dir, .. } = assignment;
        for training in trainings {
            let Some(job) = training.jobs.last() else { continue };
            let number = checkpoints.trainings.len();
            checkpoints.of_job.extend(training.jobs.iter().map(|job| (job.id, number)));
            checkpoints.trainings.push(Training {
                folder: CheckpointFolder::new(weights_dir, &job.spec, identity),
                open: training.jobs.len(),
            });
        }
        checkpoints
    }

    /// Removes what nobody needs any more after `event`. A job that failed or was interrupted may go on from it.
    pub(super) fn recorded(&mut self, job: &JobId, event: &JobEvent) {
        if !matches!(event, JobEvent::Finished(_) | JobEvent::Failed(FailureReason::Diverged { .. })) {
            return;
        }
        let Some(training) = self.of_job.get(job).and_then(|number| self.trainings.get_mut(*number)) else {
            return;
        };
        training.open -= 1;
        if training.open == 0 {
            remove(&training.folder);
        }
    }
}
