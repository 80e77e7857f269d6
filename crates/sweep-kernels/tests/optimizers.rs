//! Steps of optimizers are their formulas at every length, whole vectors or not, and slices that do not fit are refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::slices::{assert_lengths_are_needed, assert_near, exact, normal};
use sweep_kernels::{AdamRule, DecayKind, Real, SgdRule, adam_step, limit_row_norms, sgd_step};

const ADAM: AdamRule = AdamRule {
    learning_rate: 0.01,
    beta1: 0.8,
    beta2: 0.95,
    epsilon: 1e-8,
    weight_decay: 0.1,
    decay_kind: DecayKind::Coupled,
};
const SGD: SgdRule = SgdRule { learning_rate: 0.1, momentum: 0.9, nesterov: false, weight_decay: 0.1 };

/// PyTorch's formulas for one element `[parameter, mean, mean square]`.
fn adam_by_formula(rule: &AdamRule, [p, m, s]: [f64; 3], gradient: f64, step: i32) -> [f64; 3] {
    let AdamRule { learning_rate, beta1, beta2, epsilon, weight_decay, decay_kind } = *rule;
    let (gradient, p) = match decay_kind {
        DecayKind::Coupled => (gradient + weight_decay * p, p),
        DecayKind::Decoupled => (gradient, p * (1.0 - learning_rate * weight_decay)),
    };
    let m = beta1 * m + (1.0 - beta1) * gradient;
    let s = beta2 * s + (1.0 - beta2) * gradient * gradient;
    let (mean, square) = (m / (1.0 - beta1.powi(step)), s / (1.0 - beta2.powi(step)));
    [p - learning_rate * mean / (square.sqrt() + epsilon), m, s]
}

fn check_adam<T: Real>(tolerance: f64) {
    for decay_kind in [DecayKind::Coupled, DecayKind::Decoupled] {
        let rule = AdamRule { decay_kind, ..ADAM };
        for length in 1..=35 {
            let mut found = [normal::<T>(1, length), vec![T::zero(); length], vec![T::zero(); length]];
            let mut expected = found.clone().map(|values| exact(&values));
            for number in 1..=3 {
                let gradient = normal::<T>(1 + number, length);
                let [parameter, mean, square] = &mut found;
                adam_step(parameter, &gradient, mean, square, &rule, number as u32);
                for (at, gradient) in gradient.iter().enumerate() {
                    let element = [0, 1, 2].map(|which: usize| expected[which][at]);
                    let element = adam_by_formula(&rule, element, gradient.to_f64(), number as i32);
                    (0..3).for_each(|which| expected[which][at] = element[which]);
                }
            }
            for (found, expected) in found.iter().zip(&expected) {
                assert_near(found, expected, tolerance, &format!("{decay_kind:?}, {length} elements"));
            }
        }
    }
}

fn check_sgd<T: Real>(tolerance: f64) {
    for (nesterov, has_velocity) in [(false, false), (false, true), (true, true)] {
        let rule = SgdRule { nesterov, ..SGD };
        for length in [1, 8, 13] {
            let (mut found, mut velocity) = (normal::<T>(1, length), vec![T::zero(); length]);
            let (mut expected, mut kept) = (exact(&found), vec![0.0; length]);
            for number in 1..=3 {
                let gradient = normal::<T>(1 + number, length);
                sgd_step(&mut found, &gradient, has_velocity.then_some(&mut velocity[..]), &rule);
                for (at, gradient) in exact(&gradient).into_iter().enumerate() {
                    let gradient = gradient + rule.weight_decay * expected[at];
                    let mut direction = gradient;
                    if has_velocity {
                        kept[at] = rule.momentum * kept[at] + gradient;
                        direction = if nesterov { gradient + rule.momentum * kept[at] } else { kept[at] };
                    }
                    expected[at] -= rule.learning_rate * direction;
                }
            }
            assert_near(&found, &expected, tolerance, &format!("{rule:?}, {length} elements"));
            assert_near(&velocity, &kept, tolerance, &format!("velocity of {rule:?}, {length} elements"));
        }
    }
}

#[test]
fn steps_are_their_formulas_at_every_length() {
    check_adam::<f64>(1e-14);
    check_adam::<f32>(1e-6);
    check_sgd::<f64>(1e-14);
    check_sgd::<f32>(1e-6);
}

fn check_limit<T: Real>(tolerance: f64) {
    for (rows, row) in [(5, 21), (4, 9), (1, 1)] {
        let mut limited = normal::<T>(1, rows * row);
        let mut expected = exact(&limited);
        limit_row_norms(&mut limited, rows, 0.7);
        for row in expected.chunks_exact_mut(row) {
            let norm = row.iter().map(|value| value * value).sum::<f64>().sqrt();
            if norm > 0.7 {
                row.iter_mut().for_each(|value| *value *= 0.7 / (norm + 1e-7));
            }
        }
        assert_near(&limited, &expected, tolerance, &format!("{rows} rows of {row}"));
        let mut again = limited.clone();
        limit_row_norms(&mut again, rows, 0.71);
        assert!(again == limited, "norms below the bound");
    }
}

#[test]
fn limits_on_norms_are_their_formula_and_leave_short_rows_alone() {
    check_limit::<f64>(1e-14);
    check_limit::<f32>(2e-7);
}

#[test]
fn slices_that_are_too_short_are_refused() {
    let lengths = [("parameter", 9), ("gradient", 9), ("mean", 9), ("mean square", 9)];
    assert_lengths_are_needed::<f32>(&lengths, "Adam", |slices| {
        let [parameter, gradient, mean, square] = slices else { unreachable!() };
        adam_step(parameter, gradient, mean, square, &ADAM, 1);
    });
    assert_lengths_are_needed::<f32>(&lengths[..3], "SGD", |slices| {
        let [parameter, gradient, velocity] = slices else { unreachable!() };
        sgd_step(parameter, gradient, Some(velocity), &SGD);
    });
}
