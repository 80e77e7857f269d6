//! EEGNet as the lab wrote it: the block called separable is one full convolution.

use crate::{MaxNorm, Network};

/// Lawhern et al. 2018, table 2, has the bounds of `max_norm`: depthwise convolution 1, dense layer 0.25.
pub(crate) const NETWORK: Network = Network {
    name: "eegnet",
    title: "EEGNet",
    dropout: 0.25,
    max_norm: MaxNorm { convolution: 1.0, dense: 0.25 },
    batch_size: 108,
};
