//! How much memory the fused form takes, from the sizes of a network's layers: no buffer is made and no weight drawn for it. It does
//! not know data sets or optimizers.

use sweep_kernels::{Activation, InputConvolution, Mixture, Span, Tail, TimeConvolution, Winograd, in_lanes};
use sweep_networks::{Blueprint, ConvolutionSizes, LayerKind};

use super::{
    EVALUATED_TOGETHER, LEAST_TRIALS, MOST_CLASSES, MOST_PARTS,
    build::{lanes, lanes_by_copy},
};
use crate::{
    InputShape,
    layers::pooling,
    memory::{FLOAT32, FLOAT64, Workload},
};

/// Bytes that the fused form holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FusedMemory {
    /// Packed weights, coefficients and sums that are there once.
    pub(crate) core: u64,
    /// Stored values, results and sums of all parts of a batch.
    pub(crate) parts: u64,
    /// Room that parts leave behind where a later batch makes them larger.
    pub(crate) outgrown: u64,
    /// Scratch memory of all threads.
    pub(crate) scratch: u64,
}

/// The kernels of a network, as `build` lays them out.
struct Kernels {
    first: InputConvolution,
    tails: Vec<Tail>,
    convolutions: Vec<Winograd>,
    /// Features of the dense layer, with the lanes that hold no plane.
    features: usize,
    classes: usize,
    /// Weights of the depthwise convolution that is part of the first mixture.
    depthwise: usize,
}

/// What the fused form of `blueprint` takes for `work`; none where it does not know the layers.
pub(crate) fn fused_memory(blueprint: &Blueprint, shape: InputShape, work: &Workload) -> Option<FusedMemory> {
    let kernels = Kernels::new(blueprint, shape)?;
    let Parts { trials, outgrown, count } = Parts::new(work);
    Some(FusedMemory {
        core: kernels.core(),
        parts: count * kernels.part() + trials * kernels.trial(),
        outgrown: outgrown * kernels.trial(),
        scratch: work.threads as u64 * kernels.scratch(),
    })
}

/// The parts that the batches of a training and its evaluations fill.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    /// The sum over the parts of the most trials of each.
    trials: u64,
    /// Trials of buffers that were replaced by larger ones.
    outgrown: u64,
    count: u64,
}

impl Parts {
    fn new(work: &Workload) -> Self {
        // In this order at the most: a training that goes on from a checkpoint evaluates first.
        let mut uses = vec![evaluated_at_once(work)];
        uses.extend(work.batches().map(parts_of));
        let count = uses.iter().map(Vec::len).max().unwrap_or(0);
        let (mut trials, mut outgrown) = (0, 0);
        for part in 0..count {
            let mut held = 0;
            for needed in uses.iter().filter_map(|parts| parts.get(part)) {
                if *needed > held {
                    outgrown += held as u64;
                    held = *needed;
                }
            }
            trials += held as u64;
        }
        Self { trials, outgrown, count: count as u64 }
    }
}

/// Trials that each part evaluates at once, as `logits` divides them.
fn evaluated_at_once(work: &Workload) -> Vec<usize> {
    let trials = work.evaluated_trials;
    let parts = trials.div_ceil(EVALUATED_TOGETHER).min(work.threads).max(1);
    let share = trials.div_ceil(parts);
    (0..parts).map(|part| EVALUATED_TOGETHER.min(share).min(trials.saturating_sub(part * share))).collect()
}

/// Trials of each part of a batch, as `reserve` divides it.
fn parts_of(batch: usize) -> Vec<usize> {
    let parts = (batch / LEAST_TRIALS).clamp(1, MOST_PARTS);
    let bound = |part: usize| part * batch / parts;
    (0..parts).map(|part| bound(part + 1) - bound(part)).collect()
}

impl Kernels {
    fn new(blueprint: &Blueprint, shape: InputShape) -> Option<Self> {
        if !blueprint.is_chain() {
            return None;
        }
        let kinds: Vec<LayerKind> = blueprint.layers.iter().map(|layer| layer.kind).collect();
        let (first, mixture, mut planes, depthwise, mut rest) = first_stage(&kinds, shape)?;
        let mut kernels =
            Self { first, tails: Vec::new(), convolutions: Vec::new(), features: 0, classes: 0, depthwise };
        rest = kernels.tail(mixture, first.out_time(), rest)?;
        while let [LayerKind::Convolution(sizes), LayerKind::BatchNorm { .. }, after @ ..] = rest {
            let convolution = Winograd::new(
                TimeConvolution {
                    inputs: sizes.inputs,
                    outputs: sizes.outputs,
                    taps: sizes.kernel.1,
                    padding: sizes.plain_padding()?,
                    time: kernels.tails.last()?.out_time(),
                },
                planes,
            );
            let time = convolution.sizes().out_time();
            kernels.convolutions.push(convolution);
            rest = kernels.tail(Mixture::plain(in_lanes(sizes.outputs)), time, after)?;
            planes = lanes(sizes.outputs);
        }
        let [LayerKind::Flatten, LayerKind::Dense { outputs, .. }] = rest else { return None };
        kernels.features = kernels.tails.last()?.out_time() * planes.len();
        kernels.classes = *outputs;
        (*outputs <= MOST_CLASSES).then_some(kernels)
    }

    /// The layers of a stage behind its batch normalisation; gives those behind the stage.
    fn tail<'l>(
        &mut self,
        mixture: Mixture,
        time: usize,
        layers: &'l [LayerKind],
    ) -> Option<&'l [LayerKind]> {
        let [
            LayerKind::Activation,
            LayerKind::Pool { pooling: kind, size },
            LayerKind::Dropout { copies, .. },
            rest @ ..,
        ] = layers
        else {
            return None;
        };
        if !mixture.is_known() || *copies != mixture.copies {
            return None;
        }
        // The activation decides no size.
        let activation = Activation::Relu;
        self.tails.push(Tail { mixture, time, activation, pooling: pooling(*kind), size: *size });
        Some(rest)
    }

    /// Elements of a trial's result of a stage, as the next convolution reads it.
    fn result(&self, stage: usize) -> usize {
        match self.convolutions.get(stage) {
            Some(next) => next.input_rows() * next.lanes(),
            None => self.tails[stage].out_elements(),
        }
    }

    /// Bytes of a trial in a part.
    fn trial(&self) -> u64 {
        let stages = self.tails.iter().enumerate();
        let elements = stages.map(|(stage, tail)| tail.stored_elements() + self.result(stage));
        elements.sum::<usize>() as u64 * FLOAT32
    }

    /// Bytes of a part beside its trials.
    fn part(&self) -> u64 {
        let gradients = self.first.packed() + self.at_points() + self.classes * self.features;
        let of_stage = |tail: &Tail| {
            let moments = moments(tail.mixture) as u64;
            moments * (FLOAT32 + FLOAT64) + tail.sums() as u64 * FLOAT64
        };
        gradients as u64 * FLOAT32
            + self.tails.iter().map(of_stage).sum::<u64>()
            + self.classes as u64 * FLOAT64
    }

    fn at_points(&self) -> usize {
        self.convolutions.iter().map(Winograd::gradient_elements).sum()
    }

    /// Bytes of what is there once.
    fn core(&self) -> u64 {
        let packed = self.first.weights()
            + self.first.packed()
            + self.convolutions.iter().map(Winograd::packed_elements).sum::<usize>()
            + self.at_points()
            + self.classes * (self.features + 1);
        let of_stage = |tail: &Tail| {
            let Mixture { channels, .. } = tail.mixture;
            let (stored, planes) = (tail.mixture.stored(), tail.mixture.planes());
            let coefficients = (channels + 1) * planes + stored + (channels + 1) * stored;
            let sums = moments(tail.mixture) + tail.sums();
            coefficients as u64 * FLOAT32 + sums as u64 * FLOAT64
        };
        // The first convolution's gradient, and that of the depthwise one, are joined in memory of their own.
        let joined = self.first.weights() as u64 * FLOAT32 + self.depthwise as u64 * FLOAT64;
        let order = self.features as u64 * size_of::<Option<usize>>() as u64;
        packed as u64 * FLOAT32 + self.tails.iter().map(of_stage).sum::<u64>() + joined + order
    }

    /// Bytes of scratch memory of a thread: the most that a pass asks for.
    fn scratch(&self) -> u64 {
        let first = self.tails[0].stored_elements() + self.first.laid();
        let last = self.tails.last().map_or(0, |tail| tail.out_elements() + tail.sums());
        let middle = self.convolutions.iter().zip(&self.tails).map(|(convolution, before)| {
            let gradient = convolution.gradient_rows() * convolution.out_lanes();
            before.out_elements() + before.sums() + gradient + convolution.scratch()
        });
        // A scratch that grows leaves the smaller one behind.
        2 * middle.chain([first, last]).max().unwrap_or(0) as u64 * FLOAT32
    }
}

fn moments(mixture: Mixture) -> usize {
    mixture.stored() + mixture.pairs() * mixture.filters
}

/// The first convolution, where its stage begins, the planes behind it, the weights of the depthwise convolution in the mixture, and
/// the layers behind the stage's batch normalisation.
type FirstStage<'l> = (InputConvolution, Mixture, Vec<Option<usize>>, usize, &'l [LayerKind]);

fn first_stage(kinds: &[LayerKind], shape: InputShape) -> Option<FirstStage<'_>> {
    let layout = |temporal: &ConvolutionSizes, span, filters| {
        Some(InputConvolution {
            span,
            channels: shape.channels,
            lanes: in_lanes(filters),
            taps: temporal.kernel.1,
            padding: temporal.plain_padding()?,
            time: shape.samples,
        })
    };
    match kinds {
        [
            LayerKind::Convolution(temporal),
            LayerKind::BatchNorm { .. },
            LayerKind::Convolution(depthwise),
            LayerKind::BatchNorm { .. },
            rest @ ..,
        ] => {
            let (filters, copies) = (depthwise.groups, depthwise.outputs / depthwise.groups);
            let mixture = Mixture { channels: shape.channels, filters: in_lanes(filters), copies };
            let first = layout(temporal, Span::EachChannel, temporal.outputs)?;
            Some((first, mixture, lanes_by_copy(filters, copies), depthwise.outputs * shape.channels, rest))
        }
        [
            LayerKind::Convolution(temporal),
            LayerKind::Convolution(spatial),
            LayerKind::BatchNorm { .. },
            rest @ ..,
        ] => {
            let mixture = Mixture::plain(in_lanes(spatial.outputs));
            let first = layout(temporal, Span::AllChannels, spatial.outputs)?;
            Some((first, mixture, lanes(spatial.outputs), 0, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
