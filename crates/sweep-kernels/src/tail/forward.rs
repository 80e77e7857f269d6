//! The forward pass of a tail.

use super::{
    Mixing, Stored, Tail, activation,
    activation::{Function, for_function},
    column::{Column, for_mixture},
    share::{Share, for_share},
};
use crate::{
    Activation, Pooling,
    real::Real,
    vector::{InstructionSet, Kernel, LANES, Simd, Vector},
};

impl Tail {
    /// The result `[out_time, plane]` of a trial's `stored` values `[time, channel, filter]`: mixed, activated, pooled, and multiplied by
    /// the dropout's `factors`, which are of the result's shape.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn forward<T: Real>(
        &self,
        set: InstructionSet,
        stored: &[T],
        mixing: &Mixing<T>,
        factors: Option<&[T]>,
        out: &mut [T],
    ) {
        self.check(stored, mixing, factors);
        assert!(out.len() >= self.out_elements(), "results of a tail");
        let stored = Stored { values: stored, mixing, mean: &[] };
        T::run(set, Forward { tail: *self, stored, factors, out });
    }
}

struct Forward<'a, T> {
    tail: Tail,
    stored: Stored<'a, T>,
    factors: Option<&'a [T]>,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(mut self) {
        for_function!(self.tail.activation, T, function => {
            for_mixture!(self.tail.mixture, C, D => for_share!(self.tail.pooling, W => {
                self.with::<S, _, W<S::Vector>, C, D>(function)
            }))
        });
    }
}

impl<T: Real> Forward<'_, T> {
    #[inline(always)]
    fn with<S: Simd<T>, F: Function<T, S::Vector>, W: Share<T, S::Vector>, const C: usize, const D: usize>(
        &mut self,
        function: F,
    ) {
        let Tail { mixture, size, .. } = self.tail;
        let (planes, window) = (mixture.planes(), size * mixture.stored());
        let share = S::Vector::splat(T::from_f64(1.0 / size as f64));
        let windows = self.stored.values.chunks_exact(window).zip(self.out.chunks_exact_mut(planes));
        for (number, (window, out)) in windows.take(self.tail.out_time()).enumerate() {
            for filter in (0..mixture.filters).step_by(LANES) {
                let column = Column::<T, C, D>::new(mixture, self.stored, filter);
                for copy in 0..column.copies() {
                    let plane = column.plane(copy);
                    let mut pooled = W::pooled(function, &column, window, copy, share);
                    if let Some(factors) = self.factors {
                        pooled = pooled.mul(S::Vector::read(&factors[number * planes + plane..]));
                    }
                    pooled.write(&mut out[plane..]);
                }
            }
        }
    }
}

/// The one with the larger activation; `first` where they are equal, and NaN where either is.
#[inline(always)]
pub(super) fn larger<T, V, F>(function: F, first: V, second: V) -> V
where
    T: Real,
    V: crate::vector::Elementwise<T>,
    F: Function<T, V>,
{
    let larger = function.rank(second).choose_where_at_most(function.rank(first), first, second);
    // A comparison with NaN has taken `second`; where `first` is NaN, which is not even at most itself, it stays.
    first.choose_where_at_most(first, larger, first)
}
