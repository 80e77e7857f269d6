//! What can go wrong in a computation.

/// A computation that failed, for example because the device is out of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ComposedError(String);

impl From<candle_core::Error> for ComposedError {
    fn from(error: candle_core::Error) -> Self {
        // Its Display carries a backtrace where one was taken; only the first line says what went wrong.
        Self(error.to_string().lines().next().unwrap_or_default().to_owned())
    }
}
