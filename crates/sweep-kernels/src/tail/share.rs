//! What a pooling makes of a window, and how the gradient of that is shared among its rows.

use super::{activation::Function, column::Column};
use crate::{real::Real, vector::Elementwise};

/// A window's result, and how its gradient is shared among its rows, for one pooling.
pub(super) trait Share<T: Real, V: Elementwise<T>>: Copy {
    /// The window's result for one copy; `share` is 1 over its rows.
    fn pooled<F: Function<T, V>, const C: usize, const D: usize>(
        function: F,
        column: &Column<'_, T, C, D>,
        window: &[T],
        copy: usize,
        share: V,
    ) -> V;

    /// What the shares depend on: the largest normalised value of a window, for one copy.
    fn largest<F: Function<T, V>, const C: usize, const D: usize>(
        function: F,
        column: &Column<'_, T, C, D>,
        window: &[T],
        copy: usize,
    ) -> V;

    /// The derivative of the window's result, as far as it is the same for all rows.
    fn slope<F: Function<T, V>>(function: F, largest: V, rows: usize) -> V;

    /// Of a gradient that has been multiplied by that.
    fn new<F: Function<T, V>>(function: F, largest: V, gradient: V) -> Self;

    /// The share of the next row, where the normalised value is `value`.
    fn of_row<F: Function<T, V>>(&mut self, function: F, value: V) -> V;
}

/// Every activation of a mean has the same.
#[derive(Clone, Copy)]
pub(super) struct Mean<V>(V);

impl<T: Real, V: Elementwise<T>> Share<T, V> for Mean<V> {
    #[inline(always)]
    fn pooled<F: Function<T, V>, const C: usize, const D: usize>(
        function: F,
        column: &Column<'_, T, C, D>,
        window: &[T],
        copy: usize,
        share: V,
    ) -> V {
        let mut sum = V::splat(T::zero());
        for row in window.chunks_exact(column.mixture.stored()) {
            sum = sum.add(function.value(column.value(row, copy)));
        }
        sum.mul(share)
    }

    #[inline(always)]
    fn largest<F: Function<T, V>, const C: usize, const D: usize>(
        _: F,
        _: &Column<'_, T, C, D>,
        _: &[T],
        _: usize,
    ) -> V {
        V::splat(T::zero())
    }

    #[inline(always)]
    fn slope<F: Function<T, V>>(_: F, _: V, rows: usize) -> V {
        V::splat(T::from_f64(1.0 / rows as f64))
    }

    #[inline(always)]
    fn new<F: Function<T, V>>(_: F, _: V, gradient: V) -> Self {
        Self(gradient)
    }

    #[inline(always)]
    fn of_row<F: Function<T, V>>(&mut self, function: F, value: V) -> V {
        self.0.mul(function.slope(value))
    }
}

/// The first row that reaches the largest rank has all.
#[derive(Clone, Copy)]
pub(super) struct Largest<V> {
    rank: V,
    rest: V,
}

impl<T: Real, V: Elementwise<T>> Share<T, V> for Largest<V> {
    #[inline(always)]
    fn pooled<F: Function<T, V>, const C: usize, const D: usize>(
        function: F,
        column: &Column<'_, T, C, D>,
        window: &[T],
        copy: usize,
        _: V,
    ) -> V {
        function.value(column.largest(function, window, copy))
    }

    #[inline(always)]
    fn largest<F: Function<T, V>, const C: usize, const D: usize>(
        function: F,
        column: &Column<'_, T, C, D>,
        window: &[T],
        copy: usize,
    ) -> V {
        column.largest(function, window, copy)
    }

    #[inline(always)]
    fn slope<F: Function<T, V>>(function: F, largest: V, _: usize) -> V {
        function.slope(largest)
    }

    #[inline(always)]
    fn new<F: Function<T, V>>(function: F, largest: V, gradient: V) -> Self {
        Self { rank: function.rank(largest), rest: gradient }
    }

    #[inline(always)]
    fn of_row<F: Function<T, V>>(&mut self, function: F, value: V) -> V {
        let taken = self.rank.choose_where_at_most(function.rank(value), self.rest, V::splat(T::zero()));
        self.rest = self.rest.sub(taken);
        taken
    }
}

/// Runs an expression with `$share` standing for the pooling's way of sharing.
macro_rules! for_share {
    ($pooling:expr, $share:ident => $work:expr) => {
        match $pooling {
            Pooling::Average => {
                type $share<V> = $crate::tail::share::Mean<V>;
                $work
            }
            Pooling::Maximum => {
                type $share<V> = $crate::tail::share::Largest<V>;
                $work
            }
        }
    };
}
pub(super) use for_share;
