//! The sizes of a convolution.

/// Sizes of a convolution; pairs are height and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvolutionSizes {
    /// Planes that it reads; the builder sets them.
    pub inputs: usize,
    /// Planes that it gives.
    pub outputs: usize,
    /// Taps of a kernel.
    pub kernel: (usize, usize),
    /// Zeros around the input.
    pub padding: Padding,
    /// Distance of neighbouring outputs.
    pub stride: (usize, usize),
    /// Distance of neighbouring taps.
    pub dilation: (usize, usize),
    /// Groups of planes that are convolved by themselves.
    pub groups: usize,
    /// Whether it has a bias.
    pub bias: Bias,
    /// Which bound on norms holds for it.
    pub bound: Bound,
    /// What its weights are drawn from.
    pub initial: Initial,
}

/// Zeros around the input of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Padding {
    /// Above and below.
    pub height: (usize, usize),
    /// Before and behind.
    pub time: (usize, usize),
}

/// Whether a convolution has a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It has one.
    With,
    /// It has none.
    Without,
}

/// Which of the job's bounds on norms holds for the weights of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// None.
    None,
    /// That of convolutions.
    Convolution,
    /// That of the dense layer.
    Dense,
}

/// What new weights are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initial {
    /// PyTorch's default: weights and bias uniform in +-1/sqrt(fan_in).
    FanIn,
    /// `xavier_uniform_`: weights uniform in +-sqrt(6 / (fan_in + fan_out)), and a bias of zeros.
    Xavier,
}

impl Padding {
    /// So many zeros before and behind, and none above and below.
    pub const fn along_time(zeros: usize) -> Self {
        Self { height: (0, 0), time: (zeros, zeros) }
    }
}

impl ConvolutionSizes {
    /// A convolution to `outputs` planes with stride 1, without zeros, in one group, with a bias, and no bound on norms.
    pub const fn new(outputs: usize, kernel: (usize, usize)) -> Self {
        Self {
            inputs: 0,
            outputs,
            kernel,
            padding: Padding { height: (0, 0), time: (0, 0) },
            stride: (1, 1),
            dilation: (1, 1),
            groups: 1,
            bias: Bias::With,
            bound: Bound::None,
            initial: Initial::FanIn,
        }
    }

    /// Shape of the weights.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.outputs, self.inputs.checked_div(self.groups).unwrap_or(0), self.kernel.0, self.kernel.1]
    }

    /// Zeros on either side of the time axis, if that is all it has beyond taps: no stride, no dilation, no zeros elsewhere.
    pub fn plain_padding(&self) -> Option<usize> {
        let Padding { height, time: (before, behind) } = self.padding;
        let is_plain = (self.stride, self.dilation, height) == ((1, 1), (1, 1), (0, 0)) && before == behind;
        is_plain.then_some(before)
    }

    /// Height and time of the output for an input of `height` and `time`; 0 if it is too small.
    pub(crate) fn output(&self, (height, time): (usize, usize)) -> (usize, usize) {
        let along = |size: usize, padding: (usize, usize), taps: usize, stride: usize, dilation: usize| {
            let span = taps.saturating_sub(1).saturating_mul(dilation);
            let padded = size.saturating_add(padding.0).saturating_add(padding.1);
            let last = if size == 0 { None } else { padded.checked_sub(span.saturating_add(1)) };
            last.and_then(|last| last.checked_div(stride)).map_or(0, |steps| steps + 1)
        };
        let Self { kernel, padding, stride, dilation, .. } = self;
        (
            along(height, padding.height, kernel.0, stride.0, dilation.0),
            along(time, padding.time, kernel.1, stride.1, dilation.1),
        )
    }
}
