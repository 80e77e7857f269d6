//! ShallowFBCSPNet as braindecode 1.8.1 has it: band power by convolution, square, mean and logarithm.

use crate::{
    Bias, Blueprint, BlueprintError, Bound, Builder, ConvolutionSizes, Descriptor, Function, Initial,
    InputShape, MaxNorm, NetworkSetting, Pooling, SettingKind::Whole, SettingValue, SettingValues,
};

/// braindecode's `n_filters_time`.
const TEMPORAL_FILTERS: NetworkSetting = NetworkSetting {
    name: "temporal_filters",
    about: "filters of the first convolution, along time",
    kind: Whole { least: 1, most: 1024 },
    default: SettingValue::Whole(40),
    since: 5,
};

/// braindecode's `n_filters_spat`.
const SPATIAL_FILTERS: NetworkSetting = NetworkSetting {
    name: "spatial_filters",
    about: "filters of the convolution over the channels",
    kind: Whole { least: 1, most: 64 },
    default: SettingValue::Whole(40),
    since: 5,
};

/// braindecode's `filter_time_length`.
const KERNEL_LENGTH: NetworkSetting = NetworkSetting {
    name: "kernel_length",
    about: "samples of the kernels along time",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(25),
    since: 5,
};

/// braindecode's `pool_time_length`.
const POOL: NetworkSetting = NetworkSetting {
    name: "pool",
    about: "samples that a window of the pool averages",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(75),
    since: 5,
};

/// braindecode's `pool_time_stride`.
const POOL_STRIDE: NetworkSetting = NetworkSetting {
    name: "pool_stride",
    about: "samples from one window of the pool to the next",
    kind: Whole { least: 1, most: 4096 },
    default: SettingValue::Whole(15),
    since: 8,
};

/// The bounds of `max_norm` are those of braindecode's `MaxNormDefaultConstraint`.
pub(crate) const NETWORK: Descriptor = Descriptor {
    name: "shallow",
    title: "ShallowFBCSPNet",
    citation: "Schirrmeister et al., \"Deep learning with convolutional neural networks for EEG decoding and visualization\", 2017",
    dropout: 0.5,
    max_norm: MaxNorm { convolution: 2.0, dense: 0.5 },
    batch_size: 64,
    since: 8,
    settings: &[TEMPORAL_FILTERS, SPATIAL_FILTERS, KERNEL_LENGTH, POOL, POOL_STRIDE],
    build,
};

fn build(values: &SettingValues, shape: InputShape) -> Result<Blueprint, BlueprintError> {
    let network = Builder::new(NETWORK.title, shape)
        .name("conv_time_spat.conv_time")
        .convolution(xavier(
            Bound::Convolution,
            TEMPORAL_FILTERS.whole(values),
            (1, KERNEL_LENGTH.whole(values)),
        ))
        .name("conv_time_spat.conv_spat")
        .convolution(ConvolutionSizes {
            bias: Bias::Without,
            ..xavier(Bound::Convolution, SPATIAL_FILTERS.whole(values), (shape.channels, 1))
        })
        .name("bnorm")
        .batch_norm()
        .name("conv_nonlin_exp")
        .function(Function::Square)
        .name("pool")
        .pool_every(Pooling::Average, POOL.whole(values), POOL_STRIDE.whole(values))
        .name("pool_nonlin_exp")
        .function(Function::SafeLog)
        .name("drop")
        .dropout();
    let time = network.here().time();
    network
        .name("final_layer.conv_classifier")
        .convolution(xavier(Bound::Dense, shape.classes, (1, time)))
        .name("final_layer.squeeze")
        .flatten()
        .finish()
}

fn xavier(bound: Bound, outputs: usize, kernel: (usize, usize)) -> ConvolutionSizes {
    ConvolutionSizes { bound, initial: Initial::Xavier, ..ConvolutionSizes::new(outputs, kernel) }
}
