//! Why a network cannot be built.

use crate::InputShape;

/// Why a network cannot be built for some trials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlueprintError {
    /// The trials are shorter than the network's convolutions and pools need.
    #[error(
        "{network} cannot be built for trials of {samples} samples: its convolutions and pools need at least {needed}"
    )]
    TooShort {
        /// Title of the network.
        network: &'static str,
        /// Samples a trial.
        samples: usize,
        /// The fewest that would do.
        needed: usize,
    },
    /// There is nothing to convolve or nothing to tell apart.
    #[error("a network for {shape} cannot be built: it needs at least 1 channel and 2 classes")]
    EmptyShape {
        /// The requested shape.
        shape: InputShape,
    },
    /// A size is beyond anything that can be computed with.
    #[error("a network for {shape} cannot be built: each of these numbers may be at most {most}")]
    TooLarge {
        /// The requested shape.
        shape: InputShape,
        /// The largest number.
        most: usize,
    },
    /// The settings make a layer beyond anything that can be computed with.
    #[error("{network} cannot be built with these settings: its layer `{layer}` would be too large")]
    LayerTooLarge {
        /// Title of the network.
        network: &'static str,
        /// Name of the layer.
        layer: String,
    },
    /// The settings do not fit each other or the trials.
    #[error("{network} cannot be built with these settings: {problem}")]
    Settings {
        /// Title of the network.
        network: &'static str,
        /// What does not fit.
        problem: String,
    },
}
