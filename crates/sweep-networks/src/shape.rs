//! The sizes that the data give a network.

use std::fmt;

/// Sizes of the trials that a network is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputShape {
    /// EEG channels.
    pub channels: usize,
    /// Samples in a trial.
    pub samples: usize,
    /// Classes to tell apart.
    pub classes: usize,
}

impl fmt::Display for InputShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, samples, classes } = self;
        write!(f, "{channels} channels x {samples} samples and {classes} classes")
    }
}
