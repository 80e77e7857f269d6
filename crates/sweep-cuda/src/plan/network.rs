//! From a network's layers to stages that there are kernels for. A stage is a convolution with all that follows it up to the next.

use sweep_networks::{Bias, Blueprint, Bound, ConvolutionSizes, InputShape, LayerKind, NamedLayer, Pooling};

/// The most classes of the kernels.
const MOST_CLASSES: usize = 64;
/// The most taps of EEGNet's first convolution: lag sums take their square for every trial.
const MOST_FILTER_TAPS: usize = 512;
/// The most dropout layers, normalisations and the like: lists of the kernels have this much room.
const MOST_STAGES: usize = 4;

/// Planes as they stand in a row: copy by copy, the filters of each padded to a multiple of 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planes {
    pub(crate) filters: usize,
    pub(crate) copies: usize,
}

impl Planes {
    pub(crate) fn plain(planes: usize) -> Self {
        Self { filters: planes, copies: 1 }
    }

    /// Filters with what fills them up.
    pub(crate) fn padded(self) -> usize {
        self.filters.next_multiple_of(4)
    }

    /// Numbers of a row.
    pub(crate) fn row(self) -> usize {
        self.padded() * self.copies
    }
}

/// A network as stages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stages {
    pub(crate) shape: InputShape,
    pub(crate) first: First,
    /// In their order; that of the first convolution is the first.
    pub(crate) stages: Vec<Stage>,
    pub(crate) dense: Dense,
}

/// The first convolutions. Layers are named by their places in the blueprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// EEGNet's: filters along time, a normalisation, and a depthwise convolution over the channels. The channels are mixed first.
    Mixed { temporal: usize, norm: usize, depthwise: usize, taps: usize, padding: usize },
    /// DeepConvNet's: along time and over the channels with nothing between, computed as one.
    Merged { temporal: usize, spatial: usize, filters: usize, taps: usize },
}

/// A convolution and its tail.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stage {
    /// The convolution's layer, but for the first stage.
    pub(crate) convolution: Option<StageConvolution>,
    pub(crate) planes: Planes,
    /// Rows that the convolution gives.
    pub(crate) time: usize,
    /// The layer of the normalisation.
    pub(crate) norm: usize,
    pub(crate) is_maximum: bool,
    pub(crate) pool: usize,
    /// The number of the dropout layer.
    pub(crate) dropout: u8,
}

/// A convolution along time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StageConvolution {
    pub(crate) layer: usize,
    pub(crate) has_bias: bool,
    pub(crate) taps: usize,
    pub(crate) padding: usize,
}

/// The dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dense {
    pub(crate) layer: usize,
    pub(crate) classes: usize,
}

impl Stage {
    /// Rows of its result.
    pub(crate) fn out_time(&self) -> usize {
        self.time / self.pool
    }
}

impl Stages {
    /// The stages of `blueprint` for trials of `shape`; `None` if there are no kernels for some layer or size.
    pub(crate) fn of(blueprint: &Blueprint, shape: InputShape) -> Option<Self> {
        if !blueprint.is_plain() || shape.classes > MOST_CLASSES {
            return None;
        }
        let (first, planes, time, mut place) = first(&blueprint.layers, shape)?;
        let mut stages = vec![tail(&blueprint.layers, place, planes, time, None)?];
        place += 4;
        while let Some(NamedLayer { kind: LayerKind::Convolution(sizes), .. }) = blueprint.layers.get(place) {
            let before = stages.last()?;
            let padding = sizes.plain_padding()?;
            if sizes.groups != 1 || sizes.kernel.0 != 1 {
                return None;
            }
            let time = (before.out_time() + 2 * padding + 1).checked_sub(sizes.kernel.1)?;
            let convolution = StageConvolution {
                layer: place,
                has_bias: sizes.bias == Bias::With,
                taps: sizes.kernel.1,
                padding,
            };
            stages.push(tail(
                &blueprint.layers,
                place + 1,
                Planes::plain(sizes.outputs),
                time,
                Some(convolution),
            )?);
            place += 5;
        }
        let dense = match &blueprint.layers[place..] {
            [
                NamedLayer { kind: LayerKind::Flatten, .. },
                NamedLayer { kind: LayerKind::Dense { outputs, .. }, .. },
            ] => Dense { layer: place + 1, classes: *outputs },
            _ => return None,
        };
        (stages.len() <= MOST_STAGES).then_some(Self { shape, first, stages, dense })
    }
}

/// The first convolutions, the planes and rows that they give, and the place of the normalisation behind them.
fn first(layers: &[NamedLayer], shape: InputShape) -> Option<(First, Planes, usize, usize)> {
    let kind = |place: usize| layers.get(place).map(|layer| layer.kind);
    let LayerKind::Convolution(temporal) = kind(0)? else { return None };
    if temporal.inputs != 1 || temporal.kernel.0 != 1 || temporal.groups != 1 {
        return None;
    }
    let (taps, padding) = (temporal.kernel.1, temporal.plain_padding()?);
    let time = (shape.samples + 2 * padding + 1).checked_sub(taps)?;
    match (kind(1)?, kind(2)?) {
        (LayerKind::BatchNorm { .. }, LayerKind::Convolution(depthwise)) => {
            let has_bias = [temporal, depthwise].iter().any(|sizes| sizes.bias == Bias::With);
            let is_known = is_spatial(&depthwise, shape)
                && !has_bias
                && depthwise.groups == temporal.outputs
                && taps <= MOST_FILTER_TAPS;
            let planes = Planes {
                filters: temporal.outputs,
                copies: depthwise.outputs.checked_div(depthwise.groups)?,
            };
            let first = First::Mixed { temporal: 0, norm: 1, depthwise: 2, taps, padding };
            is_known.then_some((first, planes, time, 3))
        }
        (LayerKind::Convolution(spatial), LayerKind::BatchNorm { .. }) => {
            let have_bias = [temporal, spatial].iter().all(|sizes| sizes.bias == Bias::With);
            let is_known = is_spatial(&spatial, shape) && have_bias && spatial.groups == 1 && padding == 0;
            let first = First::Merged { temporal: 0, spatial: 1, filters: temporal.outputs, taps };
            is_known.then_some((first, Planes::plain(spatial.outputs), time, 2))
        }
        _ => None,
    }
}

fn is_spatial(sizes: &ConvolutionSizes, shape: InputShape) -> bool {
    sizes.kernel == (shape.channels, 1) && sizes.plain_padding() == Some(0)
}

/// The stage whose normalisation is layer `place`.
fn tail(
    layers: &[NamedLayer],
    place: usize,
    planes: Planes,
    time: usize,
    convolution: Option<StageConvolution>,
) -> Option<Stage> {
    let kinds: Vec<LayerKind> = layers.get(place..place + 4)?.iter().map(|layer| layer.kind).collect();
    let [
        LayerKind::BatchNorm { .. },
        LayerKind::Activation,
        LayerKind::Pool { pooling, size, .. },
        LayerKind::Dropout { number, copies },
    ] = kinds[..]
    else {
        return None;
    };
    let is_maximum = pooling == Pooling::Maximum;
    // The masks are drawn in the order of the planes.
    (copies == planes.copies && size > 0 && time >= size).then_some(Stage {
        convolution,
        planes,
        time,
        norm: place,
        is_maximum,
        pool: size,
        dropout: number,
    })
}

/// The bound on norms that holds for a layer.
pub(crate) fn bound_of(kind: &LayerKind) -> Bound {
    match kind {
        LayerKind::Convolution(sizes) => sizes.bound,
        LayerKind::Dense { bound, .. } => *bound,
        _ => Bound::None,
    }
}
