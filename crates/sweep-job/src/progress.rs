//! What is known of trainings that are under way: work that is left, how fast it goes, and metrics as they come. Estimates nothing.

use crate::{DataIdentity, EpochMetrics, JobId, JobSpec, ModelKind, RunId, SweepId};

/// The mean accuracies of a job over its last epochs: a figure that no set chose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailMean {
    /// The job.
    pub job: JobId,
    /// How many epochs it is the mean of: fewer than were asked for where the job has fewer.
    pub epochs: u32,
    /// Mean test accuracy, 0 to 1; `None` without an epoch.
    pub test_accuracy: Option<f64>,
    /// Mean validation accuracy, 0 to 1; `None` without an epoch or a validation set.
    pub validation_accuracy: Option<f64>,
}

/// How far someone has read the epochs of a job. The default is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EpochCursor {
    /// The attempt whose epochs they are; the first is 1.
    pub attempt: u32,
    /// The last epoch that was read.
    pub epoch: u32,
}

/// Epochs that a reader has not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEpochs {
    /// Where to go on. Where its attempt is not that of the cursor that was given, the job was started again: these are all its
    /// epochs, and those that were read before are gone.
    pub cursor: EpochCursor,
    /// The metrics, the first epoch first.
    pub epochs: Vec<EpochMetrics>,
}

/// How far the jobs are that are still to be trained, at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// What is left of all jobs that wait or run.
    pub left: Vec<WorkLeft>,
    /// What is left of each sweep with such jobs, in the order in which they were first asked for. A job of several counts in each.
    pub sweeps: Vec<(SweepId, Vec<WorkLeft>)>,
    /// The trainings whose jobs are `running`.
    pub running: Vec<RunningTraining>,
    /// Measured times of the kinds of epochs that are left; a kind that was never measured has none.
    pub paces: Vec<Pace>,
}

/// What decides the time of an epoch, near enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EpochKind {
    /// The data.
    pub data: DataIdentity,
    /// The network.
    pub model: ModelKind,
    /// Trials a mini-batch.
    pub batch_size: u32,
    /// The values of the network's own settings in one text. Only good for comparing.
    pub network: String,
}

/// Epochs of one kind that are still to be trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkLeft {
    /// Their kind.
    pub kind: EpochKind,
    /// How many. Jobs that differ in their number of epochs alone share one training, and its epochs count once.
    pub epochs: u64,
}

/// The time of one epoch, training and evaluation, as it was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Its kind.
    pub kind: EpochKind,
    /// Mean seconds of an epoch: of the last epochs of what runs, or else of all epochs of the kind.
    pub seconds_per_epoch: f64,
}

/// A training that is under way, or was when its run died.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningTraining {
    /// The longest of the jobs that it serves.
    pub job: JobId,
    /// The run that has it. Whether that lives, the locks tell.
    pub owner: Option<RunId>,
    /// The kind of its epochs.
    pub kind: EpochKind,
    /// Epochs that have ended.
    pub epochs_finished: u32,
    /// Epochs that are left.
    pub epochs_left: u32,
    /// Mean seconds of its last epochs; `None` before the first has ended.
    pub seconds_per_epoch: Option<f64>,
}

/// A waiting job whose last training was interrupted.
#[derive(Debug, Clone, PartialEq)]
pub struct InterruptedJob {
    /// A sweep that requested it. A job of several is listed once for each.
    pub sweep: SweepId,
    /// Its settings.
    pub spec: JobSpec,
    /// The data it trains on.
    pub data: DataIdentity,
    /// What it was trained on last, as [`Provenance::hardware`](crate::Provenance::hardware) names it.
    pub hardware: Option<String>,
}

impl RunningTraining {
    /// Epochs of the whole training.
    pub fn epochs(&self) -> u32 {
        self.epochs_finished.saturating_add(self.epochs_left)
    }
}
