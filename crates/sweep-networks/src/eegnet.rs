//! EEGNet as the lab wrote it: the block called separable is one full convolution.

use crate::{
    Bias::Without, Blueprint, BlueprintError, Bound, Builder, ConvolutionSizes, Descriptor, InputShape,
    MaxNorm, NetworkSetting, Padding, Pooling, SettingKind::Whole, SettingValue, SettingValues,
};

/// Filters of the convolution along time.
const TEMPORAL_FILTERS: NetworkSetting = NetworkSetting {
    name: "temporal_filters",
    about: "filters of the first convolution, along time",
    kind: Whole { least: 1, most: 1024 },
    default: SettingValue::Whole(16),
    since: 5,
};

/// Spatial filters of each temporal filter.
const SPATIAL_FILTERS: NetworkSetting = NetworkSetting {
    name: "spatial_filters",
    about: "filters over the channels, in EEGNet of each temporal filter",
    kind: Whole { least: 1, most: 64 },
    default: SettingValue::Whole(2),
    since: 5,
};

/// Samples of the first convolution's kernels.
const KERNEL_LENGTH: NetworkSetting = NetworkSetting {
    name: "kernel_length",
    about: "samples of the kernels along time",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(51),
    since: 5,
};

/// Samples of the kernels of the block called separable.
const SEPARABLE_KERNEL_LENGTH: NetworkSetting = NetworkSetting {
    name: "separable_kernel_length",
    about: "samples of the kernels of the second convolution along time",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(15),
    since: 5,
};

/// Samples of the first pool.
const POOL_1: NetworkSetting = NetworkSetting {
    name: "pool_1",
    about: "samples that the first pool averages",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(4),
    since: 5,
};

/// Samples of the second pool.
const POOL_2: NetworkSetting = NetworkSetting {
    name: "pool_2",
    about: "samples that the second pool averages",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(8),
    since: 5,
};

/// Lawhern et al. 2018, table 2, has the bounds of `max_norm`: depthwise convolution 1, dense layer 0.25.
pub(crate) const NETWORK: Descriptor = Descriptor {
    name: "eegnet",
    title: "EEGNet",
    citation: "Lawhern et al., \"EEGNet: a compact convolutional neural network for EEG-based brain-computer interfaces\", 2018",
    dropout: 0.25,
    max_norm: MaxNorm { convolution: 1.0, dense: 0.25 },
    batch_size: 108,
    since: 1,
    settings: &[TEMPORAL_FILTERS, SPATIAL_FILTERS, KERNEL_LENGTH, SEPARABLE_KERNEL_LENGTH, POOL_1, POOL_2],
    build,
};

fn build(values: &SettingValues, shape: InputShape) -> Result<Blueprint, BlueprintError> {
    let filters = TEMPORAL_FILTERS.whole(values);
    let planes = filters * SPATIAL_FILTERS.whole(values);
    Builder::new(NETWORK.title, shape)
        .block("firstconv")
        .convolution(along_time(filters, KERNEL_LENGTH.whole(values)))
        .batch_norm()
        .block("depthwiseConv")
        .convolution(ConvolutionSizes {
            groups: filters,
            bias: Without,
            bound: Bound::Convolution,
            ..ConvolutionSizes::new(planes, (shape.channels, 1))
        })
        .batch_norm()
        .activation()
        .pool(Pooling::Average, POOL_1.whole(values))
        .dropout()
        .block("separableConv")
        .convolution(along_time(planes, SEPARABLE_KERNEL_LENGTH.whole(values)))
        .batch_norm()
        .activation()
        .pool(Pooling::Average, POOL_2.whole(values))
        .dropout()
        .classify("classify.0", shape.classes)
}

/// A convolution along time with half its length of zeros on either side: an even length gives one sample more than it is given.
fn along_time(outputs: usize, length: usize) -> ConvolutionSizes {
    ConvolutionSizes {
        padding: Padding::along_time(length / 2),
        bias: Without,
        ..ConvolutionSizes::new(outputs, (1, length))
    }
}
