//! The launches of an epoch's steps.

use super::{
    Plan, Set,
    arguments::{
        ConvolutionArguments, EndArguments, FROM_ARENA, FROM_DATA, FROM_ORDER, FirArguments,
        GradientArguments, JoinTask, JoinTasks, NONE, NormArguments, PrepareTasks, TailArguments,
    },
    geometry::{
        TAIL_THREADS, convolution_blocks, fir_blocks, fir_gradient_blocks, gradient_blocks, trials_a_part,
        windows_a_block,
    },
    layout::{blocks_of, features},
    network::{First, Planes},
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
fn elements(count: usize, threads: usize) -> [usize; 2] {
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

    pub(super) fn prepare(&self, tasks: &[super::arguments::PrepareTask], frame: super::Frame) -> Launch {
        const THREADS: usize = 128;
        let mut list = PrepareTasks::default();
        let mut blocks = 0;
        for (place, task) in list.list.iter_mut().zip(tasks) {
            *place = task.with_blocks(THREADS);
            blocks += place.blocks as usize;
        }
        self.launch(frame, "prepare", [blocks, 1], THREADS, THREADS as u64 * 8, |own| own.plain(&list))
    }

    /// What a normalisation needs of the blocks' moments and sums.
    fn norm_arguments(&self, number: usize, trials: usize) -> NormArguments {
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
    fn moments(&self, number: usize, trials: usize, is_training: bool) -> NormArguments {
        if is_training {
            return self.norm_arguments(number, trials);
        }
        NormArguments { partial: NONE, ..NormArguments::default() }
    }

    /// The first convolutions of a batch.
    pub(super) fn first_forward(
        &self,
        batch: Batch,
        is_training: bool,
        frame: super::Frame,
        launches: &mut Vec<Launch>,
    ) {
        let stage = &self.stages.stages[0];
        let planes = stage.planes.row();
        match self.stages.first {
            First::Merged { taps, .. } => {
                let arguments = self.of_data(batch, taps, self.layout.stages[0].stored, stage.time);
                launches.push(self.convolve(
                    frame,
                    taps,
                    arguments,
                    self.moments(0, batch.trials, is_training),
                ));
            }
            First::Mixed { taps, padding, .. } => {
                if !self.mixes_while_staging() {
                    let none = NormArguments { partial: NONE, ..NormArguments::default() };
                    let arguments =
                        self.of_data(batch, 1, self.layout.first.mixed, self.stages.shape.samples);
                    launches.push(self.convolve(frame, 1, arguments, none));
                }
                let blocks = fir_blocks(batch.trials, stage.time, planes);
                let arguments = FirArguments {
                    input: self.layout.first.mixed,
                    output: self.layout.stages[0].stored,
                    in_time: self.stages.shape.samples as u32,
                    out_time: stage.time as u32,
                    before: padding as u32,
                    ..self.fir_arguments(taps, batch)
                };
                let arguments =
                    FirArguments { width: blocks.width as u32, tiles: blocks.tiles as u32, ..arguments };
                let norm = self.moments(0, batch.trials, is_training);
                let shared = self.number_bytes * blocks.shared_numbers as u64;
                launches.push(self.launch(frame, "fir", blocks.grid, blocks.threads, shared, |own| {
                    own.plain(&arguments).plain(&norm)
                }));
            }
        }
    }

    /// Whether EEGNet's filters read the trials and mix the few channels themselves; then the mixture is not stored.
    fn mixes_while_staging(&self) -> bool {
        self.stages.shape.channels <= 4
    }

    fn fir_arguments(&self, taps: usize, batch: Batch) -> FirArguments {
        let (source, trials_input, first_trial) = self.source(batch);
        let planes = self.stages.stages[0].planes;
        let First::Mixed { temporal, .. } = self.stages.first else { return FirArguments::default() };
        FirArguments {
            planes: planes.row() as u32,
            padded: planes.padded() as u32,
            filters: planes.filters as u32,
            taps: taps as u32,
            weights: self.layout.state.tensor(temporal, 0),
            trials: batch.trials as u32,
            parts: self.layout.first.filter_parts,
            mixes: u32::from(self.mixes_while_staging()),
            source,
            trials_input,
            order_stride: self.order_stride(),
            first_trial,
            mixture: self.layout.first.weights,
            ..FirArguments::default()
        }
    }

    /// The convolution of trials of the data set.
    fn of_data(&self, batch: Batch, taps: usize, output: u32, time: usize) -> ConvolutionArguments {
        let shape = self.stages.shape;
        let (source, input, first_trial) = self.source(batch);
        ConvolutionArguments {
            source,
            input,
            order_stride: self.order_stride(),
            first_trial,
            weights: self.layout.first.weights,
            output,
            channels: shape.channels.next_multiple_of(4) as u32,
            planes: self.stages.stages[0].planes.row() as u32,
            taps: taps as u32,
            pitch: shape.samples as u32,
            rows: (batch.trials * shape.samples) as u32,
            valid_count: time as u32,
            ..ConvolutionArguments::default()
        }
    }

    fn source(&self, batch: Batch) -> (u32, u32, u32) {
        match batch.source {
            Source::Order => (FROM_ORDER, self.layout.data.trials(Set::Train), batch.first as u32),
            Source::Laid(place) => (FROM_DATA, place, 0),
        }
    }

    fn convolve(
        &self,
        frame: super::Frame,
        taps: usize,
        arguments: ConvolutionArguments,
        norm: NormArguments,
    ) -> Launch {
        let blocks = convolution_blocks(taps, arguments.rows as usize, arguments.planes as usize);
        let arguments = ConvolutionArguments { columns: blocks.columns as u32, ..arguments };
        let shared = self.number_bytes * blocks.shared_numbers as u64;
        self.launch(frame, blocks.name, blocks.grid, blocks.threads, shared, |own| {
            own.plain(&arguments).plain(&norm)
        })
    }

    /// The convolution of a later stage.
    pub(super) fn convolution(
        &self,
        number: usize,
        batch: Batch,
        is_training: bool,
        frame: super::Frame,
    ) -> Launch {
        let stage = &self.stages.stages[number];
        let (before, buffers) = (&self.layout.stages[number - 1], &self.layout.stages[number]);
        let taps = stage.convolution.map_or(1, |convolution| convolution.taps);
        let arguments = ConvolutionArguments {
            source: FROM_ARENA,
            input: before.result,
            weights: buffers.weights,
            output: buffers.stored,
            channels: self.stages.stages[number - 1].planes.row() as u32,
            planes: stage.planes.row() as u32,
            taps: taps as u32,
            pitch: buffers.pitch as u32,
            rows: (batch.trials * buffers.pitch) as u32,
            valid_count: stage.time as u32,
            ..ConvolutionArguments::default()
        };
        debug_assert_eq!(blocks_of(&self.stages, number, batch.trials).grid[0] > 0, batch.trials > 0);
        self.convolve(frame, taps, arguments, self.moments(number, batch.trials, is_training))
    }

    /// The gradient of what a later stage's convolution reads.
    fn input_gradient(&self, number: usize, batch: Batch) -> Launch {
        let stage = &self.stages.stages[number];
        let (before, buffers) = (&self.layout.stages[number - 1], &self.layout.stages[number]);
        let taps = stage.convolution.map_or(1, |convolution| convolution.taps);
        let arguments = ConvolutionArguments {
            source: FROM_ARENA,
            input: buffers.stored,
            weights: buffers.flipped,
            output: before.result,
            channels: stage.planes.row() as u32,
            planes: self.stages.stages[number - 1].planes.row() as u32,
            taps: taps as u32,
            pitch: buffers.pitch as u32,
            rows: (batch.trials * buffers.pitch) as u32,
            shift: taps as u32 - 1,
            valid_first: before.result_first as u32,
            valid_count: self.stages.stages[number - 1].out_time() as u32,
            ..ConvolutionArguments::default()
        };
        self.convolve(self.all(), taps, arguments, self.moments(number, batch.trials, false))
    }

    /// The gradient of a later stage's weights.
    fn weight_gradient(&self, number: usize, batch: Batch) -> Launch {
        let stage = &self.stages.stages[number];
        let (before, buffers) = (&self.layout.stages[number - 1], &self.layout.stages[number]);
        let arguments = GradientArguments {
            source: FROM_ARENA,
            input: before.result,
            slopes: buffers.stored,
            parts: buffers.parts,
            pitch: buffers.pitch as u32,
            ..GradientArguments::default()
        };
        let taps = stage.convolution.map_or(1, |convolution| convolution.taps);
        self.product_gradient(arguments, taps, batch, self.stages.stages[number - 1].planes, stage.planes)
    }

    fn product_gradient(
        &self,
        arguments: GradientArguments,
        taps: usize,
        batch: Batch,
        inputs: Planes,
        outputs: Planes,
    ) -> Launch {
        let rows = batch.trials * arguments.pitch as usize;
        let blocks = gradient_blocks(taps, rows, inputs.row(), outputs.row());
        let arguments = GradientArguments {
            channels: inputs.row() as u32,
            planes: outputs.row() as u32,
            taps: taps as u32,
            rows: rows as u32,
            rows_a_part: blocks.rows_a_part as u32,
            quads: blocks.quads as u32,
            channel_threads: blocks.channel_threads as u32,
            ..arguments
        };
        let shared = self.number_bytes * blocks.shared_numbers as u64;
        self.launch(self.all(), blocks.name, blocks.grid, blocks.threads, shared, |own| own.plain(&arguments))
    }

    /// The gradients of the first convolutions' weights.
    fn first_backward(&self, batch: Batch, launches: &mut Vec<Launch>) {
        let (stage, buffers) = (&self.stages.stages[0], &self.layout.stages[0]);
        let channels = Planes::plain(self.stages.shape.channels);
        let (source, input, first_trial) = self.source(batch);
        let of_data = GradientArguments {
            source,
            input,
            order_stride: self.order_stride(),
            first_trial,
            slopes: buffers.stored,
            parts: self.layout.first.parts,
            pitch: self.stages.shape.samples as u32,
            ..GradientArguments::default()
        };
        match self.stages.first {
            First::Merged { taps, .. } => {
                launches.push(self.product_gradient(of_data, taps, batch, channels, stage.planes));
            }
            First::Mixed { taps, padding, .. } => {
                let (samples, planes, mixed) =
                    (self.stages.shape.samples, stage.planes.row(), self.layout.first.mixed);
                let blocks = fir_gradient_blocks(batch.trials, stage.time, planes, taps);
                let arguments = FirArguments {
                    input: mixed,
                    output: buffers.stored,
                    in_time: samples as u32,
                    out_time: stage.time as u32,
                    before: padding as u32,
                    width: blocks.width as u32,
                    tiles: blocks.tiles as u32,
                    tiles_a_part: blocks.tiles_a_part as u32,
                    ..self.fir_arguments(taps, batch)
                };
                let shared = self.number_bytes * blocks.shared_numbers as u64;
                launches.push(self.launch(
                    self.all(),
                    "fir_gradient",
                    blocks.grid,
                    blocks.threads,
                    shared,
                    |own| own.plain(&arguments),
                ));
                // The gradient of the mixture takes its place.
                let blocks = fir_blocks(batch.trials, samples, planes);
                let arguments = FirArguments {
                    input: buffers.stored,
                    output: mixed,
                    in_time: stage.time as u32,
                    out_time: samples as u32,
                    before: (taps - 1 - padding) as u32,
                    is_flipped: 1,
                    mixes: 0,
                    width: blocks.width as u32,
                    tiles: blocks.tiles as u32,
                    ..arguments
                };
                let none = NormArguments { partial: NONE, ..NormArguments::default() };
                let shared = self.number_bytes * blocks.shared_numbers as u64;
                launches.push(self.launch(self.all(), "fir", blocks.grid, blocks.threads, shared, |own| {
                    own.plain(&arguments).plain(&none)
                }));
                let of_mixture = GradientArguments { slopes: mixed, ..of_data };
                launches.push(self.product_gradient(of_mixture, 1, batch, channels, stage.planes));
            }
        }
    }

    fn tail_arguments(&self, number: usize, batch: Batch, is_training: bool) -> TailArguments {
        let (stage, buffers) = (&self.stages.stages[number], &self.layout.stages[number]);
        TailArguments {
            stored: buffers.stored,
            pitch: buffers.pitch as u32,
            time: stage.time as u32,
            size: stage.pool as u32,
            windows: stage.out_time() as u32,
            result: buffers.result,
            result_pitch: buffers.result_pitch as u32,
            result_first: buffers.result_first as u32,
            planes: stage.planes.row() as u32,
            padded: stage.planes.padded() as u32,
            copies: stage.planes.copies as u32,
            lanes: sweep_kernels::in_lanes(stage.planes.filters) as u32,
            coefficients: buffers.coefficients,
            is_maximum: u32::from(stage.is_maximum),
            is_training: u32::from(is_training),
            layer: u32::from(stage.dropout),
            step: batch.number as u32 + 1,
            order_stride: self.order_stride(),
            trials: batch.trials as u32,
            rows: 0,
        }
    }

    /// A tail forward, or its second sweep backward.
    pub(super) fn tail(
        &self,
        kernel: &'static str,
        number: usize,
        batch: Batch,
        is_training: bool,
        frame: super::Frame,
    ) -> Launch {
        let stage = &self.stages.stages[number];
        let mut arguments = self.tail_arguments(number, batch, is_training);
        let mut windows = stage.out_time();
        if kernel == "tail_backward" {
            arguments.result = self.layout.stages[number].gradient;
            windows += usize::from(stage.out_time() * stage.pool < stage.time);
        }
        let count = batch.trials * windows * stage.planes.row() / 4;
        self.launch(frame, kernel, elements(count, TAIL_THREADS), TAIL_THREADS, 0, |own| {
            own.plain(&arguments)
        })
    }

    /// The first sweep backward.
    fn tail_sums(&self, number: usize, batch: Batch) -> Launch {
        let stage = &self.stages.stages[number];
        let windows = batch.trials * stage.out_time();
        let rows = windows_a_block(windows, stage.planes.row());
        let arguments = TailArguments {
            result: self.layout.stages[number].gradient,
            rows: rows as u32,
            ..self.tail_arguments(number, batch, true)
        };
        let norm = self.norm_arguments(number, batch.trials);
        let shared = self.number_bytes * 8 * TAIL_THREADS as u64;
        self.launch(self.all(), "tail_sums", [windows.div_ceil(rows), 1], TAIL_THREADS, shared, |own| {
            own.plain(&arguments).plain(&norm)
        })
    }

    pub(super) fn end_arguments(&self, batch: Batch) -> EndArguments {
        let (layout, dense) = (&self.layout, self.stages.dense);
        let last = &layout.stages[layout.stages.len() - 1];
        EndArguments {
            input: last.result,
            features: features(&self.stages) as u32,
            classes: dense.classes as u32,
            trials: batch.trials as u32,
            weights: layout.dense.weights,
            bias: layout.state.tensor(dense.layer, 1),
            gradient: last.gradient,
            slopes: layout.dense.slopes,
            losses: layout.dense.losses,
            labels: layout.data.labels,
            order_stride: self.order_stride(),
            first_trial: batch.first as u32,
            progress: layout.progress,
            counter: layout.counter,
            step: batch.number as u32 + 1,
            results_stride: self.program.stride(self.regions.results) as u32,
            parts: layout.dense.parts,
            trials_a_part: trials_a_part(batch.trials) as u32,
            ..EndArguments::default()
        }
    }

    /// Threads of a block of the end, and its shared memory.
    pub(super) fn end_block(&self) -> (usize, u64) {
        let threads = (features(&self.stages) / 4).next_multiple_of(32).clamp(32, 256);
        (threads, threads as u64 * 8 + 2 * 64 * self.number_bytes)
    }

    fn end_training(&self, batch: Batch) -> Launch {
        let mut arguments = self.end_arguments(batch);
        let state = &self.layout.state;
        let counters = (state.network.iter())
            .filter(|tensor| tensor.kind == super::TensorKind::Counter)
            .map(|tensor| tensor.offset)
            .chain([state.steps]);
        for (place, offset) in arguments.counter_at.iter_mut().zip(counters) {
            *place = offset as u32;
            arguments.counters += 1;
        }
        let (threads, shared) = self.end_block();
        self.launch(self.all(), "end_training", [batch.trials, 1], threads, shared, |own| {
            own.plain(&arguments)
        })
    }

    fn dense_gradient(&self, batch: Batch) -> Launch {
        let arguments = self.end_arguments(batch);
        let features = features(&self.stages) + 1;
        let grid = [features.div_ceil(128), batch.trials.div_ceil(trials_a_part(batch.trials))];
        self.launch(self.all(), "dense_gradient", grid, 128, 0, |own| own.plain(&arguments))
    }

    /// From parts of gradients to new parameters.
    fn update(&self, batch: Batch, launches: &mut Vec<Launch>) {
        let tasks = self.join_tasks(batch.number, batch.trials);
        let mut list = JoinTasks::default();
        let mut blocks = 0;
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
