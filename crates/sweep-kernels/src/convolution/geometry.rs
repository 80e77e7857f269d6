//! The sizes of a convolution, checked once.

use candle_core::{Result, Tensor};

use crate::real::refuse;

/// Sizes of a convolution of `[batch, groups * inputs, height, time]` with
/// `[groups * outputs, inputs, kernel_height, kernel_time]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) batch: usize,
    pub(crate) groups: usize,
    /// Input planes a group.
    pub(crate) inputs: usize,
    /// Output planes a group.
    pub(crate) outputs: usize,
    pub(crate) height: usize,
    pub(crate) time: usize,
    pub(crate) kernel_height: usize,
    pub(crate) kernel_time: usize,
    /// Zeros on either side of the time axis.
    pub(crate) padding: usize,
}

impl Geometry {
    /// The sizes that `x`, `weight` and `bias` have.
    pub(crate) fn new(
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        padding: usize,
        groups: usize,
    ) -> Result<Self> {
        let (batch, planes, height, time) = x.dims4()?;
        let (out_planes, inputs, kernel_height, kernel_time) = weight.dims4()?;
        let fits = groups > 0
            && planes == groups * inputs
            && out_planes.is_multiple_of(groups)
            && (1..=height).contains(&kernel_height)
            && (1..=time + 2 * padding).contains(&kernel_time)
            && bias.is_none_or(|bias| bias.dims() == [out_planes]);
        if !fits {
            return refuse(format!(
                "a convolution of {:?} with {:?} (bias {:?}) in {groups} groups, padding {padding}, cannot be",
                x.dims(),
                weight.dims(),
                bias.map(Tensor::dims),
            ));
        }
        let outputs = out_planes / groups;
        Ok(Self { batch, groups, inputs, outputs, height, time, kernel_height, kernel_time, padding })
    }

    pub(crate) fn out_height(&self) -> usize {
        self.height - self.kernel_height + 1
    }

    pub(crate) fn out_time(&self) -> usize {
        self.time + 2 * self.padding - self.kernel_time + 1
    }

    /// Positions of one output plane.
    pub(crate) fn positions(&self) -> usize {
        self.out_height() * self.out_time()
    }

    /// Weights of one output plane.
    pub(crate) fn depth(&self) -> usize {
        self.inputs * self.kernel_height * self.kernel_time
    }

    /// All output planes.
    pub(crate) fn out_planes(&self) -> usize {
        self.groups * self.outputs
    }

    /// Elements of one trial of the input.
    pub(crate) fn in_trial(&self) -> usize {
        self.groups * self.in_group()
    }

    /// Elements of one group of one trial of the input.
    pub(crate) fn in_group(&self) -> usize {
        self.inputs * self.height * self.time
    }

    /// Elements of one trial of the output.
    pub(crate) fn out_trial(&self) -> usize {
        self.out_planes() * self.positions()
    }

    /// Elements of one group of one trial of the output.
    pub(crate) fn out_group(&self) -> usize {
        self.outputs * self.positions()
    }

    /// Elements of all weights.
    pub(crate) fn weights(&self) -> usize {
        self.out_planes() * self.depth()
    }

    /// For kernel position `k` along time: the first output position whose input lies within the row, the first such
    /// input position, and how many there are.
    pub(crate) fn overlap(&self, k: usize) -> (usize, usize, usize) {
        let out_first = self.padding.saturating_sub(k);
        let in_first = (k + out_first).saturating_sub(self.padding);
        let count = (self.time.saturating_sub(in_first)).min(self.out_time().saturating_sub(out_first));
        (out_first.min(self.out_time()), in_first.min(self.time), count)
    }
}
