//! When to stop: at Ctrl-C, or when the system asks the program to end. It stops nothing.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Ends at the first signal.
///
/// # Errors
/// Where the system gives none.
pub(crate) fn signals() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
