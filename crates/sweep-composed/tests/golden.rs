//! PyTorch's conventions; `make_golden.py` of the kernels' tests wrote the numbers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::path::Path;

use candle_core::{DType, Device, Tensor, Var, safetensors::load};
use support::assert_close;
use sweep_composed::operations::{activate, batch_norm_training, cross_entropy, pool};
use sweep_kernels::{Activation, Pooling};

fn golden() -> impl Fn(&str) -> Tensor {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../sweep-kernels/tests/golden/numbers.safetensors");
    let numbers = load(file, &Device::Cpu).unwrap();
    move |name| numbers[name].clone()
}

/// Output, and gradient of the product with `weights`.
fn run(x: &Tensor, weights: &Tensor, function: impl Fn(&Tensor) -> Tensor) -> (Tensor, Tensor) {
    let x = Var::from_tensor(x).unwrap();
    let out = function(x.as_tensor());
    // A custom gradient, rather than a sum of products: infinity times 0 in the loss does not matter to the gradient, but reads badly.
    let weights = weights.to_dtype(out.dtype()).unwrap().reshape(out.shape()).unwrap();
    let gradients = (&out * weights).unwrap().sum_all().unwrap().backward().unwrap();
    (out.detach(), gradients.get(&x).unwrap().clone())
}

#[test]
fn activations_at_zero_at_infinity_and_at_nan() {
    let golden = golden();
    let x = golden("activation.x");

    for (name, activation) in [
        ("relu", Activation::Relu),
        ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
        ("elu", Activation::Elu { alpha: 1.0 }),
        ("elu_half", Activation::Elu { alpha: 0.5 }),
    ] {
        for (dtype, tolerance) in [(DType::F64, 1e-15), (DType::F32, 1e-7)] {
            let x = x.to_dtype(dtype).unwrap();
            let ones = x.ones_like().unwrap();
            let (out, gradient) = run(&x, &ones, |x| activate(x, activation).unwrap());
            let what = format!("{name} {dtype:?}");
            assert_close(&out, &golden(&format!("activation.{name}")), tolerance, &what);
            let expected = golden(&format!("activation.{name}.gradient"));
            // The last element is NaN, whose gradient is of no use to anyone: PyTorch's own differ between versions.
            let finite = x.dim(0).unwrap() - 1;
            let (gradient, expected) = (gradient.narrow(0, 0, finite), expected.narrow(0, 0, finite));
            assert_close(&gradient.unwrap(), &expected.unwrap(), tolerance, &format!("gradient of {what}"));
        }
    }
}

#[test]
fn pools_with_ties_nan_and_a_remainder() {
    let golden = golden();

    let x = golden("pool.x");
    for size in [2, 3] {
        for (name, pooling) in [("max", Pooling::Maximum), ("average", Pooling::Average)] {
            let expected = golden(&format!("pool.{name}{size}"));
            let weights: Vec<f64> = (1..=expected.elem_count()).map(|number| number as f64).collect();
            let weights = Tensor::from_vec(weights, expected.shape(), &Device::Cpu).unwrap();
            let (out, gradient) = run(&x, &weights, |x| pool(x, pooling, size).unwrap());
            assert_close(&out, &expected, 1e-15, &format!("{name} {size}"));
            let expected = golden(&format!("pool.{name}{size}.gradient"));
            assert_close(&gradient, &expected, 1e-15, &format!("gradient of {name} {size}"));
        }
    }
}

#[test]
fn cross_entropy_of_extreme_logits() {
    let golden = golden();

    let logits = golden("cross_entropy.logits");
    let labels = Tensor::new(&[1u32, 2, 0], &Device::Cpu).unwrap();
    let one = Tensor::new(1.0f64, &Device::Cpu).unwrap();
    let (loss, gradient) = run(&logits, &one, |x| cross_entropy(x, &labels, 0.0).unwrap());
    assert_close(&loss, &golden("cross_entropy.loss"), 1e-14, "loss");
    assert_close(&gradient, &golden("cross_entropy.gradient"), 1e-14, "gradient");
}

#[test]
fn batch_norm_of_data_far_from_zero() {
    let golden = golden();

    let put = |name: &str| Var::from_tensor(&golden(name)).unwrap();
    let (x, weight, bias) = (put("batch_norm.x"), put("batch_norm.weight"), put("batch_norm.bias"));
    let batch = batch_norm_training(&x, &weight, &bias, 1e-5).unwrap();
    let waves: Vec<f32> = (0..x.elem_count()).map(|number| (number as f32).sin()).collect();
    let waves = Tensor::from_vec(waves, x.shape(), &Device::Cpu).unwrap();
    let gradients = (&batch.output * waves).unwrap().sum_all().unwrap().backward().unwrap();
    // At 100 +- 1 a float32 has a resolution of 8e-6 of the deviation: no order of sums can do better.
    assert_close(&batch.output, &golden("batch_norm.out"), 2e-5, "output");
    assert_close(&batch.mean, &golden("batch_norm.mean"), 1e-6, "mean");
    assert_close(&batch.unbiased_variance, &golden("batch_norm.variance"), 2e-5, "variance");
    for (name, variable) in [("x", &x), ("weight", &weight), ("bias", &bias)] {
        let expected = golden(&format!("batch_norm.gradient.{name}"));
        assert_close(gradients.get(variable).unwrap(), &expected, 2e-5, &format!("gradient of {name}"));
    }
}
