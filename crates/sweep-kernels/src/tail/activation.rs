//! Activations of vectors.

use crate::{real::Real, vector::Elementwise};

/// An activation with its constants, one type each, so that loops are compiled for each.
pub(super) trait Function<T: Real, V: Elementwise<T>>: Copy {
    /// Its value.
    fn value(self, x: V) -> V;

    /// Its derivative; at 0 that of the negative side.
    fn slope(self, x: V) -> V;

    /// A number with the order of the values: x itself where the function never falls.
    fn rank(self, x: V) -> V;
}

#[derive(Clone, Copy)]
pub(super) struct Relu;

#[derive(Clone, Copy)]
pub(super) struct LeakyRelu<T>(pub(super) T);

#[derive(Clone, Copy)]
pub(super) struct Elu<T>(pub(super) T);

impl<T: Real, V: Elementwise<T>> Function<T, V> for Relu {
    #[inline(always)]
    fn value(self, x: V) -> V {
        let zero = V::splat(T::zero());
        x.choose_where_at_most(zero, zero, x)
    }

    #[inline(always)]
    fn slope(self, x: V) -> V {
        let zero = V::splat(T::zero());
        x.choose_where_at_most(zero, zero, V::splat(T::one()))
    }

    #[inline(always)]
    fn rank(self, x: V) -> V {
        x
    }
}

impl<T: Real, V: Elementwise<T>> Function<T, V> for LeakyRelu<T> {
    #[inline(always)]
    fn value(self, x: V) -> V {
        x.choose_where_at_most(V::splat(T::zero()), x.mul(V::splat(self.0)), x)
    }

    #[inline(always)]
    fn slope(self, x: V) -> V {
        x.choose_where_at_most(V::splat(T::zero()), V::splat(self.0), V::splat(T::one()))
    }

    #[inline(always)]
    fn rank(self, x: V) -> V {
        if self.0 >= T::zero() { x } else { self.value(x) }
    }
}

impl<T: Real, V: Elementwise<T>> Function<T, V> for Elu<T> {
    #[inline(always)]
    fn value(self, x: V) -> V {
        let negative = x.exp_m1_of_negative().mul(V::splat(self.0));
        x.choose_where_at_most(V::splat(T::zero()), negative, x)
    }

    #[inline(always)]
    fn slope(self, x: V) -> V {
        let negative = x.exp_of_negative().mul(V::splat(self.0));
        x.choose_where_at_most(V::splat(T::zero()), negative, V::splat(T::one()))
    }

    #[inline(always)]
    fn rank(self, x: V) -> V {
        if self.0 >= T::zero() { x } else { self.value(x) }
    }
}

/// Runs an expression with `$function` standing for the activation's own type.
macro_rules! for_function {
    ($activation:expr, $real:ident, $function:ident => $work:expr) => {
        match $activation {
            Activation::Relu => {
                let $function = activation::Relu;
                $work
            }
            Activation::LeakyRelu { slope } => {
                let $function = activation::LeakyRelu($real::from_f64(slope));
                $work
            }
            Activation::Elu { alpha } => {
                let $function = activation::Elu($real::from_f64(alpha));
                $work
            }
        }
    };
}
pub(super) use for_function;
