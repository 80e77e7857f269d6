//! EEGNet (Lawhern et al. 2018) as the lab wrote it.

use crate::{Descriptor, MaxNorm};

/// The bounds of `max_norm` are those of Lawhern et al. 2018, table 2: depthwise convolution 1, dense layer 0.25.
pub(crate) const NETWORK: Descriptor = Descriptor {
    name: "eegnet",
    title: "EEGNet",
    dropout: 0.25,
    max_norm: MaxNorm { convolution: 1.0, dense: 0.25 },
    batch_size: 108,
};
