//! EEGNet (Lawhern et al., "EEGNet: a compact convolutional neural network for EEG-based brain-computer interfaces", 2018),
//! as the lab wrote it: the block called separable is one full convolution.

use sweep_job::ModelKind;
use sweep_kernels::Pooling;

use crate::{
    InputShape, ModelError,
    blueprint::{
        Bias::Without,
        Blueprint, Builder,
        ConvolutionNorm::{Bounded, Free},
    },
};

/// Filters along time, and spatial filters of each.
const TEMPORAL_FILTERS: usize = 16;
const SPATIAL_FILTERS: usize = 2 * TEMPORAL_FILTERS;

/// The layers for `input`.
pub(crate) fn eegnet(input: InputShape) -> Result<Blueprint, ModelError> {
    Builder::new(ModelKind::EegNet, input)
        .block("firstconv")
        .convolution(TEMPORAL_FILTERS, (1, 51), 25, 1, Without, Free)
        .batch_norm()
        .block("depthwiseConv")
        .convolution(SPATIAL_FILTERS, (input.channels, 1), 0, TEMPORAL_FILTERS, Without, Bounded)
        .batch_norm()
        .activation()
        .pool(Pooling::Average, 4)
        .dropout()
        .block("separableConv")
        .convolution(SPATIAL_FILTERS, (1, 15), 7, 1, Without, Free)
        .batch_norm()
        .activation()
        .pool(Pooling::Average, 8)
        .dropout()
        .classify("classify.0")
}
