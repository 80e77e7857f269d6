//! The two element types of the kernels: float32 for training, float64 for checking it.

use std::{
    cell::RefCell,
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign},
};

use crate::vector::{InstructionSet, Kernel};

/// float32 or float64.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + fmt::Debug
    + fmt::Display
    + Send
    + Sync
    + Sum
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// 0.
    fn zero() -> Self;

    /// 1.
    fn one() -> Self;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;

    /// The same number.
    fn to_f64(self) -> f64;

    /// Runs a kernel compiled for `set`.
    #[doc(hidden)]
    fn run<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output;

    /// Lends the thread's own scratch memory, `length` elements of unspecified values, to `work`. Not to be nested.
    fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R;
}

/// Implements [`Real`] for a type, which has kernels by the method `$run` of an instruction set.
macro_rules! real {
    ($real:ident, $run:ident) => {
        impl Real for $real {
            #[inline(always)]
            fn zero() -> Self {
                0.0
            }

            #[inline(always)]
            fn one() -> Self {
                1.0
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            fn run<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output {
                set.$run(kernel)
            }

            fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R {
                thread_local!(static SCRATCH: RefCell<Vec<$real>> = const { RefCell::new(Vec::new()) });
                lend(&SCRATCH, length, work)
            }
        }
    };
}

real!(f32, run_f32);
real!(f64, run_f64);

fn lend<T: Real, R>(
    scratch: &'static std::thread::LocalKey<RefCell<Vec<T>>>,
    length: usize,
    work: impl FnOnce(&mut [T]) -> R,
) -> R {
    // Taken out for the time of the work, so that nesting would cost memory rather than a panic.
    let mut memory = scratch.take();
    if memory.len() < length {
        memory.resize(length, T::zero());
    }
    let result = work(&mut memory[..length]);
    scratch.replace(memory);
    result
}
