//! Dropout masks as factors, a function of their stream alone.

use sweep_random::{HALVES_PER_BLOCK, Purpose, Stream};

use crate::{
    real::Real,
    vector::{InstructionSet, Kernel, Simd},
};

/// What the dropout masks of a training step are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropoutKey {
    /// Seed of the training.
    pub seed: u64,
    /// Epoch, from 1.
    pub epoch: u32,
    /// Step within the epoch, from 1.
    pub step: u32,
}

impl DropoutKey {
    /// The masks of the dropout layer number `layer`; `None` if it drops nothing.
    pub fn mask(&self, layer: u8, probability: f64) -> Option<Mask> {
        let Self { seed, epoch, step } = *self;
        Mask::new(probability, Stream::new(seed, Purpose::Dropout { layer }, epoch, step))
    }
}

/// The masks of one dropout layer in one training step.
///
/// Element i is kept where the 16-bit number i of the stream is at least the probability times 2^16. The probability is therefore rounded to
/// a multiple of 2^-16, and the kept elements are scaled by 1 / (1 - the rounded one).
#[derive(Debug, Clone, Copy)]
pub struct Mask {
    stream: Stream,
    threshold: u16,
    scale: f64,
}

impl Mask {
    /// The masks for a `probability` from 0 up to, and without, 1; none where nothing is dropped.
    pub fn new(probability: f64, stream: Stream) -> Option<Self> {
        let threshold = (probability * 65_536.0).round().clamp(0.0, 65_535.0) as u16;
        let scale = 65_536.0 / (65_536.0 - f64::from(threshold));
        (threshold > 0).then_some(Self { stream, threshold, scale })
    }

    /// Writes the factors of the elements from number `first` on: 0 or the scale. `first` is a multiple of 8.
    pub fn factors<T: Real>(&self, set: InstructionSet, first: usize, out: &mut [T]) {
        assert!(first.is_multiple_of(HALVES_PER_BLOCK), "first element of a mask");
        T::run(set, Factors { mask: *self, first, out });
    }
}

struct Factors<'a, T> {
    mask: Mask,
    first: usize,
    out: &'a mut [T],
}

/// Numbers drawn at a time.
const HALVES: usize = 256;

impl<T: Real> Kernel<T> for Factors<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let scale = T::from_f64(self.mask.scale);
        let mut halves = [0; HALVES];
        for (part, out) in self.out.chunks_mut(HALVES).enumerate() {
            self.mask.stream.fill_halves(self.first + part * HALVES, &mut halves);
            for (factor, half) in out.iter_mut().zip(&halves) {
                *factor = if *half >= self.mask.threshold { scale } else { T::zero() };
            }
        }
    }
}
