//! DeepConvNet as the lab wrote it: kernels of 5 samples and pools of 2.

use crate::{
    Blueprint, BlueprintError, Bound, Builder, ConvolutionSizes, Descriptor, InputShape, MaxNorm,
    NetworkSetting, Pooling,
    SettingKind::{Whole, Wholes},
    SettingValue, SettingValues, WholeList,
};

/// Filters of each block.
const FILTERS: NetworkSetting = NetworkSetting {
    name: "filters",
    about: "filters of the four blocks",
    kind: Wholes { count: 4, most: 4096 },
    default: SettingValue::Wholes(match WholeList::new(&[25, 50, 100, 200]) {
        Some(filters) => filters,
        None => panic!("a short list"),
    }),
    since: 5,
};

/// Samples of the kernels along time.
const KERNEL_LENGTH: NetworkSetting = NetworkSetting {
    name: "kernel_length",
    about: "samples of the kernels along time",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(5),
    since: 5,
};

/// Samples of each pool.
const POOL: NetworkSetting = NetworkSetting {
    name: "pool",
    about: "samples of a pool's window",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(2),
    since: 5,
};

/// The bounds of `max_norm` are the lab's.
pub(crate) const NETWORK: Descriptor = Descriptor {
    name: "deepconvnet",
    title: "DeepConvNet",
    citation: "Schirrmeister et al., \"Deep learning with convolutional neural networks for EEG decoding and visualization\", 2017",
    dropout: 0.5,
    max_norm: MaxNorm { convolution: 2.0, dense: 0.5 },
    batch_size: 1080,
    since: 1,
    settings: &[FILTERS, KERNEL_LENGTH, POOL],
    build,
};

/// The names of the blocks.
const BLOCKS: [&str; 4] = ["firstconv", "secondconv", "thirdconv", "fourthconv"];

fn build(values: &SettingValues, shape: InputShape) -> Result<Blueprint, BlueprintError> {
    let (length, pool) = (KERNEL_LENGTH.whole(values), POOL.whole(values));
    let mut network = Builder::new(NETWORK.title, shape);
    for (place, (name, filters)) in BLOCKS.into_iter().zip(FILTERS.wholes(values)).enumerate() {
        network = network.block(name).convolution(bounded(filters, (1, length)));
        if place == 0 {
            // No activation stands between the convolution along time and that over the channels.
            network = network.convolution(bounded(filters, (shape.channels, 1)));
        }
        network = network.batch_norm().activation().pool(Pooling::Maximum, pool).dropout();
    }
    network.classify("classify.0", shape.classes)
}

fn bounded(outputs: usize, kernel: (usize, usize)) -> ConvolutionSizes {
    ConvolutionSizes { bound: Bound::Convolution, ..ConvolutionSizes::new(outputs, kernel) }
}
