//! What the tests of the kernels share: numbers in slices, their comparison, and runs in every instruction set.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sweep_kernels::Real;
use sweep_random::{Purpose, Stream};

/// Calls a check that is generic over the element type, with its other arguments and a tolerance: in float64, and in float32 in every
/// instruction set of this processor.
macro_rules! in_every_set {
    ($check:ident($($argument:expr),*), f64: $double:expr, f32: $single:expr) => {
        $check::<f64>(sweep_kernels::InstructionSet::plain(), $($argument,)* $double);
        for set in sweep_kernels::InstructionSet::available() {
            $check::<f32>(set, $($argument,)* $single);
        }
    };
}
pub(crate) use in_every_set;

/// Normal numbers, another sequence for every `seed`.
pub(crate) fn normal<T: Real>(seed: u64, count: usize) -> Vec<T> {
    let mut draws = Stream::new(seed, Purpose::Synthetic, 0, 0).draws();
    (0..count).map(|_| T::from_f64(draws.normal())).collect()
}

/// The same numbers in float64.
pub(crate) fn exact<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

/// Numbers that no result is made of, so that what is not written shows.
pub(crate) fn unwritten<T: Real>(count: usize) -> Vec<T> {
    vec![T::from_f64(-12_345.0); count]
}

/// The largest finite magnitude.
pub(crate) fn largest(values: &[f64]) -> f64 {
    let finite = values.iter().filter(|value| value.is_finite());
    finite.fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()))
}

/// Fails unless all elements agree to `tolerance` times the largest expected magnitude; NaN agrees with NaN, infinity with itself.
pub(crate) fn assert_near<T: Real>(found: &[T], expected: &[f64], tolerance: f64, what: &str) {
    assert_within(found, expected, tolerance * largest(expected), what);
}

/// Fails unless all elements agree to `bound`; NaN agrees with NaN, infinity with itself.
pub(crate) fn assert_within<T: Real>(found: &[T], expected: &[f64], bound: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (element, (found, expected)) in exact(found).iter().zip(expected).enumerate() {
        let agrees =
            (found.is_nan() && expected.is_nan()) || found == expected || (found - expected).abs() <= bound;
        assert!(agrees, "{what}, element {element}: {found} instead of {expected} (within {bound:e})");
    }
}

/// Calls `work` once with slices of `lengths`, and then for each that is not 0 with one element less in it, which must panic. The slices are
/// exactly as long, so that reading beyond one is reading beyond an allocation.
pub(crate) fn assert_lengths_are_needed<T: Real>(
    lengths: &[(&str, usize)],
    what: &str,
    work: impl Fn(&mut [Vec<T>]),
) {
    let run = |short: Option<usize>| {
        let mut slices: Vec<Vec<T>> = (0..)
            .zip(lengths)
            .map(|(number, (_, length))| normal(number as u64, length - usize::from(short == Some(number))))
            .collect();
        slices.iter_mut().for_each(Vec::shrink_to_fit);
        work(&mut slices);
    };
    run(None);
    let mut accepted = Vec::new();
    for (number, (name, length)) in lengths.iter().enumerate() {
        if *length > 0 && catch_unwind(AssertUnwindSafe(|| run(Some(number)))).is_ok() {
            accepted.push(*name);
        }
    }
    assert!(accepted.is_empty(), "{what}: one element too short, and accepted: {accepted:?}");
}
