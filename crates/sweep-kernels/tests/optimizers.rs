//! The two forms of an optimizer's step agree at every length, whole vectors or not.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Tensor, Var};
use support::{assert_close, random};
use sweep_kernels::{AdamRule, DecayKind, Form, SgdRule, adam_step, limit_row_norms, sgd_step};

const FORMS: [Form; 2] = [Form::Fused, Form::Composed];

/// A step with its form, parameter, gradient, states and number.
type Step<'a> = &'a dyn Fn(Form, &Var, &Tensor, &[Var], u32);

/// Three steps by random gradients in both forms, from the same start; `state` variables begin as zeros.
fn compare(length: usize, states: usize, step: Step<'_>) {
    for (dtype, tolerance) in [(DType::F64, 1e-14), (DType::F32, 1e-6)] {
        let of = |seed: u64| random(seed, &[length]).to_dtype(dtype).unwrap();
        let [fused, composed] = FORMS.map(|form| {
            let parameter = Var::from_tensor(&of(1)).unwrap();
            let states: Vec<Var> =
                (0..states).map(|_| Var::zeros(length, dtype, &Device::Cpu).unwrap()).collect();
            for number in 1..=3 {
                step(form, &parameter, &of(1 + u64::from(number)), &states, number);
            }
            let all =
                std::iter::once(&parameter).chain(&states).map(|variable| variable.as_detached_tensor());
            Tensor::stack(&all.collect::<Vec<_>>(), 0).unwrap()
        });
        assert_close(&fused, &composed, tolerance, &format!("{length} elements of {dtype:?}"));
    }
}

#[test]
fn steps_agree_at_every_length() {
    for decay_kind in [DecayKind::Coupled, DecayKind::Decoupled] {
        let (learning_rate, beta1, beta2, epsilon, weight_decay) = (0.01, 0.8, 0.95, 1e-8, 0.1);
        let rule = AdamRule { learning_rate, beta1, beta2, epsilon, weight_decay, decay_kind };
        for length in 1..=35 {
            compare(length, 2, &|form, parameter, gradient, states, number| {
                adam_step(form, parameter, gradient, &states[0], &states[1], &rule, number).unwrap();
            });
        }
    }
    for nesterov in [false, true] {
        let rule = SgdRule { learning_rate: 0.1, momentum: 0.9, nesterov, weight_decay: 0.1 };
        for length in [1, 8, 13] {
            compare(length, 1, &|form, parameter, gradient, states, _| {
                sgd_step(form, parameter, gradient, Some(&states[0]), &rule).unwrap();
            });
            compare(length, 0, &|form, parameter, gradient, _, _| {
                sgd_step(form, parameter, gradient, None, &rule).unwrap();
            });
        }
    }
}

#[test]
fn limits_on_norms_agree_and_leave_short_rows_alone() {
    for (dtype, tolerance) in [(DType::F64, 1e-14), (DType::F32, 2e-7)] {
        for shape in [&[5, 3, 1, 7][..], &[4, 9], &[1, 1]] {
            let [fused, composed] = FORMS.map(|form| {
                let rows = Var::from_tensor(&random(1, shape).to_dtype(dtype).unwrap()).unwrap();
                limit_row_norms(form, &rows, 0.7).unwrap();
                let limited = rows.as_detached_tensor().copy().unwrap();
                limit_row_norms(form, &rows, 0.71).unwrap();
                assert_close(&rows, &limited, 0.0, "norms below the bound");
                limited
            });
            assert_close(&fused, &composed, tolerance, &format!("{shape:?} of {dtype:?}"));
        }
    }
}
