//! A step of Adam in vectors.

use super::AdamRule;
use crate::{
    real::Real,
    vector::{Elementwise, Kernel, LANES, Simd, Vector},
};

/// One step over a parameter; the slices are equally long.
pub(super) struct Adam<'a, T> {
    pub(super) parameter: &'a mut [T],
    pub(super) mean: &'a mut [T],
    pub(super) square: &'a mut [T],
    pub(super) gradient: &'a [T],
    pub(super) rule: AdamRule,
    pub(super) step: u32,
}

impl<T: Real> Kernel<T> for Adam<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let constants = AdamConstants::<S::Vector>::new(&self.rule, self.step);
        let chunks = self.parameter.chunks_mut(LANES).zip(self.mean.chunks_mut(LANES));
        let others = self.square.chunks_mut(LANES).zip(self.gradient.chunks(LANES));
        for ((parameter, mean), (square, gradient)) in chunks.zip(others) {
            if gradient.len() == LANES {
                constants.step(parameter, mean, square, gradient);
            } else {
                // The last few, in vectors that are filled up with zeros.
                let fill = |values: &[T]| {
                    let mut full = [T::zero(); LANES];
                    full[..values.len()].copy_from_slice(values);
                    full
                };
                let [mut p, mut m, mut s] = [fill(parameter), fill(mean), fill(square)];
                constants.step(&mut p, &mut m, &mut s, &fill(gradient));
                for (to, from) in [(parameter, p), (mean, m), (square, s)] {
                    let count = to.len();
                    to.copy_from_slice(&from[..count]);
                }
            }
        }
    }
}

#[inline(always)]
fn constant<T: Real, V: Vector<T>>(value: f64) -> V {
    V::splat(T::from_f64(value))
}

/// Adam's settings in every lane.
struct AdamConstants<V> {
    share: V,
    decay: V,
    beta2: V,
    square_share: V,
    step_size: V,
    root_correction: V,
    epsilon: V,
    shrinkage: V,
}

impl<V> AdamConstants<V> {
    #[inline(always)]
    fn new<T: Real>(rule: &AdamRule, step: u32) -> Self
    where
        V: Vector<T>,
    {
        let (step_size, root_correction) = rule.corrections(step);
        Self {
            share: constant::<T, V>(1.0 - rule.beta1),
            decay: constant::<T, V>(rule.coupled_decay()),
            beta2: constant::<T, V>(rule.beta2),
            square_share: constant::<T, V>(1.0 - rule.beta2),
            step_size: constant::<T, V>(-step_size),
            root_correction: constant::<T, V>(1.0 / root_correction),
            epsilon: constant::<T, V>(rule.epsilon),
            shrinkage: constant::<T, V>(rule.shrinkage()),
        }
    }

    /// One vector's step.
    #[inline(always)]
    fn step<T: Real>(&self, parameter: &mut [T], mean: &mut [T], square: &mut [T], gradient: &[T])
    where
        V: Elementwise<T>,
    {
        let value = V::read(parameter);
        let gradient = value.mul_add(self.decay, V::read(gradient));
        let old = V::read(mean);
        let new_mean = gradient.sub(old).mul_add(self.share, old);
        let new_square = gradient.mul(gradient).mul_add(self.square_share, V::read(square).mul(self.beta2));
        let denominator = new_square.sqrt().mul_add(self.root_correction, self.epsilon);
        let change = new_mean.div(denominator);
        change.mul_add(self.step_size, value.mul(self.shrinkage)).write(parameter);
        new_mean.write(mean);
        new_square.write(square);
    }
}
