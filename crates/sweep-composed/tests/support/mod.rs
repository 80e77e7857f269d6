//! What the tests share: numbers, and gradients by finite differences.

#![allow(dead_code, unused_macros, unused_imports, reason = "each test file uses its own part")]

#[path = "../../../sweep-kernels/tests/support/slices.rs"]
pub(crate) mod slices;

use candle_core::{DType, Device, Result, Tensor, Var};
use sweep_kernels::Real;
use sweep_random::{Purpose, Stream};

/// Normal numbers, another sequence for every `seed`.
pub(crate) fn random(seed: u64, shape: &[usize]) -> Tensor {
    Tensor::from_vec(slices::normal::<f64>(seed, shape.iter().product()), shape, &Device::Cpu).unwrap()
}

/// The same numbers as a tensor of float64.
pub(crate) fn tensor<T: Real>(values: &[T], shape: &[usize]) -> Tensor {
    Tensor::from_vec(slices::exact(values), shape, &Device::Cpu).unwrap()
}

/// The dropout stream of a seed.
pub(crate) fn dropout_stream(seed: u64) -> Stream {
    Stream::new(seed, Purpose::Dropout { layer: 1 }, 4, 5)
}

/// All elements as float64, row-major.
pub(crate) fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap()
}

/// A function of tensors.
pub(crate) type Function<'a> = &'a dyn Fn(&[Tensor]) -> Result<Tensor>;

/// Output of `function`, and the gradients of its product with fixed random numbers.
pub(crate) fn with_gradients(inputs: &[Tensor], function: Function<'_>) -> (Tensor, Vec<Tensor>) {
    let variables: Vec<Var> = inputs.iter().map(|input| Var::from_tensor(input).unwrap()).collect();
    let tensors: Vec<Tensor> = variables.iter().map(|variable| variable.as_tensor().clone()).collect();
    let out = function(&tensors).unwrap();
    let gradients = projection(&out).unwrap().backward().unwrap();
    let gradients = variables.iter().map(|variable| gradients.get(variable).expect("a gradient").clone());
    (out.detach(), gradients.collect())
}

/// The fixed random numbers that an output is multiplied by, in a loss.
pub(crate) fn projection_weights(out: &[usize]) -> Tensor {
    random(99, out)
}

fn projection(out: &Tensor) -> Result<Tensor> {
    let weights = projection_weights(out.dims()).to_dtype(out.dtype())?;
    (out * weights)?.sum_all()
}

/// Compares the gradients of `function`, in float64, with central differences at every element of every input.
pub(crate) fn check_gradients(inputs: &[Tensor], function: Function<'_>) {
    const STEP: f64 = 1e-5;
    let (_, gradients) = with_gradients(inputs, function);
    for (number, gradient) in gradients.iter().enumerate() {
        let gradient = values(gradient);
        let scale = gradient.iter().fold(1.0f64, |largest, value| largest.max(value.abs()));
        for (element, analytic) in gradient.iter().enumerate() {
            let loss = |change: f64| {
                let mut moved = inputs.to_vec();
                let mut elements = values(&inputs[number]);
                elements[element] += change;
                moved[number] = Tensor::from_vec(elements, inputs[number].shape(), &Device::Cpu).unwrap();
                projection(&function(&moved).unwrap()).unwrap().to_scalar::<f64>().unwrap()
            };
            let numeric = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
            assert!(
                (analytic - numeric).abs() < 2e-7 * scale,
                "input {number}, element {element}: gradient {analytic}, by differences {numeric}"
            );
        }
    }
}

/// Fails unless all elements agree to `tolerance` times the largest magnitude; NaN agrees with NaN, infinity with itself.
pub(crate) fn assert_close(found: &Tensor, expected: &Tensor, tolerance: f64, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    slices::assert_near(&values(found), &values(expected), tolerance, what);
}
