//! How much memory the fused form takes, from its layout: no buffer is made and no weight drawn for it. It does not know data sets
//! or optimizers.

use sweep_kernels::{Mixture, Tail, Winograd};

use super::{
    EVALUATED_IN_CACHE, LEAST_TRIALS, Layout, MOST_PARTS,
    layout::{EndLayout, StageLayout},
    norm::Norm,
};
use crate::memory::{FLOAT32, FLOAT64, Workload};

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
    let parts = trials.div_ceil(EVALUATED_IN_CACHE).min(work.threads).max(1);
    let share = trials.div_ceil(parts);
    (0..parts).map(|part| EVALUATED_IN_CACHE.min(share).min(trials.saturating_sub(part * share))).collect()
}

/// Trials of each part of a batch, as `reserve` divides it.
fn parts_of(batch: usize) -> Vec<usize> {
    let parts = (batch / LEAST_TRIALS).clamp(1, MOST_PARTS);
    let bound = |part: usize| part * batch / parts;
    (0..parts).map(|part| bound(part + 1) - bound(part)).collect()
}

impl Layout {
    /// What a network of this layout takes for `work`.
    pub(crate) fn memory(&self, work: &Workload) -> FusedMemory {
        let Parts { trials, outgrown, count } = Parts::new(work);
        FusedMemory {
            core: self.core_bytes(),
            parts: count * self.part_bytes() + trials * self.trial_bytes(),
            outgrown: outgrown * self.trial_bytes(),
            scratch: work.threads as u64 * self.scratch_bytes(),
        }
    }

    fn tails(&self) -> impl Iterator<Item = &Tail> {
        self.stages.iter().map(|stage| &stage.tail)
    }

    /// Elements of a trial's result of a stage, as the next convolution reads it.
    fn result(&self, stage: usize, tail: &Tail) -> usize {
        match self.convolutions.get(stage) {
            Some(next) => next.layout.input_rows() * next.layout.lanes(),
            None => tail.out_elements(),
        }
    }

    /// Bytes of a trial in a part.
    fn trial_bytes(&self) -> u64 {
        let stages = self.tails().enumerate();
        let elements = stages.map(|(stage, tail)| tail.stored_elements() + self.result(stage, tail));
        elements.sum::<usize>() as u64 * FLOAT32
    }

    /// Bytes of a part beside its trials.
    fn part_bytes(&self) -> u64 {
        let layer = &self.end.layer;
        let gradients = self.first.layout.packed() + self.at_points() + layer.classes * layer.features;
        let of_stage = |tail: &Tail| {
            let moments = moments(tail.mixture) as u64;
            moments * (FLOAT32 + FLOAT64) + tail.sums() as u64 * FLOAT64
        };
        gradients as u64 * FLOAT32 + self.tails().map(of_stage).sum::<u64>() + layer.classes as u64 * FLOAT64
    }

    fn at_points(&self) -> usize {
        self.winograds().map(Winograd::gradient_elements).sum()
    }

    fn winograds(&self) -> impl Iterator<Item = &Winograd> {
        self.convolutions.iter().map(|convolution| &convolution.layout)
    }

    /// Bytes of the packed weights, coefficients and sums.
    fn core_bytes(&self) -> u64 {
        let (first, EndLayout { layer, order, .. }) = (&self.first.layout, &self.end);
        let packed = first.weights()
            + first.packed()
            + self.winograds().map(Winograd::packed_elements).sum::<usize>()
            + self.at_points()
            + layer.classes * (layer.features + 1);
        let of_stage = |stage: &StageLayout| {
            let mixture = stage.tail.mixture;
            let Mixture { channels, .. } = mixture;
            let (stored, planes) = (mixture.stored(), mixture.planes());
            let coefficients = (channels + 1) * planes + stored + (channels + 1) * stored;
            let sums = moments(mixture) + stage.tail.sums();
            // The gradient of a depthwise convolution is joined in memory of its own.
            let depthwise = match stage.norm {
                Norm::Mixed(_) => channels * planes,
                Norm::Plain(_) => 0,
            };
            coefficients as u64 * FLOAT32 + (sums + depthwise) as u64 * FLOAT64
        };
        // So is that of the first convolution.
        let joined = first.weights() as u64 * FLOAT32;
        let order = order.len() as u64 * size_of::<Option<usize>>() as u64;
        packed as u64 * FLOAT32 + self.stages.iter().map(of_stage).sum::<u64>() + joined + order
    }

    /// Bytes of scratch memory of a thread: the most that a pass asks for.
    fn scratch_bytes(&self) -> u64 {
        let first = self.tails().next().map_or(0, Tail::stored_elements) + self.first.layout.laid();
        let last = self.tails().last().map_or(0, |tail| tail.out_elements() + tail.sums());
        let middle = self.winograds().zip(self.tails()).map(|(convolution, before)| {
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

#[cfg(test)]
mod tests;
