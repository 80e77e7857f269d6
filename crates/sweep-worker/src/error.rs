//! What can go wrong in a worker beside the training itself.

use std::{io, path::PathBuf};

use sweep_job::{BundleError, FailureReason, MemoryEvidence};
use sweep_models::ModelError;

/// An error of a worker. Where it concerns one bundle, its jobs fail with the error's text and the worker lives on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The data set cannot be loaded.
    #[error(transparent)]
    Data(#[from] sweep_data::DataError),
    /// The data are not those of the order.
    #[error("the data have changed since the sweep was planned: expected {expected}, found {found}")]
    DataChanged {
        /// Identity in the order.
        expected: String,
        /// Identity of what is there now.
        found: String,
    },
    /// The network cannot be built, or saved weights do not fit it.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A training is not in a state in which it can go on or end.
    #[error("the training cannot go on: {0}")]
    Training(String),
    /// The device cannot be opened.
    #[error(transparent)]
    Device(#[from] sweep_models::DeviceError),
    /// A file cannot be read or written.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// `cannot read`, `cannot write` or `cannot remove`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The initial weights are not those that were planned.
    #[error("{} has changed since the sweep was planned", path.display())]
    WeightsChanged {
        /// The file.
        path: PathBuf,
    },
    /// The initial weights do not fit the network.
    #[error("the weights in {} cannot be used: {source}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ModelError,
    },
    /// An order that cannot be understood.
    #[error("an order that cannot be understood: {0}")]
    Order(#[from] serde_json::Error),
    /// An order that is longer than any.
    #[error("an order of more than {} MiB", most_bytes >> 20)]
    LongOrder {
        /// The longest order that is read.
        most_bytes: usize,
    },
    /// An order for a training that cannot be.
    #[error("an order that cannot be followed: {0}")]
    Bundle(#[from] BundleError),
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The events cannot be delivered.
    #[error("events cannot be delivered: {0}")]
    Events(io::Error),
}

impl WorkerError {
    /// Whether the worker can do nothing more: nobody hears it, or its device is gone. Then it ends, and says why.
    pub(crate) fn ends_the_worker(&self) -> bool {
        matches!(self, Self::Events(_) | Self::Model(ModelError::Device(_)))
    }

    /// Whether it concerns all trainings of a bundle, whichever of them met it.
    pub(crate) fn ends_the_bundle(&self) -> bool {
        self.ends_the_worker() || self.is_out_of_memory()
    }

    /// Whether the device had no room: fewer trainings side by side may fit.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Model(ModelError::OutOfMemory(_)))
    }
}

/// Why jobs fail that an error ends.
pub(crate) fn failure(error: &WorkerError) -> FailureReason {
    let message = error.to_string();
    match error {
        WorkerError::Model(ModelError::OutOfMemory(message)) => {
            FailureReason::OutOfMemory { how: format!("has {message}"), evidence: MemoryEvidence::OnDevice }
        }
        WorkerError::Model(_) | WorkerError::Weights { .. } | WorkerError::WeightsChanged { .. } => {
            FailureReason::Unsuitable { message }
        }
        _ => FailureReason::Error { message },
    }
}
