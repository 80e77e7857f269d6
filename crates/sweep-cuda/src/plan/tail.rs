//! The launches of what follows a convolution: tails, the dense layer and the loss.

use super::{
    Plan,
    arguments::{EndArguments, TailArguments},
    geometry::{TAIL_THREADS, trials_a_part, windows_a_block},
    layout::features,
    training::{Batch, elements},
};
use crate::launch::Launch;

impl Plan {
    pub(super) fn tail_arguments(&self, number: usize, batch: Batch, is_training: bool) -> TailArguments {
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
    pub(super) fn tail_sums(&self, number: usize, batch: Batch) -> Launch {
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

    pub(super) fn end_training(&self, batch: Batch) -> Launch {
        let mut arguments = self.end_arguments(batch);
        let state = &self.layout.state;
        let counters = (state.network.iter())
            .filter(|tensor| tensor.kind == super::TensorKind::Counter)
            .map(|tensor| tensor.offset)
            .chain([state.steps]);
        debug_assert!(counters.clone().count() <= arguments.counter_at.len());
        for (place, offset) in arguments.counter_at.iter_mut().zip(counters) {
            *place = offset as u32;
            arguments.counters += 1;
        }
        let (threads, shared) = self.end_block();
        self.launch(self.all(), "end_training", [batch.trials, 1], threads, shared, |own| {
            own.plain(&arguments)
        })
    }

    pub(super) fn dense_gradient(&self, batch: Batch) -> Launch {
        let arguments = self.end_arguments(batch);
        let features = features(&self.stages) + 1;
        let grid = [features.div_ceil(128), batch.trials.div_ceil(trials_a_part(batch.trials))];
        self.launch(self.all(), "dense_gradient", grid, 128, 0, |own| own.plain(&arguments))
    }
}
