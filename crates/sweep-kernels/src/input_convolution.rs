//! The convolution of the input, whose few planes are raw channels. It needs no gradient of its input.

use crate::{
    product::{Left, Right, Size, Target, product},
    real::Real,
    vector::InstructionSet,
};

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

    /// Elements of a trial laid out by [`lay`](Self::lay).
    pub fn laid(&self) -> usize {
        self.channels * self.padded_time()
    }

    fn padded_time(&self) -> usize {
        self.time + 2 * self.padding
    }

    /// Lays out a trial `[channel, time]`: padded, and where the filters span all channels with these side by side.
    pub fn lay<T: Real>(&self, trial: &[f32], laid: &mut [T]) {
        let (padded, padding) = (self.padded_time(), self.padding);
        laid[..self.laid()].fill(T::zero());
        for (channel, samples) in trial.chunks_exact(self.time).enumerate() {
            for (t, sample) in samples.iter().enumerate() {
                let at = match self.span {
                    Span::AllChannels => (padding + t) * self.channels + channel,
                    Span::EachChannel => channel * padded + padding + t,
                };
                laid[at] = T::from_f64(f64::from(*sample));
            }
        }
    }

    /// The result of a laid-out trial, without bias.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn forward<T: Real>(&self, set: InstructionSet, laid: &[T], weights: &[T], out: &mut [T]) {
        let (rows, columns, row) = (self.out_time(), self.lanes, self.out_row());
        let right = Right { elements: weights, stride: self.lanes };
        match self.span {
            Span::AllChannels => {
                let size = Size { rows, columns, depth: self.taps * self.channels };
                let left = Left { elements: laid, row_stride: self.channels, depth_stride: 1 };
                product(set, size, left, right, (out, row), Target::Replace);
            }
            Span::EachChannel => {
                for channel in 0..self.channels {
                    let size = Size { rows, columns, depth: self.taps };
                    let left = self.channel(laid, channel);
                    product(set, size, left, right, (&mut out[channel * self.lanes..], row), Target::Replace);
                }
            }
        }
    }

    /// Adds the gradient of the weights, from that of the result.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn add_gradient<T: Real>(&self, set: InstructionSet, laid: &[T], out: &[T], gradient: &mut [T]) {
        let (depth, columns, row) = (self.out_time(), self.lanes, self.out_row());
        match self.span {
            Span::AllChannels => {
                let size = Size { rows: self.taps * self.channels, columns, depth };
                let left = Left { elements: laid, row_stride: 1, depth_stride: self.channels };
                let right = Right { elements: out, stride: row };
                product(set, size, left, right, (gradient, self.lanes), Target::Add);
            }
            Span::EachChannel => {
                for channel in 0..self.channels {
                    let size = Size { rows: self.taps, columns, depth };
                    let right = Right { elements: &out[channel * self.lanes..], stride: row };
                    let left = self.channel(laid, channel);
                    product(set, size, left, right, (&mut *gradient, self.lanes), Target::Add);
                }
            }
        }
    }

    /// A channel's samples as a Toeplitz matrix.
    fn channel<'a, T>(&self, laid: &'a [T], channel: usize) -> Left<'a, T> {
        let padded = self.padded_time();
        Left { elements: &laid[channel * padded..][..padded], row_stride: 1, depth_stride: 1 }
    }
}
