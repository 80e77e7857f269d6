//! What can go wrong in a worker beside the training itself.

use std::{io, path::PathBuf};

use sweep_job::TrainingError;

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
    Model(#[from] sweep_models::ModelError),
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
        source: sweep_models::ModelError,
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
    Unfit(#[from] TrainingError),
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The events cannot be delivered.
    #[error("events cannot be delivered: {0}")]
    Events(io::Error),
}
