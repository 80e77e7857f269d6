//! The forward pass of a tail.

use super::{
    Mixing, Mixture, Tail, activation,
    activation::{Function, for_function},
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
        T::run(set, Forward { tail: *self, stored, mixing, factors, out });
    }
}

struct Forward<'a, T> {
    tail: Tail,
    stored: &'a [T],
    mixing: &'a Mixing<T>,
    factors: Option<&'a [T]>,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        for_function!(self.tail.activation, T, function => self.with::<S, _>(function))
    }
}

impl<T: Real> Forward<'_, T> {
    #[inline(always)]
    fn with<S: Simd<T>, F: Function<T, S::Vector>>(self, function: F) {
        let Tail { mixture, size, pooling, .. } = self.tail;
        let (planes, window) = (mixture.planes(), size * mixture.stored());
        let share = S::Vector::splat(T::from_f64(1.0 / size as f64));
        let windows = self.stored.chunks_exact(window).zip(self.out.chunks_exact_mut(planes));
        for (number, (stored, out)) in windows.take(self.tail.out_time()).enumerate() {
            for plane in (0..planes).step_by(LANES) {
                let source = Source::<T, S::Vector>::new(mixture, self.mixing, plane);
                let pooled = match pooling {
                    Pooling::Average => {
                        let mut sum = function.value(source.at(stored, 0));
                        for row in 1..size {
                            sum = sum.add(function.value(source.at(stored, row)));
                        }
                        sum.mul(share)
                    }
                    Pooling::Maximum => {
                        let mut largest = source.at(stored, 0);
                        for row in 1..size {
                            largest = larger(function, largest, source.at(stored, row));
                        }
                        function.value(largest)
                    }
                };
                let pooled = match self.factors {
                    None => pooled,
                    Some(factors) => pooled.mul(S::Vector::read(&factors[number * planes + plane..])),
                };
                pooled.write(&mut out[plane..]);
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

/// One vector of planes of a mixture.
pub(super) struct Source<'a, T, V> {
    mixture: Mixture,
    weight: &'a [T],
    /// The first plane, and its filter.
    plane: usize,
    filter: usize,
    first_weight: V,
    offset: V,
}

impl<'a, T: Real, V: Vector<T>> Source<'a, T, V> {
    #[inline(always)]
    pub(super) fn new(mixture: Mixture, mixing: &'a Mixing<T>, plane: usize) -> Self {
        Self {
            mixture,
            weight: &mixing.weight,
            plane,
            filter: if mixture.copies == 1 { plane } else { plane % mixture.filters },
            first_weight: V::read(&mixing.weight[plane..]),
            offset: V::read(&mixing.offset[plane..]),
        }
    }

    /// The normalised values of a row of `stored`.
    #[inline(always)]
    pub(super) fn at(&self, stored: &[T], row: usize) -> V {
        let stored = &stored[row * self.mixture.stored()..];
        let mut sum = V::read(&stored[self.filter..]).mul_add(self.first_weight, self.offset);
        for channel in 1..self.mixture.channels {
            let weight = V::read(&self.weight[channel * self.mixture.planes() + self.plane..]);
            sum = V::read(&stored[channel * self.mixture.filters + self.filter..]).mul_add(weight, sum);
        }
        sum
    }
}
