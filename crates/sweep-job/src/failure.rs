//! Why a job failed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a job failed. A failed job is data: the sweep goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FailureReason {
    /// A loss was not a finite number.
    #[error("diverged: {loss} loss was not finite in epoch {epoch}, step {step}")]
    Diverged {
        /// Epoch, from 1.
        epoch: u32,
        /// Step within the epoch, from 1; for an evaluation, the last step before it.
        step: u32,
        /// Which loss.
        loss: LossKind,
    },
    /// The process that trained it ended without a word.
    #[error("worker died: {how}")]
    WorkerDied {
        /// Signal or exit code, in words.
        how: String,
    },
    /// It took longer than it may.
    #[error("timed out: its training took more than {limit_seconds} s")]
    TimedOut {
        /// The time that a training may take, in seconds.
        limit_seconds: u64,
    },
    /// A person does not want it any more.
    #[error("cancelled")]
    Cancelled,
    /// The network cannot be built for the data, or its initial weights do not fit.
    #[error("{message}")]
    Unsuitable {
        /// What does not fit.
        message: String,
    },
    /// Anything else that stopped the training, such as a full disk.
    #[error("{message}")]
    Error {
        /// What went wrong.
        message: String,
    },
}

impl FailureReason {
    /// The status of a job that failed so: `diverged`, `cancelled` or `failed`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Diverged { .. } => "diverged",
            Self::Cancelled => "cancelled",
            Self::WorkerDied { .. }
            | Self::TimedOut { .. }
            | Self::Unsuitable { .. }
            | Self::Error { .. } => "failed",
        }
    }
}

/// Which loss was not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// Of a batch in training.
    Train,
    /// Of the validation set.
    Validation,
    /// Of the test set.
    Test,
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}
