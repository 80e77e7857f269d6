//! DeepConvNet as the lab wrote it: kernels of 5 samples and pools of 2.

use crate::{MaxNorm, Network};

/// The bounds of `max_norm` are the lab's.
pub(crate) const NETWORK: Network = Network {
    name: "deepconvnet",
    title: "DeepConvNet",
    dropout: 0.5,
    max_norm: MaxNorm { convolution: 2.0, dense: 0.5 },
    batch_size: 1080,
};
