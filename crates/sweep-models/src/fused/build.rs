//! From a network's layers to its stages.

use candle_core::Var;
use sweep_kernels::{
    Activation, Dense as DenseKernel, InputConvolution, InstructionSet, Mixture, PackedWeights, Pooling,
    Real, Span, Tail, TimeConvolution, Winograd, in_lanes,
};

use super::{
    Convolution, Core, End, Fused, MOST_CLASSES, Parameter,
    first::{First, FirstWeights, Merged},
    norm::{MixedNorm, Norm, NormParameters, PlainBias, PlainNorm},
    stage::{Dropout, Stage},
};
use crate::{
    InputShape,
    layers::{BatchNorm, Convolution as ConvolutionLayer, Layer},
};

impl<T: Real> Fused<T> {
    /// Lays `layers` out for `shape`; none where they are not the stages that this form knows. `parameters` are all of the layers' own.
    pub(crate) fn new(layers: &[&Layer], shape: InputShape, parameters: &[Parameter]) -> Option<Self> {
        let mut builder = Builder { parameters, stages: Vec::new(), planes: Vec::new() };
        let (first, mut rest) = builder.first(layers, shape)?;
        let mut convolutions = Vec::new();
        while let [Layer::Convolution(convolution), Layer::BatchNorm(norm), after @ ..] = rest {
            convolutions.push(builder.convolution(convolution)?);
            let norm =
                builder.plain_norm(norm, convolution.bias.clone().map_or(PlainBias::None, PlainBias::Own))?;
            let time = convolutions.last().map_or(0, |new: &Convolution<T>| new.layout.sizes().out_time());
            rest = builder.stage(Mixture::plain(in_lanes(convolution.sizes.outputs)), time, norm, after)?;
            builder.planes = lanes(convolution.sizes.outputs);
        }
        let end = builder.end(rest)?;
        let (set, trial) = (InstructionSet::detect(), shape.channels * shape.samples);
        Some(Self {
            core: Core { set, first, convolutions, stages: builder.stages, end, trial },
            parts: Vec::new(),
        })
    }
}

/// The stages so far.
struct Builder<'a, T> {
    parameters: &'a [Parameter],
    stages: Vec<Stage<T>>,
    /// Which plane stands in each lane of the newest stage's result.
    planes: Vec<Option<usize>>,
}

/// Planes in their own order, padded to whole vectors.
pub(super) fn lanes(planes: usize) -> Vec<Option<usize>> {
    (0..in_lanes(planes)).map(|lane| (lane < planes).then_some(lane)).collect()
}

/// The planes of a depthwise convolution: copy by copy, since PyTorch has the copies of a filter side by side.
pub(super) fn lanes_by_copy(filters: usize, copies: usize) -> Vec<Option<usize>> {
    (0..copies)
        .flat_map(|copy| {
            let plane = move |filter| (filter < filters).then_some(filter * copies + copy);
            (0..in_lanes(filters)).map(plane)
        })
        .collect()
}

impl<T: Real> Builder<'_, T> {
    fn parameter(&self, value: &Var) -> Option<Parameter> {
        self.parameters.iter().find(|parameter| parameter.value.id() == value.id()).cloned()
    }

    fn norm(&self, layer: &BatchNorm) -> Option<NormParameters> {
        Some(NormParameters::new(layer, self.parameter(&layer.weight)?, self.parameter(&layer.bias)?))
    }

    fn plain_norm(&self, layer: &BatchNorm, bias: PlainBias) -> Option<Norm> {
        Some(Norm::Plain(PlainNorm { parameters: self.norm(layer)?, bias }))
    }

    /// The first stage, and the layers behind it.
    fn first<'l>(
        &mut self,
        layers: &'l [&'l Layer],
        shape: InputShape,
    ) -> Option<(First<T>, &'l [&'l Layer])> {
        match layers {
            [
                Layer::Convolution(temporal),
                Layer::BatchNorm(first),
                Layer::Convolution(depthwise),
                Layer::BatchNorm(second),
                rest @ ..,
            ] => {
                let sizes = depthwise.sizes;
                let is_known = is_temporal(temporal)
                    && temporal.bias.is_none()
                    && is_spatial(depthwise, shape)
                    && depthwise.bias.is_none()
                    && sizes.groups == temporal.sizes.outputs;
                let copies = sizes.outputs / sizes.groups;
                let weights = FirstWeights::Temporal(self.parameter(&temporal.weight)?);
                let layout = first_layout(temporal, shape, Span::EachChannel, temporal.sizes.outputs)?;
                let first_convolution = is_known.then(|| First::new(layout, weights))?;
                let norm = Norm::Mixed(MixedNorm {
                    first: self.norm(first)?,
                    depthwise: self.parameter(&depthwise.weight)?,
                    second: self.norm(second)?,
                });
                let filters = in_lanes(sizes.groups);
                let mixture = Mixture { channels: shape.channels, filters, copies };
                self.planes = lanes_by_copy(sizes.groups, copies);
                let time = first_convolution.layout.out_time();
                Some((first_convolution, self.stage(mixture, time, norm, rest)?))
            }
            [
                Layer::Convolution(temporal),
                Layer::Convolution(spatial),
                Layer::BatchNorm(norm),
                rest @ ..,
            ] => {
                let is_known =
                    is_temporal(temporal) && is_spatial(spatial, shape) && spatial.sizes.groups == 1;
                let weights = FirstWeights::Merged(Merged {
                    temporal: self.parameter(&temporal.weight)?,
                    spatial: self.parameter(&spatial.weight)?,
                    filters: temporal.sizes.outputs,
                    outputs: spatial.sizes.outputs,
                });
                let outputs = spatial.sizes.outputs;
                let layout = first_layout(temporal, shape, Span::AllChannels, outputs)?;
                let first = is_known.then(|| First::new(layout, weights))?;
                let bias = PlainBias::Merged {
                    spatial: spatial.weight.clone(),
                    temporal_bias: temporal.bias.clone(),
                    spatial_bias: spatial.bias.clone(),
                };
                let norm = self.plain_norm(norm, bias)?;
                self.planes = lanes(outputs);
                let time = first.layout.out_time();
                let rest = self.stage(Mixture::plain(in_lanes(outputs)), time, norm, rest)?;
                Some((first, rest))
            }
            _ => None,
        }
    }

    /// A convolution behind the first stage.
    fn convolution(&self, layer: &ConvolutionLayer) -> Option<Convolution<T>> {
        let sizes = layer.sizes;
        let (before, (height, taps)) = (self.stages.last()?, sizes.kernel);
        if sizes.groups != 1 || height != 1 {
            return None;
        }
        let sizes = TimeConvolution {
            inputs: sizes.inputs,
            outputs: sizes.outputs,
            taps,
            padding: sizes.plain_padding()?,
            time: before.tail.out_time(),
        };
        let layout = Winograd::new(sizes, self.planes.clone());
        let at_points = vec![T::zero(); layout.gradient_elements()];
        Some(Convolution {
            weight: self.parameter(&layer.weight)?,
            layout,
            packed: PackedWeights::default(),
            at_points,
        })
    }

    /// The rest of a stage behind its batch normalisation; gives the layers behind it.
    fn stage<'l>(
        &mut self,
        mixture: Mixture,
        time: usize,
        norm: Norm,
        layers: &'l [&'l Layer],
    ) -> Option<&'l [&'l Layer]> {
        let [
            Layer::Activation(activation),
            Layer::Pool { pooling, size },
            Layer::Dropout { number, probability, copies },
            rest @ ..,
        ] = layers
        else {
            return None;
        };
        // The masks are drawn in the order of the mixture's planes.
        if !mixture.is_known() || *copies != mixture.copies {
            return None;
        }
        let (activation, pooling, size): (Activation, Pooling, usize) = (*activation, *pooling, *size);
        let tail = Tail { mixture, time, activation, pooling, size };
        self.stages.push(Stage::new(tail, Dropout { number: *number, probability: *probability }, norm));
        Some(rest)
    }

    /// The flattening and the dense layer.
    fn end(&self, layers: &[&Layer]) -> Option<End<T>> {
        let [Layer::Flatten, Layer::Dense(dense)] = layers else { return None };
        let (classes, _) = dense.weight.dims2().ok()?;
        let (time, lanes) = (self.stages.last()?.tail.out_time(), self.planes.len());
        let places =
            (0..time).flat_map(|t| self.planes.iter().map(move |plane| plane.map(|plane| plane * time + t)));
        let layer = DenseKernel { features: time * lanes, classes };
        (classes <= MOST_CLASSES).then_some(End {
            layer,
            weight: self.parameter(&dense.weight)?,
            bias: self.parameter(&dense.bias)?,
            order: places.collect(),
            packed: vec![T::zero(); classes * layer.features],
            packed_bias: vec![T::zero(); classes],
        })
    }
}

fn is_temporal(layer: &ConvolutionLayer) -> bool {
    layer.sizes.inputs == 1 && layer.sizes.kernel.0 == 1 && layer.sizes.groups == 1
}

fn is_spatial(layer: &ConvolutionLayer, shape: InputShape) -> bool {
    layer.sizes.kernel == (shape.channels, 1) && layer.sizes.plain_padding() == Some(0)
}

fn first_layout(
    temporal: &ConvolutionLayer,
    shape: InputShape,
    span: Span,
    filters: usize,
) -> Option<InputConvolution> {
    Some(InputConvolution {
        span,
        channels: shape.channels,
        lanes: in_lanes(filters),
        taps: temporal.sizes.kernel.1,
        padding: temporal.sizes.plain_padding()?,
        time: shape.samples,
    })
}
