//! What can stop a sweep, or keep an executor from what it is asked. A failed job is data, not one of these errors.

use std::{io, num::NonZeroU32, path::PathBuf};

/// What stops a sweep. `E` is the client's error.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError<E> {
    /// The client failed, such as a store that cannot record. All workers were ended.
    #[error(transparent)]
    Client(E),
    /// No worker gets as far as to be ready.
    #[error("no worker can be started: {failures} in a row ended before they were ready. The last: {how}")]
    CannotStart {
        /// How many in a row failed.
        failures: NonZeroU32,
        /// How the last one ended, with the end of its log.
        how: String,
    },
}

/// What an executor cannot do.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// A worker process could not be created.
    #[error("cannot start the worker program {}: {source}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No worker could compute on a device.
    #[error("{message}")]
    Device {
        /// Which, and why.
        message: String,
    },
    /// The order has no form as a message, such as a path that is not Unicode.
    #[error("the order cannot be written as a message to a worker: {source}")]
    Message {
        /// Why.
        source: serde_json::Error,
    },
    /// An executor of another kind failed.
    #[error("{message}")]
    Other {
        /// Why.
        message: String,
    },
}
