//! From a network's layers to its stages: which kernels compute them, and where their weights stand in the state. No buffer is made
//! for it.

use sweep_composed::JobSettings;
use sweep_kernels::{
    Dense, InputConvolution, Mixture, Pooling, Span, Tail, TimeConvolution, Winograd, in_lanes,
};
use sweep_networks::{self as networks, Blueprint, ConvolutionSizes, InputShape, LayerKind};

use super::{
    MOST_CLASSES,
    first::{FirstWeights, Merged},
    norm::{MixedNorm, Norm, NormParameters, PlainBias, PlainNorm},
    stage::Dropout,
};
use crate::state::places;

/// A network as stages.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(super) first: FirstLayout,
    /// The convolutions of all stages but the first.
    pub(super) convolutions: Vec<ConvolutionLayout>,
    pub(super) stages: Vec<StageLayout>,
    pub(super) end: EndLayout,
    /// Samples of a trial in the data set, over all channels.
    pub(super) trial: usize,
}

/// The first stage's convolutions.
#[derive(Debug)]
pub(super) struct FirstLayout {
    pub(super) layout: InputConvolution,
    pub(super) weights: FirstWeights,
}

/// A convolution along time.
#[derive(Debug)]
pub(super) struct ConvolutionLayout {
    pub(super) weight: usize,
    pub(super) layout: Winograd,
}

/// A stage without its convolution.
#[derive(Debug)]
pub(super) struct StageLayout {
    pub(super) tail: Tail,
    pub(super) dropout: Dropout,
    pub(super) norm: Norm,
}

/// The dense layer.
#[derive(Debug)]
pub(super) struct EndLayout {
    pub(super) layer: Dense,
    pub(super) weight: usize,
    pub(super) bias: usize,
    /// Where each feature stands in PyTorch's order, or nothing for the lanes that hold no plane.
    pub(super) order: Vec<Option<usize>>,
    pub(super) label_smoothing: f64,
}

/// A layer, and the number of its first entry in the state.
type Placed = (LayerKind, usize);

impl Layout {
    /// The stages of `blueprint` for trials of `shape`; `None` if there are no kernels for them.
    pub(crate) fn of(blueprint: &Blueprint, shape: InputShape, job: JobSettings) -> Option<Self> {
        if !blueprint.is_plain() {
            return None;
        }
        let kinds = blueprint.layers.iter().map(|layer| layer.kind);
        let layers: Vec<Placed> = kinds.zip(places(blueprint)).collect();
        let mut builder = Builder { job, stages: Vec::new(), planes: Vec::new() };
        let (first, mut rest) = builder.first(&layers, shape)?;
        let mut convolutions = Vec::new();
        while let [(LayerKind::Convolution(sizes), weight), (LayerKind::BatchNorm { .. }, norm), after @ ..] =
            rest
        {
            let convolution = builder.convolution(sizes, *weight)?;
            let time = convolution.layout.sizes().out_time();
            convolutions.push(convolution);
            let bias = own_bias(sizes, *weight).map_or(PlainBias::None, PlainBias::Own);
            let norm = Norm::Plain(PlainNorm { parameters: NormParameters::at(*norm), bias });
            rest = builder.stage(Mixture::plain(in_lanes(sizes.outputs)), time, norm, after)?;
            builder.planes = lanes(sizes.outputs);
        }
        let end = builder.end(rest)?;
        Some(Self { first, convolutions, stages: builder.stages, end, trial: shape.channels * shape.samples })
    }
}

/// The stages so far.
struct Builder {
    job: JobSettings,
    stages: Vec<StageLayout>,
    /// Which plane stands in each lane of the newest stage's result.
    planes: Vec<Option<usize>>,
}

/// Planes in their own order, padded to whole vectors.
fn lanes(planes: usize) -> Vec<Option<usize>> {
    (0..in_lanes(planes)).map(|lane| (lane < planes).then_some(lane)).collect()
}

/// The planes of a depthwise convolution: copy by copy, since PyTorch has the copies of a filter side by side.
fn lanes_by_copy(filters: usize, copies: usize) -> Vec<Option<usize>> {
    (0..copies)
        .flat_map(|copy| {
            let plane = move |filter| (filter < filters).then_some(filter * copies + copy);
            (0..in_lanes(filters)).map(plane)
        })
        .collect()
}

impl Builder {
    /// The first stage, and the layers behind it.
    fn first<'l>(&mut self, layers: &'l [Placed], shape: InputShape) -> Option<(FirstLayout, &'l [Placed])> {
        match layers {
            [
                (LayerKind::Convolution(temporal), temporal_weight),
                (LayerKind::BatchNorm { .. }, first),
                (LayerKind::Convolution(depthwise), depthwise_weight),
                (LayerKind::BatchNorm { .. }, second),
                rest @ ..,
            ] => {
                let is_known = is_temporal(temporal)
                    && own_bias(temporal, 0).is_none()
                    && is_spatial(depthwise, shape)
                    && own_bias(depthwise, 0).is_none()
                    && depthwise.groups == temporal.outputs;
                if !is_known {
                    return None;
                }
                let (groups, copies) = (depthwise.groups, depthwise.outputs / depthwise.groups);
                let layout = first_layout(temporal, shape, Span::EachChannel, temporal.outputs)?;
                let norm = Norm::Mixed(MixedNorm {
                    first: NormParameters::at(*first),
                    depthwise: *depthwise_weight,
                    second: NormParameters::at(*second),
                });
                let mixture = Mixture { channels: shape.channels, filters: in_lanes(groups), copies };
                self.planes = lanes_by_copy(groups, copies);
                let rest = self.stage(mixture, layout.out_time(), norm, rest)?;
                Some((FirstLayout { layout, weights: FirstWeights::Temporal(*temporal_weight) }, rest))
            }
            [
                (LayerKind::Convolution(temporal), temporal_weight),
                (LayerKind::Convolution(spatial), spatial_weight),
                (LayerKind::BatchNorm { .. }, norm),
                rest @ ..,
            ] => {
                if !is_temporal(temporal) || !is_spatial(spatial, shape) || spatial.groups != 1 {
                    return None;
                }
                let outputs = spatial.outputs;
                let layout = first_layout(temporal, shape, Span::AllChannels, outputs)?;
                let weights = FirstWeights::Merged(Merged {
                    temporal: *temporal_weight,
                    spatial: *spatial_weight,
                    filters: temporal.outputs,
                    outputs,
                });
                let bias = PlainBias::Merged {
                    spatial: *spatial_weight,
                    temporal_bias: own_bias(temporal, *temporal_weight),
                    spatial_bias: own_bias(spatial, *spatial_weight),
                };
                let norm = Norm::Plain(PlainNorm { parameters: NormParameters::at(*norm), bias });
                self.planes = lanes(outputs);
                let rest = self.stage(Mixture::plain(in_lanes(outputs)), layout.out_time(), norm, rest)?;
                Some((FirstLayout { layout, weights }, rest))
            }
            _ => None,
        }
    }

    /// A convolution behind the first stage.
    fn convolution(&self, sizes: &ConvolutionSizes, weight: usize) -> Option<ConvolutionLayout> {
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
        Some(ConvolutionLayout { weight, layout: Winograd::new(sizes, self.planes.clone()) })
    }

    /// The rest of a stage behind its batch normalisation; gives the layers behind it.
    fn stage<'l>(
        &mut self,
        mixture: Mixture,
        time: usize,
        norm: Norm,
        layers: &'l [Placed],
    ) -> Option<&'l [Placed]> {
        let [
            (LayerKind::Activation, _),
            (LayerKind::Pool { pooling, size, .. }, _),
            (LayerKind::Dropout { number, copies }, _),
            rest @ ..,
        ] = layers
        else {
            return None;
        };
        // The masks are drawn in the order of the mixture's planes.
        if !mixture.is_known() || *copies != mixture.copies {
            return None;
        }
        let pooling = match pooling {
            networks::Pooling::Average => Pooling::Average,
            networks::Pooling::Maximum => Pooling::Maximum,
        };
        let JobSettings { activation, dropout: probability, .. } = self.job;
        let tail = Tail { mixture, time, activation, pooling, size: *size };
        self.stages.push(StageLayout { tail, dropout: Dropout { number: *number, probability }, norm });
        Some(rest)
    }

    /// The flattening and the dense layer.
    fn end(&self, layers: &[Placed]) -> Option<EndLayout> {
        let [(LayerKind::Flatten, _), (LayerKind::Dense { outputs, .. }, weight)] = layers else {
            return None;
        };
        let (time, lanes) = (self.stages.last()?.tail.out_time(), self.planes.len());
        let places =
            (0..time).flat_map(|t| self.planes.iter().map(move |plane| plane.map(|plane| plane * time + t)));
        let layer = Dense { features: time * lanes, classes: *outputs };
        (*outputs <= MOST_CLASSES).then(|| EndLayout {
            layer,
            weight: *weight,
            bias: weight + 1,
            order: places.collect(),
            label_smoothing: self.job.label_smoothing,
        })
    }
}

/// The place of a convolution's bias, if it has one.
fn own_bias(sizes: &ConvolutionSizes, weight: usize) -> Option<usize> {
    (sizes.bias == networks::Bias::With).then_some(weight + 1)
}

fn is_temporal(sizes: &ConvolutionSizes) -> bool {
    sizes.inputs == 1 && sizes.kernel.0 == 1 && sizes.groups == 1
}

fn is_spatial(sizes: &ConvolutionSizes, shape: InputShape) -> bool {
    sizes.kernel == (shape.channels, 1) && sizes.plain_padding() == Some(0)
}

fn first_layout(
    temporal: &ConvolutionSizes,
    shape: InputShape,
    span: Span,
    filters: usize,
) -> Option<InputConvolution> {
    Some(InputConvolution {
        span,
        channels: shape.channels,
        lanes: in_lanes(filters),
        taps: temporal.kernel.1,
        padding: temporal.plain_padding()?,
        time: shape.samples,
    })
}
