//! The form that runs anywhere: arrays, left to the compiler's own vectors.

use super::{Elementwise, Kernel, LANES, SHIFTED_TO_EXPONENT, Simd, Vector, exponential_parts};
use crate::real::Real;

/// No vector instructions beyond those that the target always has.
pub(crate) struct Plain;

/// An array as a vector.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lanes<T>([T; LANES]);

impl<T: Real> Lanes<T> {
    #[inline(always)]
    fn map(self, value: impl Fn(T) -> T) -> Self {
        Self(self.0.map(value))
    }

    #[inline(always)]
    fn zip(self, other: Self, value: impl Fn(T, T) -> T) -> Self {
        Self(std::array::from_fn(|lane| value(self.0[lane], other.0[lane])))
    }
}

impl<T: Real> Vector<T> for Lanes<T> {
    const WIDTH: usize = LANES;

    #[inline(always)]
    fn splat(value: T) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller vouches for the elements; an array has the alignment of its elements.
        Self(unsafe { from.cast::<[T; LANES]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: as above.
        unsafe { to.cast::<[T; LANES]>().write(self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |x, y| x + y)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |x, y| x - y)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |x, y| x * y)
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
}

impl<T: Real> Lanes<T> {
    #[inline(always)]
    fn choose(self, bound: Self, then: Self, otherwise: Self) -> Self {
        Self(std::array::from_fn(|lane| {
            if self.0[lane] <= bound.0[lane] { then.0[lane] } else { otherwise.0[lane] }
        }))
    }
}

/// 1.5 * 2^23 + n to 2^n.
#[inline(always)]
fn two_to(shifted: Lanes<f32>) -> Lanes<f32> {
    shifted.map(|x| f32::from_bits(((x.to_bits() as i32).wrapping_sub(SHIFTED_TO_EXPONENT) << 23) as u32))
}

impl Elementwise<f32> for Lanes<f32> {
    #[inline(always)]
    fn choose_where_at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        self.choose(bound, then, otherwise)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |x, y| x / y)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(f32::sqrt)
    }

    #[inline(always)]
    fn exp_m1_of_negative(self) -> Self {
        let (scale, fraction) = exponential_parts(self, two_to);
        scale.mul_add(fraction, scale.sub(Self::splat(1.0)))
    }

    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        let (scale, fraction) = exponential_parts(self, two_to);
        scale.mul_add(fraction, scale)
    }
}

impl Elementwise<f64> for Lanes<f64> {
    #[inline(always)]
    fn choose_where_at_most(self, bound: Self, then: Self, otherwise: Self) -> Self {
        self.choose(bound, then, otherwise)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |x, y| x / y)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(f64::sqrt)
    }

    #[inline(always)]
    fn exp_m1_of_negative(self) -> Self {
        self.map(f64::exp_m1)
    }

    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        self.map(f64::exp)
    }
}

macro_rules! plain {
    ($real:ty) => {
        impl Simd<$real> for Plain {
            type Vector = Lanes<$real>;
            type Wide = Lanes<$real>;
            const ROWS: usize = 2;

            fn call<K: Kernel<$real>>(kernel: K) -> K::Output {
                kernel.run::<Self>()
            }
        }
    };
}

plain!(f32);
plain!(f64);
