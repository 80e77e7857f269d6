//! What is made of the data set before any epoch.

use super::{
    Plan,
    arguments::{DataArguments, NONE},
    layout::lag_sums,
    network::First,
};
use crate::launch::Launch;

impl Plan {
    /// EEGNet: the lag sums of every train trial.
    pub(super) fn upload(&self) -> Vec<Launch> {
        let Some(arguments) = self.lag_arguments() else { return Vec::new() };
        vec![self.launch(
            super::Frame { members: 1, ..self.all() },
            "lag_trials",
            [self.work.train_trials, 1],
            128,
            0,
            |own| own.plain(&arguments),
        )]
    }

    /// EEGNet: the lag sums of every batch, at the beginning of an epoch.
    pub(super) fn lag_batches(&self) -> Option<Launch> {
        let arguments = self.lag_arguments()?;
        let entries = lag_sums(arguments.taps as usize);
        let grid = [entries.div_ceil(64), self.batches().count()];
        Some(self.launch(self.all(), "lag_batches", grid, 256, 256 * 8, |own| own.plain(&arguments)))
    }

    fn lag_arguments(&self) -> Option<DataArguments> {
        let First::Mixed { taps, padding, .. } = self.stages.first else { return None };
        let shape = self.stages.shape;
        Some(DataArguments {
            laid: self.layout.data.trials(super::Set::Train),
            trials: self.work.train_trials as u32,
            channels: shape.channels as u32,
            padded: shape.channels.next_multiple_of(4) as u32,
            time: shape.samples as u32,
            out_time: self.stages.stages[0].time as u32,
            before: padding as u32,
            taps: taps as u32,
            lags: self.layout.data.lags,
            batch_lags: self.layout.first.lags,
            batch: self.work.batch_size as u32,
            order_stride: self.order_stride(),
        })
        .filter(|arguments| arguments.lags != NONE)
    }
}
