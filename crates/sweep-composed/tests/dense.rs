//! The dense layer and its loss, against the composed operations.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{Device, Tensor, Var};
use support::{
    slices::{assert_lengths_are_needed, assert_near, exact, in_every_set, normal, unwritten},
    tensor, values,
};
use sweep_composed::operations::{cross_entropy, linear};
use sweep_kernels::{Dense, InstructionSet, Real, softmax_cross_entropy};

const SIZES: [Dense; 5] = [
    Dense { features: 8, classes: 1 },
    Dense { features: 8, classes: 2 },
    Dense { features: 736, classes: 2 },
    Dense { features: 40, classes: 7 },
    Dense { features: 24, classes: 1000 },
];

/// Output and gradients of a composed dense layer: of the input, the weights and the bias.
fn composed(dense: Dense, x: &Tensor, weights: &Tensor, bias: &Tensor, gradient: &Tensor) -> [Vec<f64>; 4] {
    let put = |tensor: &Tensor| Var::from_tensor(tensor).unwrap();
    let (x, weights, bias) = (put(&x.reshape((1, dense.features)).unwrap()), put(weights), put(bias));
    let out = linear(&x, &weights, &bias).unwrap();
    let gradient = gradient.reshape((1, dense.classes)).unwrap();
    let gradients = (&out * gradient).unwrap().sum_all().unwrap().backward().unwrap();
    let of = |variable: &Var| values(gradients.get(variable).unwrap());
    [values(&out), of(&x), of(&weights), of(&bias)]
}

fn check_layer<T: Real>(set: InstructionSet, tolerance: f64) {
    for dense in SIZES {
        let what = |name: &str| format!("{set} {name} of {dense:?}");
        let Dense { features, classes } = dense;
        let x = normal::<T>(1, features);
        let (weights, bias) = (normal::<T>(2, classes * features), normal::<T>(3, classes));
        let gradient = normal::<T>(4, classes);
        let [logits, of_input, of_weights, _] = composed(
            dense,
            &tensor(&x, &[features]),
            &tensor(&weights, &[classes, features]),
            &tensor(&bias, &[classes]),
            &tensor(&gradient, &[classes]),
        );
        let mut found = unwritten::<T>(classes);
        dense.forward(set, &x, &weights, &bias, &mut found);
        assert_near(&found, &logits, tolerance, &what("logits"));

        // The gradient of the weights is added to what is there.
        let before = normal::<T>(5, classes * features);
        let (mut sum, mut x) = (before.clone(), x);
        dense.backward(set, &mut x, &weights, &gradient, &mut sum);
        assert_near(&x, &of_input, tolerance, &what("gradient of the input"));
        let expected: Vec<f64> =
            exact(&before).iter().zip(of_weights).map(|(before, new)| before + new).collect();
        assert_near(&sum, &expected, tolerance, &what("gradient of the weights"));
    }
}

#[test]
#[cfg_attr(miri, ignore = "candle's matrix product takes minutes under an interpreter")]
fn layers_are_those_of_the_composed_operations() {
    in_every_set!(check_layer(), f64: 1e-14, f32: 2e-6);
}

fn check_loss<T: Real>(logits: &[T], label: usize, smoothing: f64, tolerance: f64) {
    let share = 1.0 / 108.0;
    let mut gradient = unwritten(logits.len());
    let loss = softmax_cross_entropy(logits, label, smoothing, share, &mut gradient);
    let variable = Var::from_tensor(&tensor(logits, &[1, logits.len()])).unwrap();
    let labels = Tensor::new(&[label as u32], &Device::Cpu).unwrap();
    let expected = cross_entropy(&variable, &labels, smoothing).unwrap();
    let gradients = expected.backward().unwrap();
    let what = format!("class {label} of {} logits, smoothing {smoothing}", logits.len());
    let expected = values(&expected)[0];
    assert!(
        (loss - expected).abs() <= 1e-14 * expected.abs().max(1.0),
        "{what}: {loss} instead of {expected}"
    );
    let scaled: Vec<f64> =
        values(gradients.get(&variable).unwrap()).iter().map(|gradient| share * gradient).collect();
    assert_near(&gradient, &scaled, tolerance, &what);
    assert!(gradient.iter().all(|gradient| gradient.to_f64().is_finite()));
}

#[test]
fn losses_are_those_of_the_composed_operations() {
    let extremes: [&[f64]; 8] = [
        &[1e4, -1e4],
        &[1e4, -1e4, 0.0],
        &[-1e4, -1e4],
        &[-500.0, -500.0, -501.0],
        &[0.0, 0.0, 0.0, 0.0],
        &[3e38, -3e38],
        &[1e-30, -1e-30],
        &[0.7],
    ];
    let many: Vec<f64> = normal::<f64>(1, 1000).iter().map(|logit| 10.0 * logit).collect();
    for logits in extremes.into_iter().chain([&many[..]]) {
        for label in (0..logits.len()).step_by(logits.len().div_ceil(11)) {
            let single: Vec<f32> = logits.iter().map(|logit| *logit as f32).collect();
            for smoothing in [0.0, 0.1, 0.75] {
                check_loss::<f64>(logits, label, smoothing, 1e-14);
                check_loss::<f32>(&single, label, smoothing, 1e-7);
            }
        }
    }
}

#[test]
fn a_loss_with_nan_is_nan() {
    for logits in [[f32::NAN, 0.0], [0.0, f32::NAN], [f32::INFINITY, 0.0]] {
        let mut gradient = [0.0; 2];
        assert!(softmax_cross_entropy(&logits, 0, 0.0, 1.0, &mut gradient).is_nan(), "{logits:?}");
        assert!(gradient.iter().any(|gradient| gradient.is_nan()), "{logits:?}");
    }
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn a_label_that_is_no_class_is_refused() {
    softmax_cross_entropy(&[0.0f32; 3], 3, 0.0, 1.0, &mut [0.0; 3]);
}

fn check_lengths<T: Real>(set: InstructionSet, _: f64) {
    for dense in &SIZES[..4] {
        let Dense { features, classes } = *dense;
        let what = |name: &str| format!("{set} {name} of {dense:?}");
        let weights = ("weights", classes * features);
        let lengths = [("input", features), weights, ("bias", classes), ("logits", classes)];
        assert_lengths_are_needed::<T>(&lengths, &what("forward"), |slices| {
            let [x, weights, bias, logits] = slices else { unreachable!() };
            dense.forward(set, x, weights, bias, logits);
        });
        let gradients = ("gradient of the weights", classes * features);
        let lengths = [("input", features), weights, ("gradient", classes), gradients];
        assert_lengths_are_needed::<T>(&lengths, &what("backward"), |slices| {
            let [x, weights, gradient, sum] = slices else { unreachable!() };
            dense.backward(set, x, weights, gradient, sum);
        });
    }
}

#[test]
fn slices_that_are_too_short_are_refused() {
    in_every_set!(check_lengths(), f64: 0.0, f32: 0.0);
}
