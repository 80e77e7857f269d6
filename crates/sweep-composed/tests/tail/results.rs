//! Results are those of the composed operations.

use sweep_kernels::{InstructionSet, Mixture, Pooling, Real, Tail};

use crate::{
    reference::{ACTIVATIONS, Case, cases},
    support::{
        slices::{assert_near, in_every_set, unwritten},
        values,
    },
};

/// What the kernel gives for all trials of a case.
fn forward<T: Real>(set: InstructionSet, case: &Case) -> Vec<T> {
    let Case { tail, trials, .. } = *case;
    let (stored, mixing) = (case.stored::<T>(), case.mixing());
    let mut out = unwritten(trials * tail.out_elements());
    let both =
        stored.chunks_exact(tail.stored_elements()).zip(out.chunks_exact_mut(tail.out_elements().max(1)));
    for (trial, (stored, out)) in both.enumerate() {
        tail.forward(set, stored, &mixing, case.factors(set, trial).as_deref(), out);
    }
    out
}

fn check<T: Real>(set: InstructionSet, cases: &[Case], tolerance: f64) {
    for case in cases {
        let expected = values(&case.results(&case.mixed::<T>().unwrap()).unwrap());
        assert_near(&forward::<T>(set, case), &expected, tolerance, &format!("{set} {case:?}"));
    }
}

#[test]
fn results_are_those_of_the_composed_operations() {
    let cases = cases(&[(1, 1), (13, 4), (12, 3), (23, 8)]);
    in_every_set!(check(&cases), f64: 1e-14, f32: 2e-6);
}

#[test]
fn a_remainder_of_the_rows_has_no_effect() {
    fn check<T: Real>(set: InstructionSet, _: f64) {
        for activation in ACTIVATIONS {
            for pooling in [Pooling::Average, Pooling::Maximum] {
                let mixture = Mixture { channels: 2, filters: 8, copies: 2 };
                let of = |time| {
                    let tail = Tail { mixture, time, activation, pooling, size: 4 };
                    forward::<T>(set, &Case { tail, trials: 1, mask: None, seed: 5 })
                };
                let out = of(13);
                assert_eq!(out.len(), 3 * 16);
                // The values are drawn in order, so a shorter trial is the longer one's beginning.
                assert!(out == of(12) && out == of(15) && out[..] == of(16)[..3 * 16]);
                assert!(of(3).is_empty());
            }
        }
    }
    in_every_set!(check(), f64: 0.0, f32: 0.0);
}
