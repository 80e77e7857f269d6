//! PyTorch's optimizers and its limit on norms; `golden/make_golden.py` wrote the numbers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{fs, path::Path};

use safetensors::{Dtype, SafeTensors};
use support::slices::assert_near;
use sweep_kernels::{AdamRule, DecayKind, Real, SgdRule, adam_step, limit_row_norms, sgd_step};

/// Shape and numbers of a tensor of the file.
fn golden(name: &str) -> (Vec<usize>, Vec<f64>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/numbers.safetensors");
    let bytes = fs::read(file).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let view = file.tensor(name).unwrap();
    assert_eq!(view.dtype(), Dtype::F64, "{name}");
    let numbers = view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    (view.shape().to_vec(), numbers)
}

fn put<T: Real>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|number| T::from_f64(*number)).collect()
}

#[test]
fn norms_are_limited_as_by_renorm() {
    let (shape, mut x) = golden("renorm.x");
    limit_row_norms(&mut x, shape[0], 2.5);
    assert_near(&x, &golden("renorm.out").1, 1e-14, "renorm");
}

/// The parameter after each step, by each step's gradient.
fn check_path<T: Real>(name: &str, tolerance: f64, mut step: impl FnMut(&mut [T], &[T], u32)) {
    let mut parameter = put::<T>(&golden("optimizer.start").1);
    let ([gradients, expected], length) =
        (["gradients", name].map(|name| golden(&format!("optimizer.{name}")).1), parameter.len());
    for (number, gradient) in (1..).zip(gradients.chunks_exact(length)) {
        step(&mut parameter, &put::<T>(gradient), number);
        let expected = &expected[(number as usize - 1) * length..][..length];
        assert_near(&parameter, expected, tolerance, &format!("{name} step {number}"));
    }
}

fn check_paths<T: Real>(tolerance: f64) {
    let adam = AdamRule {
        learning_rate: 0.01,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay: 0.0,
        decay_kind: DecayKind::Coupled,
    };
    let decaying = AdamRule { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weight_decay: 0.1, ..adam };
    let decoupled = AdamRule { weight_decay: 0.1, decay_kind: DecayKind::Decoupled, ..adam };
    let sgd = SgdRule { learning_rate: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
    let with_decay = SgdRule { weight_decay: 0.1, ..sgd };
    let momentum = SgdRule { momentum: 0.9, ..with_decay };
    let nesterov = SgdRule { nesterov: true, ..momentum };
    let zeros = || vec![T::zero(); golden("optimizer.start").1.len()];
    for (name, rule) in [("adam", adam), ("adam_decay", decaying), ("adamw", decoupled)] {
        let (mut mean, mut square) = (zeros(), zeros());
        check_path::<T>(name, tolerance, |parameter, gradient, number| {
            adam_step(parameter, gradient, &mut mean, &mut square, &rule, number);
        });
    }
    for (name, rule) in
        [("sgd", sgd), ("sgd_decay", with_decay), ("momentum", momentum), ("nesterov", nesterov)]
    {
        let mut velocity = (rule.momentum != 0.0).then(zeros);
        check_path::<T>(name, tolerance, |parameter, gradient, _| {
            sgd_step(parameter, gradient, velocity.as_deref_mut(), &rule);
        });
    }
}

#[test]
fn optimizers_take_the_same_path() {
    check_paths::<f64>(1e-14);
    check_paths::<f32>(3e-7);
}
