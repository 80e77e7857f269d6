//! Lists of small tasks that one launch does: packing weights, joining parts of gradients, updating parameters, checking a state.

use sweep_networks::Bound;

use super::{
    Plan,
    arguments::{
        BIASES, CONVOLUTION_BOUND, DENSE_BOUND, ELEMENTS, EpochArguments, EpochTensor, FIRST_MOMENT,
        FIRST_NORM, JOIN_CONVOLUTION, JOIN_DENSE, JOIN_FILTERS, JOIN_MERGED, JoinTask, NO_BOUND, NONE, PACK,
        PACK_DENSE, PACK_MERGED, PLAIN_NUMBERS, PrepareTask, RUNNING, SECOND_MOMENT, SplitArguments,
        UpdateArguments, UpdateTensor, VARIANCE,
    },
    geometry::{fir_gradient_blocks, gradient_blocks, trials_a_part},
    layout::features,
    network::{First, Planes},
    state::TensorKind,
};

/// Numbers of a row of a parameter that has no bound on its norm: what a block updates.
const ROW: usize = 512;
/// Threads of a block that works on a list.
pub(super) const LISTED: usize = 128;

/// How planes stand: padded filters, filters and copies.
fn places(planes: Planes) -> (u32, u32, u32) {
    (planes.padded() as u32, planes.filters as u32, planes.copies as u32)
}

/// How the outputs and inputs of a weight stand, for both lists of tasks.
macro_rules! with_planes {
    ($($task:ident),*) => { $(
        impl $task {
            fn outputs(mut self, planes: Planes) -> Self {
                (self.out_padded, self.out_filters, self.out_copies) = places(planes);
                self.planes = planes.row() as u32;
                self
            }

            fn inputs(mut self, planes: Planes) -> Self {
                (self.in_padded, self.in_filters, self.in_copies) = places(planes);
                self.channels = planes.row() as u32;
                self
            }
        }
    )* };
}
with_planes!(PrepareTask, JoinTask);

impl PrepareTask {
    /// Divides the task into blocks of this many threads.
    pub(super) fn with_blocks(mut self, threads: usize) -> Self {
        let elements = match self.kind {
            PACK | PACK_MERGED | PACK_DENSE => self.taps * self.channels * self.planes,
            // A block each.
            FIRST_NORM => self.filters * threads as u32,
            _ => self.planes,
        };
        let of_thread = if matches!(self.kind, PACK | PACK_MERGED | PACK_DENSE) { ELEMENTS } else { 1 };
        self.blocks = elements.div_ceil(threads as u32 * of_thread);
        self
    }
}

impl Plan {
    fn channels(&self) -> Planes {
        Planes::plain(self.stages.shape.channels)
    }

    /// Weights in the kernels' orders.
    fn packings(&self) -> Vec<PrepareTask> {
        let (state, layout) = (&self.layout.state, &self.layout);
        let empty = PrepareTask { flipped: NONE, ..PrepareTask::default() };
        let planes = self.stages.stages[0].planes;
        let first = match self.stages.first {
            First::Mixed { depthwise, .. } => {
                PrepareTask { kind: PACK, weight: state.tensor(depthwise, 0), taps: 1, ..empty }
            }
            First::Merged { temporal, spatial, filters, taps } => PrepareTask {
                kind: PACK_MERGED,
                temporal: state.tensor(temporal, 0),
                spatial: state.tensor(spatial, 0),
                filters: filters as u32,
                taps: taps as u32,
                ..empty
            },
        };
        let first = PrepareTask { target: layout.first.weights, ..first };
        let mut tasks = vec![first.outputs(planes).inputs(self.channels())];
        for (number, stage) in self.stages.stages.iter().enumerate() {
            let Some(convolution) = stage.convolution else { continue };
            let task = PrepareTask {
                kind: PACK,
                target: layout.stages[number].weights,
                flipped: layout.stages[number].flipped,
                weight: state.tensor(convolution.layer, 0),
                taps: convolution.taps as u32,
                ..empty
            };
            tasks.push(task.outputs(stage.planes).inputs(self.stages.stages[number - 1].planes));
        }
        let (last, dense) = (self.stages.stages.last(), self.stages.dense);
        if let Some(last) = last {
            let task = PrepareTask {
                kind: PACK_DENSE,
                target: layout.dense.weights,
                weight: state.tensor(dense.layer, 0),
                taps: last.out_time() as u32,
                ..empty
            };
            tasks.push(PrepareTask { channels: dense.classes as u32, ..task.outputs(last.planes) });
        }
        tasks
    }

    /// What is added before the normalisation of a stage.
    fn bias_task(&self, number: usize) -> PrepareTask {
        let state = &self.layout.state;
        let mut task = PrepareTask { bias: NONE, temporal_bias: NONE, ..PrepareTask::default() };
        match (self.stages.stages[number].convolution, self.stages.first) {
            (Some(convolution), _) if convolution.has_bias => task.bias = state.tensor(convolution.layer, 1),
            (None, First::Merged { temporal, spatial, filters, .. }) => {
                task.bias = state.tensor(spatial, 1);
                task.temporal_bias = state.tensor(temporal, 1);
                task.spatial = state.tensor(spatial, 0);
                task.filters = filters as u32;
            }
            _ => {}
        }
        task.outputs(self.stages.stages[number].planes).inputs(self.channels())
    }

    /// What a step begins with.
    pub(super) fn training_tasks(&self, batch: usize, trials: usize) -> Vec<PrepareTask> {
        let mut tasks = self.packings();
        let (state, layout) = (&self.layout.state, &self.layout);
        for (number, stage) in layout.stages.iter().enumerate() {
            let task = self.bias_task(number);
            if task.bias != NONE {
                tasks.push(PrepareTask { kind: BIASES, target: stage.biases, ..task });
            }
        }
        if let First::Mixed { temporal, norm, taps, .. } = self.stages.first {
            tasks.push(PrepareTask {
                kind: FIRST_NORM,
                target: layout.first.norm,
                weight: state.tensor(norm, 0),
                temporal: state.tensor(temporal, 0),
                filters: self.stages.stages[0].planes.filters as u32,
                taps: taps as u32,
                in_filters: self.stages.shape.channels as u32,
                running_mean: state.tensor(norm, 2),
                running_variance: state.tensor(norm, 3),
                lags: self.batch_lags(batch, taps),
                products: layout.first.products,
                rows: (trials * self.stages.stages[0].time) as u32,
                progress: layout.progress,
                ..PrepareTask::default()
            });
        }
        tasks
    }

    /// What an evaluation begins with.
    pub(super) fn evaluation_tasks(&self) -> Vec<PrepareTask> {
        let mut tasks = self.packings();
        let state = &self.layout.state;
        for (number, stage) in self.stages.stages.iter().enumerate() {
            let mut task = PrepareTask {
                kind: RUNNING,
                target: self.layout.stages[number].coefficients,
                weight: state.tensor(stage.norm, 0),
                norm_bias: state.tensor(stage.norm, 1),
                running_mean: state.tensor(stage.norm, 2),
                running_variance: state.tensor(stage.norm, 3),
                first: NONE,
                ..self.bias_task(number)
            };
            if let (0, First::Mixed { norm, depthwise, .. }) = (number, self.stages.first) {
                task.spatial = state.tensor(depthwise, 0);
                task.first = state.tensor(norm, 0);
                task.first_bias = state.tensor(norm, 1);
                task.first_mean = state.tensor(norm, 2);
                task.first_variance = state.tensor(norm, 3);
            }
            tasks.push(task);
        }
        tasks
    }

    /// The sums of the parts of all gradients.
    pub(super) fn join_tasks(&self, batch: usize, trials: usize) -> Vec<JoinTask> {
        let (state, layout) = (&self.layout.state, &self.layout);
        let target = |layer, index| layout.gradients + state.gradient(layer, index);
        let channels = self.channels();
        let of_product = |taps: usize, inputs: Planes, outputs: Planes, pitch: usize, parts: u32| {
            let size = taps * inputs.row() * outputs.row();
            let blocks = gradient_blocks(taps, trials * pitch, inputs.row(), outputs.row());
            let task = JoinTask {
                kind: JOIN_CONVOLUTION,
                parts,
                count: blocks.parts as u32,
                part_stride: size as u32,
                elements: size as u32,
                taps: taps as u32,
                ..JoinTask::default()
            };
            task.outputs(outputs).inputs(inputs)
        };
        let first_planes = self.stages.stages[0].planes;
        let samples = self.stages.shape.samples;
        let mut tasks = Vec::new();
        match self.stages.first {
            First::Mixed { temporal, depthwise, taps, .. } => {
                let task = of_product(1, channels, first_planes, samples, layout.first.parts);
                tasks.push(JoinTask { target: target(depthwise, 0), ..task });
                let time = self.stages.stages[0].time;
                let blocks = fir_gradient_blocks(trials, time, first_planes.row(), taps);
                let task = JoinTask {
                    kind: JOIN_FILTERS,
                    parts: layout.first.filter_parts,
                    count: blocks.grid[0] as u32,
                    part_stride: (taps * first_planes.row()) as u32,
                    elements: (first_planes.filters * taps) as u32,
                    target: target(temporal, 0),
                    taps: taps as u32,
                    first: layout.first.norm,
                    joint: layout.first.joint,
                    products: layout.first.products,
                    lags: self.batch_lags(batch, taps),
                    ..JoinTask::default()
                };
                tasks.push(task.outputs(first_planes));
            }
            First::Merged { taps, .. } => {
                let task = of_product(taps, channels, first_planes, samples, layout.first.parts);
                tasks.push(JoinTask { kind: JOIN_MERGED, target: layout.first.total, ..task });
            }
        }
        for (number, stage) in self.stages.stages.iter().enumerate() {
            let Some(convolution) = stage.convolution else { continue };
            let super::layout::StageLayout { pitch, parts, .. } = layout.stages[number];
            let inputs = self.stages.stages[number - 1].planes;
            let task = of_product(convolution.taps, inputs, stage.planes, pitch, parts);
            tasks.push(JoinTask { target: target(convolution.layer, 0), ..task });
        }
        if let Some(last) = self.stages.stages.last() {
            let (features, dense) = (features(&self.stages), self.stages.dense);
            let task = JoinTask {
                kind: JOIN_DENSE,
                parts: layout.dense.parts,
                count: trials.div_ceil(trials_a_part(trials)) as u32,
                part_stride: (dense.classes * (features + 4)) as u32,
                elements: (dense.classes * (features + 1)) as u32,
                target: target(dense.layer, 0),
                bias_target: target(dense.layer, 1),
                taps: last.out_time() as u32,
                ..JoinTask::default()
            };
            tasks.push(task.outputs(last.planes));
        }
        tasks
    }

    /// The gradients of two convolutions that were merged.
    pub(super) fn split_arguments(&self) -> Option<SplitArguments> {
        let First::Merged { temporal, spatial, filters, taps } = self.stages.first else { return None };
        let (state, layout) = (&self.layout.state, &self.layout);
        let planes = self.stages.stages[0].planes;
        Some(SplitArguments {
            total: layout.first.total,
            temporal: state.tensor(temporal, 0),
            spatial: state.tensor(spatial, 0),
            temporal_gradient: layout.gradients + state.gradient(temporal, 0),
            spatial_gradient: layout.gradients + state.gradient(spatial, 0),
            filters: filters as u32,
            outputs: planes.filters as u32,
            channels: self.stages.shape.channels as u32,
            padded_channels: self.channels().row() as u32,
            planes: planes.row() as u32,
            taps: taps as u32,
        })
    }

    /// The update of all parameters, and how many blocks it has.
    pub(super) fn update_arguments(&self) -> (UpdateArguments, usize) {
        let (state, layout) = (&self.layout.state, &self.layout);
        let mut arguments = UpdateArguments {
            gradients: layout.gradients,
            first_moments: state.first_moments as u32,
            second_moments: state.second_moments as u32,
            gradient_count: state.gradients as u32,
            clip: layout.clip,
            counter: layout.counter,
            has_clip: u32::from(self.work.has_clip),
            step: state.steps as u32,
            progress: layout.progress,
            ..UpdateArguments::default()
        };
        let mut blocks = 0;
        debug_assert!(state.parameters.len() <= arguments.list.len());
        for (place, parameter) in arguments.list.iter_mut().zip(&state.parameters) {
            let tensor = &state.network[parameter.tensor];
            let (bound, row) = match parameter.bound {
                Bound::None => (NO_BOUND, ROW),
                Bound::Convolution => (CONVOLUTION_BOUND, tensor.length / tensor.shape[0]),
                Bound::Dense => (DENSE_BOUND, tensor.length / tensor.shape[0]),
            };
            let rows = tensor.length.div_ceil(row);
            blocks += rows;
            *place = UpdateTensor {
                parameter: tensor.offset as u32,
                gradient: parameter.gradient as u32,
                length: tensor.length as u32,
                row: row as u32,
                rows: rows as u32,
                bound,
            };
        }
        (arguments, blocks)
    }

    /// The begin and the end of an epoch, and how many tensors are checked.
    pub(super) fn epoch_arguments(&self) -> (EpochArguments, usize) {
        let (state, layout) = (&self.layout.state, &self.layout);
        let mut arguments = EpochArguments {
            progress: layout.progress,
            flags: layout.flags,
            counter: layout.counter,
            results_stride: self.program.stride(self.regions.results) as u32,
            order_stride: self.order_stride(),
            ..EpochArguments::default()
        };
        let tensors = self.checked_tensors();
        debug_assert!(tensors.len() <= arguments.list.len());
        for (place, tensor) in arguments.list.iter_mut().zip(&tensors) {
            let kind = match tensor.kind {
                TensorKind::Variance => VARIANCE,
                TensorKind::Moment if tensor.offset < state.second_moments => FIRST_MOMENT,
                TensorKind::Moment => SECOND_MOMENT,
                _ => PLAIN_NUMBERS,
            };
            *place = EpochTensor { at: tensor.offset as u32, length: tensor.length as u32, kind };
        }
        (arguments, tensors.len())
    }
}
