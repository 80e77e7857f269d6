//! Trainings on disk while they run, so that one that was interrupted goes on where it stood.
//!
//! A checkpoint holds all that the next epoch depends on. Random numbers need no state: they are a function of seed, epoch and step.
//! What goes on from a checkpoint therefore ends with the bits of a training that was never interrupted.

mod folder;
mod form;

use std::time::Instant;

pub use folder::{CHECKPOINTS, CheckpointFolder};
use serde::{Deserialize, Serialize};
use sweep_job::{CheckpointInterval, EpochMetrics, Provenance, sha256, without_driver};

use crate::memento::Memento;

/// What a checkpoint is of. It serves a training of the same, and no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The key of the trajectory on its data.
    pub(crate) trajectory: String,
    /// What computed, without the version of a driver: other vector instructions round otherwise.
    pub(crate) hardware: String,
    /// The revision of the arithmetic: another one may differ in the last bit.
    #[serde(default = "first_revision")]
    pub(crate) arithmetic: u32,
}

impl Origin {
    pub(crate) fn new(trajectory: String, provenance: &Provenance) -> Self {
        let Provenance { hardware, arithmetic, .. } = provenance;
        Self { trajectory, hardware: without_driver(hardware).to_owned(), arithmetic: *arithmetic }
    }

    /// Whether `other` is the same but for the version of a driver.
    fn serves(&self, other: &Self) -> bool {
        let Self { trajectory, hardware, arithmetic } = other;
        (&self.trajectory, self.arithmetic) == (trajectory, *arithmetic)
            && without_driver(&self.hardware) == without_driver(hardware)
    }
}

/// Tells apart the files of checkpoints that were made by other hardware or another arithmetic.
fn maker(hardware: &str, arithmetic: u32) -> String {
    let text = format!("{} {arithmetic}", without_driver(hardware));
    sha256(text.as_bytes())[..MAKER_DIGITS].to_owned()
}

/// Digits of a [`maker`].
const MAKER_DIGITS: usize = 12;

/// That of checkpoints from before there was a number.
fn first_revision() -> u32 {
    1
}

/// A training after some epoch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    pub(crate) origin: Origin,
    /// The metrics of all epochs so far, the first one first; not empty.
    pub(crate) history: Vec<EpochMetrics>,
    /// Weights and running statistics.
    pub(crate) network: Vec<u8>,
    /// The optimizer's state.
    pub(crate) optimizer: Vec<u8>,
    /// The best epoch on the test set so far.
    pub(crate) best: Memento,
    /// The epoch that the validation set selects so far.
    pub(crate) selected: Option<Memento>,
}

impl Checkpoint {
    /// The epoch after which it was taken.
    pub(crate) fn epoch(&self) -> u32 {
        self.history.len() as u32
    }
}

/// Says after which epochs a checkpoint is due.
#[derive(Debug)]
pub(crate) struct Due {
    interval: CheckpointInterval,
    last_epoch: u32,
    last_time: Instant,
}

impl Due {
    /// After `epoch`, which was just saved or is the beginning.
    pub(crate) fn new(interval: CheckpointInterval, epoch: u32) -> Self {
        Self { interval, last_epoch: epoch, last_time: Instant::now() }
    }

    /// Whether a checkpoint is due after `epoch`.
    pub(crate) fn is_due(&self, epoch: u32) -> bool {
        match self.interval {
            CheckpointInterval::Never => false,
            CheckpointInterval::Epochs(epochs) => epoch - self.last_epoch >= epochs.get(),
            CheckpointInterval::Seconds(seconds) => {
                self.last_time.elapsed().as_secs() >= u64::from(seconds.get())
            }
        }
    }

    /// Whether `epoch` is not saved yet, though checkpoints are wanted.
    pub(crate) fn is_unsaved(&self, epoch: u32) -> bool {
        self.interval != CheckpointInterval::Never && epoch > self.last_epoch
    }

    /// A checkpoint was taken, or could not be.
    pub(crate) fn saved(&mut self, epoch: u32) {
        *self = Self::new(self.interval, epoch);
    }
}
