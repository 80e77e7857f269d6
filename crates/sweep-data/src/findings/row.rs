//! Whether a channel has a signal in a trial.

use crate::recording::Recording;

/// One channel in one trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// Every sample is missing.
    Missing,
    /// All samples are equal.
    Flat,
    /// It has a signal.
    Varied,
}

/// Every channel of every trial, `[trial, channel]`.
pub(super) fn rows(recording: &Recording) -> Vec<Row> {
    recording.signal.chunks_exact(recording.samples).map(row).collect()
}

fn row(signal: &[f32]) -> Row {
    let mut values = signal.iter().filter(|value| !value.is_nan());
    let Some(first) = values.next() else { return Row::Missing };
    let mut others = values.peekable();
    // A single sample tells nothing.
    if others.peek().is_some() && others.all(|value| value == first) { Row::Flat } else { Row::Varied }
}
