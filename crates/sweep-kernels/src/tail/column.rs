//! One vector of filters of a trial's stored values, and the planes that are made of them.

use super::{Mixture, activation::Function, backward::Stored, forward::larger};
use crate::{
    real::Real,
    vector::{Elementwise, Vector},
};

/// The most planes that one filter has.
pub(super) const MOST_COPIES: usize = 4;

/// Runs an expression with `$C` and `$D` standing for the numbers of channels and copies, where loops are compiled for them; 0
/// stands for any.
macro_rules! for_mixture {
    ($mixture:expr, $C:ident, $D:ident => $work:expr) => {
        match ($mixture.channels, $mixture.copies) {
            (1, 1) => {
                const $C: usize = 1;
                const $D: usize = 1;
                $work
            }
            (2, 2) => {
                const $C: usize = 2;
                const $D: usize = 2;
                $work
            }
            _ => {
                const $C: usize = 0;
                const $D: usize = 0;
                $work
            }
        }
    };
}
pub(super) use for_mixture;

/// One vector of filters and the planes made of them.
pub(super) struct Column<'a, T, const C: usize, const D: usize> {
    pub(super) mixture: Mixture,
    stored: Stored<'a, T>,
    filter: usize,
}

impl<'a, T: Real, const C: usize, const D: usize> Column<'a, T, C, D> {
    #[inline(always)]
    pub(super) fn new(mixture: Mixture, stored: Stored<'a, T>, filter: usize) -> Self {
        Self { mixture, stored, filter }
    }

    #[inline(always)]
    pub(super) fn channels(&self) -> usize {
        if C == 0 { self.mixture.channels } else { C }
    }

    #[inline(always)]
    pub(super) fn copies(&self) -> usize {
        if D == 0 { self.mixture.copies } else { D }
    }

    #[inline(always)]
    pub(super) fn plane(&self, copy: usize) -> usize {
        copy * self.mixture.filters + self.filter
    }

    /// Where a channel's filters stand in a row.
    #[inline(always)]
    pub(super) fn place(&self, channel: usize) -> usize {
        channel * self.mixture.filters + self.filter
    }

    #[inline(always)]
    pub(super) fn weight<V: Vector<T>>(&self, channel: usize, copy: usize) -> V {
        V::read(&self.stored.mixing.weight[channel * self.mixture.planes() + self.plane(copy)..])
    }

    /// The normalised values of a row and a copy.
    #[inline(always)]
    pub(super) fn value<V: Vector<T>>(&self, row: &[T], copy: usize) -> V {
        let mut sum = V::read(&self.stored.mixing.offset[self.plane(copy)..]);
        for channel in 0..self.channels() {
            sum = V::read(&row[self.place(channel)..]).mul_add(self.weight(channel, copy), sum);
        }
        sum
    }

    /// A stored value's distance from its mean.
    #[inline(always)]
    pub(super) fn distance<V: Vector<T>>(&self, row: &[T], channel: usize) -> V {
        let at = self.place(channel);
        V::read(&row[at..]).sub(V::read(&self.stored.mean[at..]))
    }

    /// The largest value of a window.
    #[inline(always)]
    pub(super) fn largest<V: Elementwise<T>, F: Function<T, V>>(
        &self,
        function: F,
        window: &[T],
        copy: usize,
    ) -> V {
        let mut rows = window.chunks_exact(self.mixture.stored());
        let mut largest = match rows.next() {
            Some(row) => self.value(row, copy),
            None => V::splat(T::zero()),
        };
        for row in rows {
            largest = larger(function, largest, self.value(row, copy));
        }
        largest
    }
}
