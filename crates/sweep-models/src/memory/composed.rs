//! How much memory the composed form takes: the tensors that candle's graph of a step keeps, layer by layer, and the most that one
//! operation and its gradient take beside them. Counted by hand from `sweep_kernels::composed` and from candle's own convolution.

use sweep_job::Activation;
use sweep_networks::{Bias, Blueprint, ConvolutionSizes, LayerKind, Padding, Pooling};

use super::{FLOAT32, FLOAT64, Workload};
use crate::{InputShape, computation::EVALUATED_TOGETHER};

/// Outputs that candle's convolution computes together.
const TILE: u64 = 512;

/// The graph of a step with that of its gradients, and what passes beside them, in bytes.
pub(super) fn composed_memory(
    blueprint: &Blueprint,
    shape: InputShape,
    activation: Activation,
    work: &Workload,
) -> (u64, u64) {
    let input = [1, shape.channels, shape.samples].map(|size| size as u64);
    let graph = |trials: usize| Graph::of(blueprint, input, activation, (trials as u64, work.threads as u64));
    let step = graph(work.batches().max().unwrap_or(0));
    let evaluation = graph(EVALUATED_TOGETHER.min(work.evaluated_trials));
    // The gradients of the parameters are ends of a graph too, which keeps the gradients of the activations that they come from, and of
    // all constants. That is nearly as much as the forward pass keeps: measured, 0.8 to 1.0 of it.
    let kept = 2 * step.kept;
    // An evaluation keeps the tensors of one layer at a time.
    (kept, step.passing.max(evaluation.one_layer.saturating_sub(kept)))
}

/// What a layer keeps of its forward pass, and what passes in that and in the backward one, in bytes.
struct Passes {
    kept: u64,
    forward: u64,
    backward: u64,
}

/// Bytes of a graph.
struct Graph {
    /// What all layers keep until the gradients are there.
    kept: u64,
    /// The most that passes beside it.
    passing: u64,
    /// The most that one layer takes in an evaluation, with its input.
    one_layer: u64,
}

impl Graph {
    fn of(
        blueprint: &Blueprint,
        input: [u64; 3],
        activation: Activation,
        (trials, threads): (u64, u64),
    ) -> Self {
        let mut before = input;
        // The batch is taken from the data set.
        let mut graph = Self { kept: trials * product(input) * FLOAT32, passing: 0, one_layer: 0 };
        for layer in &blueprint.layers {
            let after = axes(&layer.output);
            let [x, y] = [before, after].map(|axes| trials * product(axes));
            let passes = |kept, backward| Passes { kept, forward: 0, backward };
            let Passes { kept, forward, backward } = match layer.kind {
                LayerKind::Convolution(sizes) => convolution(&sizes, (before, after), trials, threads),
                // Distances from the mean, their squares, and two of the shape of the output.
                LayerKind::BatchNorm { .. } => passes(4 * x * FLOAT32, 4 * x * FLOAT32),
                LayerKind::Activation => passes(activated(x, activation), 4 * x * FLOAT32),
                LayerKind::Pool { pooling, size } => {
                    passes(pooled((x, y), pooling, size as u64), (3 * x + 2 * y) * FLOAT32)
                }
                // Factors as float64, in two orders, then as float32.
                LayerKind::Dropout { .. } => passes(2 * x * FLOAT32, 4 * x * FLOAT64),
                LayerKind::Flatten => passes(0, x * FLOAT32),
                LayerKind::Dense { .. } => passes(8 * y * FLOAT32, (x + 2 * y) * FLOAT32),
            };
            graph.kept += kept;
            graph.passing = graph.passing.max(forward).max(backward);
            graph.one_layer = graph.one_layer.max(x * FLOAT32 + kept + forward);
            before = after;
        }
        graph
    }
}

/// `[plane, height, time]`; behind the flattening only features.
fn axes(output: &[usize]) -> [u64; 3] {
    match *output {
        [planes, height, time] => [planes, height, time].map(|size| size as u64),
        _ => [1, 1, output.iter().product::<usize>() as u64],
    }
}

fn product(axes: [u64; 3]) -> u64 {
    axes.into_iter().product()
}

fn convolution(
    sizes: &ConvolutionSizes,
    (before, after): ([u64; 3], [u64; 3]),
    trials: u64,
    threads: u64,
) -> Passes {
    let [planes, height, time] = before;
    let Padding { height: (top, bottom), time: (left, right) } = sizes.padding;
    let (around, along) = ((top + bottom) as u64, (left + right) as u64);
    let groups = sizes.groups as u64;
    // Zeros between the taps are taps, and of all outputs only every so many are kept.
    let spans = [(sizes.kernel.0, sizes.dilation.0), (sizes.kernel.1, sizes.dilation.1)];
    let [tall, long] = spans.map(|(taps, dilation)| ((taps - 1) * dilation + 1) as u64);
    let taps = tall * long;
    let x = trials * planes * (height + around) * (time + along);
    let all = [after[0], height + around + 1 - tall, time + along + 1 - long];
    let y = trials * product(all);
    let mut kept = y;
    if around + along > 0 {
        kept += x * (u64::from(around > 0) + u64::from(along > 0));
    }
    if sizes.stride != (1, 1) {
        // With zeros up to a whole number of strides, and what is kept.
        kept += 3 * y;
    }
    if groups > 1 || sizes.bias == Bias::With {
        kept += y;
    }
    // Of one group: its input with the axes in another order, and tiles of windows, one a thread.
    let (x_group, y_group) = (x / groups, y / groups);
    let windows = (planes / groups) * taps * TILE.min(all[1] * all[2]);
    let forward = x_group + threads * (windows + sizes.outputs as u64 / groups * TILE);
    // The gradient of the input: itself, the sum so far and the next, for all groups; of the weights: both operands with their axes in another
    // order, and for each thread the windows of one input plane over the whole batch.
    let to_input = 3 * x + y_group + 2 * y;
    let to_weights = 2 * x + 2 * y + x_group + y_group + threads * y_group_windows(trials, all, taps);
    Passes { kept: kept * FLOAT32, forward: forward * FLOAT32, backward: to_input.max(to_weights) * FLOAT32 }
}

/// Elements of the windows over one plane of a whole batch, for as many taps as are computed together.
fn y_group_windows(trials: u64, [_, height, time]: [u64; 3], taps: u64) -> u64 {
    trials * height * time * taps.min(TILE)
}

/// The choice is a byte an element.
fn activated(x: u64, activation: Activation) -> u64 {
    match activation {
        Activation::Relu | Activation::LeakyRelu { .. } => x + 2 * x * FLOAT32,
        Activation::Elu { .. } => x + 6 * x * FLOAT32,
    }
}

fn pooled((x, y): (u64, u64), pooling: Pooling, size: u64) -> u64 {
    let kept = match pooling {
        // The samples in whole windows, sums, and means.
        Pooling::Average => x + 2 * y,
        // Every sample of the windows by itself, and the largest so far.
        Pooling::Maximum => x + x + 2 * size * y,
    };
    kept * FLOAT32
}
