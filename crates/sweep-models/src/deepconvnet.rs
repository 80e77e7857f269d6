//! DeepConvNet (Schirrmeister et al., "Deep learning with convolutional neural networks for EEG decoding and visualization",
//! 2017), as the lab wrote it: kernels of 5 samples and pools of 2.

use sweep_job::ModelKind;
use sweep_kernels::Pooling;

use crate::{
    InputShape, ModelError,
    blueprint::{Bias::With, Blueprint, Builder, ConvolutionNorm::Bounded},
};

/// The layers for `input`.
pub(crate) fn deepconvnet(input: InputShape) -> Result<Blueprint, ModelError> {
    let first = Builder::new(ModelKind::DeepConvNet, input)
        .block("firstconv")
        .convolution(25, (1, 5), 0, 1, With, Bounded)
        // No activation stands between the convolution along time and that over the channels.
        .convolution(25, (input.channels, 1), 0, 1, With, Bounded);
    [("secondconv", 50), ("thirdconv", 100), ("fourthconv", 200)]
        .into_iter()
        .fold(end_block(first), |network, (name, planes)| {
            end_block(network.block(name).convolution(planes, (1, 5), 0, 1, With, Bounded))
        })
        .classify("classify.0")
}

/// What every block ends with.
fn end_block(network: Builder) -> Builder {
    network.batch_norm().activation().pool(Pooling::Maximum, 2).dropout()
}
