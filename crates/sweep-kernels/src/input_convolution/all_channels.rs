//! Filters over all channels and a few taps: one product of the weights with a trial whose channels stand side by side, so that
//! the samples under a filter follow one another.

use super::InputConvolution;
use crate::{
    product::{Left, Right, Size, Target, product},
    real::Real,
    vector::InstructionSet,
};

impl InputConvolution {
    /// Lays out a trial as `[padded time, channel]`.
    pub(super) fn lay_side_by_side<T: Real>(&self, trial: &[f32], laid: &mut [T]) {
        laid.fill(T::zero());
        for (channel, samples) in trial.chunks_exact(self.time).enumerate() {
            for (t, sample) in samples.iter().enumerate() {
                laid[(self.padding + t) * self.channels + channel] = T::from_f64(f64::from(*sample));
            }
        }
    }

    pub(super) fn forward_all<T: Real>(&self, set: InstructionSet, laid: &[T], packed: &[T], out: &mut [T]) {
        let size = Size { rows: self.out_time(), columns: self.lanes, depth: self.taps * self.channels };
        let left = Left { elements: laid, row_stride: self.channels, depth_stride: 1 };
        let right = Right { elements: packed, stride: self.lanes };
        product(set, size, left, right, (out, self.lanes), Target::Replace);
    }

    pub(super) fn add_gradient_all<T: Real>(
        &self,
        set: InstructionSet,
        laid: &[T],
        out: &[T],
        gradient: &mut [T],
    ) {
        let size = Size { rows: self.taps * self.channels, columns: self.lanes, depth: self.out_time() };
        let left = Left { elements: laid, row_stride: 1, depth_stride: self.channels };
        let right = Right { elements: out, stride: self.lanes };
        product(set, size, left, right, (gradient, self.lanes), Target::Add);
    }
}
