//! Vectors of floating-point numbers, one type for each set of vector instructions, and the choice between them at run time.
//!
//! A kernel is written once, for any [`Simd`], and [`InstructionSet::run`] compiles it for each set. All sets have a vector of
//! [`LANES`] elements, so that layouts in memory are the same on every machine; results may differ between sets in the
//! last bits, since not all of them round a product before it is added.

#![allow(unsafe_code)]

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt;

use crate::real::Real;

/// Elements of a vector. Planes are padded to a multiple of it.
pub const LANES: usize = 8;

/// `count`, rounded up to whole vectors.
pub const fn in_lanes(count: usize) -> usize {
    count.next_multiple_of(LANES)
}

/// Arithmetic on several elements at once.
pub trait Vector<T: Real>: Copy {
    /// Elements of this vector.
    const WIDTH: usize;

    /// `value` in every lane.
    fn splat(value: T) -> Self;

    /// Reads `WIDTH` elements; no alignment is needed.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn load(from: *const T) -> Self;

    /// Writes `WIDTH` elements; no alignment is needed.
    ///
    /// # Safety
    /// They can be written.
    unsafe fn store(self, to: *mut T);

    /// The sum.
    fn add(self, other: Self) -> Self;

    /// The difference.
    fn sub(self, other: Self) -> Self;

    /// The product.
    fn mul(self, other: Self) -> Self;

    /// `self * factor + addend`, rounded once where the set has an instruction for it.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// The first elements of `from`.
    #[inline(always)]
    fn read(from: &[T]) -> Self {
        assert!(from.len() >= Self::WIDTH);
        // SAFETY: the slice is long enough.
        unsafe { Self::load(from.as_ptr()) }
    }

    /// Into the first elements of `to`.
    #[inline(always)]
    fn write(self, to: &mut [T]) {
        assert!(to.len() >= Self::WIDTH);
        // SAFETY: the slice is long enough.
        unsafe { self.store(to.as_mut_ptr()) }
    }
}

/// What activations, pools and optimizers need beside arithmetic.
pub trait Elementwise<T: Real>: Vector<T> {
    /// `then` in the lanes where `self <= bound`, and `otherwise` elsewhere: also where either is NaN.
    fn choose_where_at_most(self, bound: Self, then: Self, otherwise: Self) -> Self;

    /// The quotient.
    fn div(self, other: Self) -> Self;

    /// The square root.
    fn sqrt(self) -> Self;

    /// exp(x) - 1, accurate near 0, for x at most 0; NaN for NaN.
    fn exp_m1_of_negative(self) -> Self;

    /// exp(x) for x at most 0; NaN for NaN.
    fn exp_of_negative(self) -> Self;

    /// The elements.
    #[inline(always)]
    fn elements(self) -> [T; LANES] {
        let mut elements = [T::zero(); LANES];
        self.write(&mut elements);
        elements
    }
}

/// A set of vector instructions.
pub trait Simd<T: Real> {
    /// The vector of [`LANES`] elements.
    type Vector: Elementwise<T>;
    /// The widest vector.
    type Wide: Vector<T>;
    /// How many rows of two wide vectors the registers hold, beside what a matrix product needs.
    const ROWS: usize;

    /// Runs a kernel in a function of its own, compiled for this set; so large inner kernels are compiled once.
    fn call<K: Kernel<T>>(kernel: K) -> K::Output;
}

/// A computation written for any set. `run` is `#[inline(always)]`, as is all that it uses.
pub trait Kernel<T: Real> {
    /// What it gives.
    type Output;

    /// The computation.
    fn run<S: Simd<T>>(self) -> Self::Output;
}

/// A set of vector instructions that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstructionSet(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Kind {
    /// The best first.
    #[cfg(target_arch = "x86_64")]
    const ALL: &[Self] = &[Self::Avx512, Self::Avx2, Self::Plain];
    #[cfg(not(target_arch = "x86_64"))]
    const ALL: &[Self] = &[Self::Plain];

    /// Whether this processor has all instructions that the kernels are compiled for. The standard library asks it once.
    fn is_there(self) -> bool {
        match self {
            Self::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_there()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
            }
        }
    }
}

impl InstructionSet {
    /// What every processor can do.
    pub fn plain() -> Self {
        Self(Kind::Plain)
    }

    /// All that this processor can do, the best first.
    pub fn available() -> Vec<Self> {
        Kind::ALL.iter().filter(|kind| kind.is_there()).map(|kind| Self(*kind)).collect()
    }

    /// The best that this processor can do.
    pub fn detect() -> Self {
        Self(Kind::ALL.iter().copied().find(|kind| kind.is_there()).unwrap_or(Kind::Plain))
    }

    /// Its name in records: `avx512`, `avx2` or `plain`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
        }
    }

    /// Runs a float32 kernel compiled for this set.
    pub(crate) fn run_f32<K: Kernel<f32>>(self, kernel: K) -> K::Output {
        match self.0 {
            Kind::Plain => <plain::Plain as Simd<f32>>::call(kernel),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86::Avx2::call(kernel),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => x86::Avx512::call(kernel),
        }
    }

    /// Runs a float64 kernel; float64 is for checks, and has the plain form alone.
    pub(crate) fn run_f64<K: Kernel<f64>>(self, kernel: K) -> K::Output {
        <plain::Plain as Simd<f64>>::call(kernel)
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// exp of float32 in any vector type: splits it into a power of two and a fraction, exp(x) = 2^n (1 + p), where p = exp(r) - 1 and
/// r = x - n ln 2 lies within half of ln 2 around 0; gives (2^n, p). The polynomial and the two-part ln 2 are those of Cephes'
/// `expf` (Moshier), whose relative error is below 2e-7. `two_to` takes 1.5 * 2^23 + n to 2^n.
#[inline(always)]
fn exponential_parts<V: Elementwise<f32>>(x: V, two_to: impl Fn(V) -> V) -> (V, V) {
    /// Adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // Below, 2^n would leave the normal numbers; exp(-87) is 1.6e-38. A NaN fails the comparison and stays.
    let least = V::splat(-87.0);
    let x = x.choose_where_at_most(least, least, x);
    let shifted = x.mul(V::splat(std::f32::consts::LOG2_E)).add(V::splat(ROUND));
    let n = shifted.sub(V::splat(ROUND));
    let r = n.mul_add(V::splat(2.121_944_4e-4), n.mul_add(V::splat(-0.693_359_4), x));
    let mut p = V::splat(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, V::splat(coefficient));
    }
    (two_to(shifted), p.mul_add(r.mul(r), r))
}

/// The bits of 1.5 * 2^23, less the bias of an exponent: what to take from the bits of a shifted integer before
/// they are moved into the exponent.
const SHIFTED_TO_EXPONENT: i32 = 0x4B40_0000 - 127;
