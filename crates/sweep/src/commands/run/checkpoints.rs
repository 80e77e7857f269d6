//! The checkpoints of trainings that are over. They are kept until the end of every job that they serve is recorded.

use std::{collections::HashMap, path::Path};

use sweep_job::{BundleOrder, DataIdentity, FailureReason, JobEvent, JobId, PlannedJob};
use sweep_worker::CheckpointFolder;

/// Removes the checkpoints of trainings whose `jobs` all have results: a program that died has left them. Those of `orders` stay.
pub(super) fn remove_left_behind(
    weights_dir: &Path,
    jobs: &[PlannedJob],
    identity: &DataIdentity,
    orders: &[BundleOrder],
) {
    let mut found = CheckpointFolder::all(weights_dir);
    if found.is_empty() {
        return;
    }
    let folder = |job: &PlannedJob| CheckpointFolder::new(weights_dir, &job.spec, identity);
    orders.iter().filter_map(|order| order.bundle.jobs.last()).for_each(|job| {
        found.remove(&folder(job));
    });
    for folder in jobs.iter().filter_map(|job| found.take(&folder(job))) {
        remove(&folder);
    }
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
    pub(super) fn of(orders: &[BundleOrder]) -> Self {
        let mut checkpoints = Self { trainings: Vec::new(), of_job: HashMap::new() };
        for BundleOrder { bundle, identity, weights_dir, .. } in orders {
            let Some(job) = bundle.jobs.last() else { continue };
            let number = checkpoints.trainings.len();
            checkpoints.of_job.extend(bundle.jobs.iter().map(|job| (job.id, number)));
            checkpoints.trainings.push(Training {
                folder: CheckpointFolder::new(weights_dir, &job.spec, identity),
                open: bundle.jobs.len(),
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
