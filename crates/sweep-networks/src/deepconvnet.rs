//! DeepConvNet (Schirrmeister et al. 2017) as the lab wrote it.

use crate::{Descriptor, MaxNorm};

/// The bounds of `max_norm` are the lab's.
pub(crate) const NETWORK: Descriptor = Descriptor {
    name: "deepconvnet",
    title: "DeepConvNet",
    dropout: 0.5,
    max_norm: MaxNorm { convolution: 2.0, dense: 0.5 },
    batch_size: 1080,
};
