//! The convolution of the input, whose few planes are raw channels. It needs no gradient of its input.

mod all_channels;
mod each_channel;

use crate::{real::Real, vector::InstructionSet};

/// What the filters span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// All channels: the result is `[out_time, lane]`, and the weights `[tap, channel, lane]`.
    AllChannels,
    /// One channel, each with the same filters: the result is `[out_time, channel, lane]`, and the weights `[tap, lane]`.
    EachChannel,
}

/// Sizes of a convolution of a trial `[channel, time]` along time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputConvolution {
    /// What its filters span.
    pub span: Span,
    /// Channels of the input.
    pub channels: usize,
    /// Filters, padded to whole vectors.
    pub lanes: usize,
    /// Taps of a filter.
    pub taps: usize,
    /// Zeros on either side.
    pub padding: usize,
    /// Samples of the input.
    pub time: usize,
}

impl InputConvolution {
    /// Samples of the output.
    pub fn out_time(&self) -> usize {
        self.padded_time() + 1 - self.taps
    }

    /// Elements of an output row.
    pub fn out_row(&self) -> usize {
        match self.span {
            Span::AllChannels => self.lanes,
            Span::EachChannel => self.channels * self.lanes,
        }
    }

    /// Elements of the weights.
    pub fn weights(&self) -> usize {
        match self.span {
            Span::AllChannels => self.taps * self.channels * self.lanes,
            Span::EachChannel => self.taps * self.lanes,
        }
    }

    /// Elements of the weights as the kernel reads them.
    pub fn packed(&self) -> usize {
        match self.span {
            Span::AllChannels => self.weights(),
            Span::EachChannel => self.packed_at_points(),
        }
    }

    /// Elements of a trial laid out by [`lay`](Self::lay), with the kernel's own room.
    pub fn laid(&self) -> usize {
        match self.span {
            Span::AllChannels => self.channels * self.padded_time(),
            Span::EachChannel => self.laid_at_points(),
        }
    }

    fn padded_time(&self) -> usize {
        self.time + 2 * self.padding
    }

    fn out_elements(&self) -> usize {
        self.out_time() * self.out_row()
    }

    /// Brings `weights` into the kernel's order.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn pack<T: Real>(&self, set: InstructionSet, weights: &[T], packed: &mut [T]) {
        match self.span {
            Span::AllChannels => packed[..self.weights()].copy_from_slice(&weights[..self.weights()]),
            Span::EachChannel => self.pack_at_points(set, weights, packed),
        }
    }

    /// The gradient of the weights from that of the packed ones.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn weight_gradient<T: Real>(&self, set: InstructionSet, packed: &[T], gradient: &mut [T]) {
        match self.span {
            Span::AllChannels => gradient[..self.weights()].copy_from_slice(&packed[..self.weights()]),
            Span::EachChannel => self.gradient_from_points(set, packed, gradient),
        }
    }

    /// Lays out a trial `[channel, time]` as the kernel reads it.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn lay<T: Real>(&self, set: InstructionSet, trial: &[f32], laid: &mut [T]) {
        let (trial, laid) = (&trial[..self.channels * self.time], &mut laid[..self.laid()]);
        match self.span {
            Span::AllChannels => self.lay_side_by_side(trial, laid),
            Span::EachChannel => self.lay_at_points(set, trial, laid),
        }
    }

    /// The result of a laid-out trial, without bias.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn forward<T: Real>(&self, set: InstructionSet, laid: &mut [T], packed: &[T], out: &mut [T]) {
        let (laid, out) = (&mut laid[..self.laid()], &mut out[..self.out_elements()]);
        match self.span {
            Span::AllChannels => self.forward_all(set, laid, packed, out),
            Span::EachChannel => self.forward_each(set, laid, packed, out),
        }
    }

    /// Adds the gradient of the packed weights, from that of the result.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn add_gradient<T: Real>(&self, set: InstructionSet, laid: &mut [T], out: &[T], gradient: &mut [T]) {
        let (laid, out) = (&mut laid[..self.laid()], &out[..self.out_elements()]);
        match self.span {
            Span::AllChannels => self.add_gradient_all(set, laid, out, gradient),
            Span::EachChannel => self.add_gradient_each(set, laid, out, gradient),
        }
    }
}
