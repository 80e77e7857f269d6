//! The launches of convolutions and of their gradients.

use super::{
    Plan, Set,
    arguments::{
        ConvolutionArguments, FROM_ARENA, FROM_DATA, FROM_ORDER, FirArguments, GradientArguments, NONE,
        NormArguments,
    },
    geometry::{convolution_blocks, fir_blocks, fir_gradient_blocks, gradient_blocks},
    network::{First, Planes},
    training::{Batch, Source},
};
use crate::launch::Launch;

impl Plan {
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
    pub(super) fn mixes_while_staging(&self) -> bool {
        self.stages.shape.channels <= 4
    }

    pub(super) fn fir_arguments(&self, taps: usize, batch: Batch) -> FirArguments {
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
    pub(super) fn of_data(
        &self,
        batch: Batch,
        taps: usize,
        output: u32,
        time: usize,
    ) -> ConvolutionArguments {
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

    pub(super) fn source(&self, batch: Batch) -> (u32, u32, u32) {
        match batch.source {
            Source::Order => (FROM_ORDER, self.layout.data.trials(Set::Train), batch.first as u32),
            Source::Laid(place) => (FROM_DATA, place, 0),
        }
    }

    pub(super) fn convolve(
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
        self.convolve(frame, taps, arguments, self.moments(number, batch.trials, is_training))
    }

    /// The gradient of what a later stage's convolution reads.
    pub(super) fn input_gradient(&self, number: usize, batch: Batch) -> Launch {
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
    pub(super) fn weight_gradient(&self, number: usize, batch: Batch) -> Launch {
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

    pub(super) fn product_gradient(
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
    pub(super) fn first_backward(&self, batch: Batch, launches: &mut Vec<Launch>) {
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
}
