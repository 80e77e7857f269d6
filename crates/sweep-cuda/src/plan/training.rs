//! The launches of an epoch's steps.

use super::{
    Plan,
    arguments::{JoinTask, JoinTasks, NONE, NormArguments, PrepareTasks},
    layout::lag_sums,
    network::First,
    tasks::LISTED,
};
use crate::launch::Launch;

/// A batch of an epoch, or trials that are evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    /// Its number in the epoch, from 0.
    pub(super) number: usize,
    pub(super) first: usize,
    pub(super) trials: usize,
    pub(super) source: Source,
}

/// Where the trials of a batch lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// In the train set, in the member's order.
    Order,
    /// One after another, from this place of the data set on.
    Laid(u32),
}

/// The grid of a launch with a thread for each element.
pub(super) fn elements(count: usize, threads: usize) -> [usize; 2] {
    [count.div_ceil(threads), 1]
}

impl Plan {
    /// All steps of an epoch.
    pub(super) fn training(&self) -> Vec<Launch> {
        let (arguments, _) = self.epoch_arguments();
        let mut launches =
            vec![self.launch(self.all(), "begin_epoch", [1, 1], 32, 0, |own| own.plain(&arguments))];
        launches.extend(self.lag_batches());
        for (number, (first, trials)) in self.batches().enumerate() {
            self.step(Batch { number, first, trials, source: Source::Order }, &mut launches);
        }
        launches
    }

    fn step(&self, batch: Batch, launches: &mut Vec<Launch>) {
        let last = self.stages.stages.len() - 1;
        launches.push(self.prepare(&self.training_tasks(batch.number, batch.trials), self.all()));
        self.first_forward(batch, true, self.all(), launches);
        for stage in 1..=last {
            launches.push(self.tail("tail_forward", stage - 1, batch, true, self.all()));
            launches.push(self.convolution(stage, batch, true, self.all()));
        }
        launches.push(self.tail("tail_forward", last, batch, true, self.all()));
        launches.push(self.end_training(batch));
        launches.push(self.dense_gradient(batch));
        for stage in (0..=last).rev() {
            launches.push(self.tail_sums(stage, batch));
            launches.push(self.tail("tail_backward", stage, batch, true, self.all()));
            if stage > 0 {
                launches.push(self.weight_gradient(stage, batch));
                launches.push(self.input_gradient(stage, batch));
            }
        }
        self.first_backward(batch, launches);
        self.update(batch, launches);
    }

    /// The offset of a batch's lag sums. They are always doubles, even if the plan's numbers are floats.
    pub(super) fn batch_lags(&self, batch: usize, taps: usize) -> u32 {
        self.layout.first.lags + (8 / self.number_bytes as usize * batch * lag_sums(taps)) as u32
    }

    pub(super) fn prepare(&self, tasks: &[super::arguments::PrepareTask], frame: super::Frame) -> Launch {
        const THREADS: usize = 128;
        let mut list = PrepareTasks::default();
        let mut blocks = 0;
        debug_assert!(tasks.len() <= list.list.len());
        for (place, task) in list.list.iter_mut().zip(tasks) {
            *place = task.with_blocks(THREADS);
            blocks += place.blocks as usize;
        }
        self.launch(frame, "prepare", [blocks, 1], THREADS, THREADS as u64 * 8, |own| own.plain(&list))
    }

    /// What a normalisation needs of the blocks' moments and sums.
    pub(super) fn norm_arguments(&self, number: usize, trials: usize) -> NormArguments {
        let (stage, layout) = (&self.stages.stages[number], &self.layout);
        let (state, buffers) = (&layout.state, &layout.stages[number]);
        let gradient = |layer, index| layout.gradients + state.gradient(layer, index);
        let mut arguments = NormArguments {
            partial: layout.partial,
            counter: layout.counter,
            rows: (trials * stage.time) as u32,
            planes: stage.planes.row() as u32,
            padded: stage.planes.padded() as u32,
            filters: stage.planes.filters as u32,
            copies: stage.planes.copies as u32,
            coefficients: buffers.coefficients,
            statistics: buffers.statistics,
            progress: layout.progress,
            bias_values: buffers.biases,
            weight: state.tensor(stage.norm, 0),
            bias: state.tensor(stage.norm, 1),
            running_mean: state.tensor(stage.norm, 2),
            running_variance: state.tensor(stage.norm, 3),
            weight_gradient: gradient(stage.norm, 0),
            bias_gradient: gradient(stage.norm, 1),
            first: NONE,
            ..NormArguments::default()
        };
        if let (0, First::Mixed { norm, depthwise, .. }) = (number, self.stages.first) {
            arguments.first = layout.first.norm;
            arguments.first_bias = state.tensor(norm, 1);
            arguments.first_weight_gradient = gradient(norm, 0);
            arguments.depthwise = state.tensor(depthwise, 0);
            arguments.channels = self.stages.shape.channels as u32;
            arguments.joint = layout.first.joint;
        }
        arguments
    }

    /// What normalises a stage after a forward pass; nothing in an evaluation.
    pub(super) fn moments(&self, number: usize, trials: usize, is_training: bool) -> NormArguments {
        if is_training {
            return self.norm_arguments(number, trials);
        }
        NormArguments { partial: NONE, ..NormArguments::default() }
    }

    /// From parts of gradients to new parameters.
    fn update(&self, batch: Batch, launches: &mut Vec<Launch>) {
        let tasks = self.join_tasks(batch.number, batch.trials);
        let mut list = JoinTasks::default();
        let mut blocks = 0;
        debug_assert!(tasks.len() <= list.list.len());
        for (place, task) in list.list.iter_mut().zip(tasks) {
            *place = JoinTask { blocks: task.elements.div_ceil(LISTED as u32), ..task };
            blocks += place.blocks as usize;
        }
        launches.push(self.launch(self.all(), "join", [blocks, 1], LISTED, 0, |own| own.plain(&list)));
        if let Some(arguments) = self.split_arguments() {
            let count = arguments.filters * (arguments.taps + arguments.outputs * arguments.channels);
            launches.push(self.launch(self.all(), "split", elements(count as usize, 128), 128, 0, |own| {
                own.plain(&arguments)
            }));
        }
        let (arguments, blocks) = self.update_arguments();
        if self.work.has_clip {
            let blocks = (arguments.gradient_count as usize).div_ceil(4096).min(32);
            launches.push(
                self.launch(self.all(), "clip", [blocks, 1], 256, 256 * 8, |own| own.plain(&arguments)),
            );
        }
        launches
            .push(self.launch(self.all(), "update", [blocks, 1], 128, 128 * 8, |own| own.plain(&arguments)));
    }
}
