//! What the tests share: small shapes, numbers, ways to compute.

#![allow(dead_code, reason = "each test file uses its own part")]

use candle_core::{DType, Device, Tensor};
use sweep_job::{Activation, ModelKind};
use sweep_models::{BlueprintError, DropoutKey, Form, InputShape, ModelError, Network, Step, layer_table};
use sweep_networks::SettingValues;
use sweep_random::{Purpose, Stream};

pub(crate) const LAB: InputShape = InputShape { channels: 2, samples: 750, classes: 2 };
pub(crate) const KEY: DropoutKey = DropoutKey { seed: 1, epoch: 2, step: 3 };
pub(crate) const ACTIVATIONS: [Activation; 3] =
    [Activation::Relu, Activation::LeakyRelu { slope: 0.01 }, Activation::Elu { alpha: 1.0 }];

/// Trials a few samples longer than `model` needs.
pub(crate) fn small(model: ModelKind) -> InputShape {
    let shape = InputShape { channels: 3, samples: 0, classes: 3 };
    match layer_table(model, &SettingValues::default(), shape) {
        Err(ModelError::Blueprint(BlueprintError::TooShort { needed, .. })) => {
            InputShape { samples: needed + 3, ..shape }
        }
        other => panic!("{model} for trials without samples: {other:?}"),
    }
}

/// Both forms on the processor, and the composed one on a CUDA device where this build can use one.
pub(crate) fn ways() -> Vec<(Form, Device)> {
    let mut ways = vec![(Form::Fused, Device::Cpu), (Form::Composed, Device::Cpu)];
    if candle_core::utils::cuda_is_available() {
        ways.extend(Device::new_cuda(0).map(|device| (Form::Composed, device)));
    }
    ways
}

/// Trials of normal noise, float32, the first all zeros, and labels.
pub(crate) fn trials(shape: InputShape, count: usize) -> (Tensor, Vec<u32>) {
    let mut draws = Stream::new(11, Purpose::Synthetic, 0, 0).draws();
    let trial = shape.channels * shape.samples;
    let mut signal: Vec<f32> = (0..count * trial).map(|_| 5.0 * draws.normal() as f32).collect();
    signal[..trial].fill(0.0);
    let labels: Vec<u32> = (0..count).map(|_| draws.below(shape.classes as u32)).collect();
    let signal = Tensor::from_vec(signal, (count, 1, shape.channels, shape.samples), &Device::Cpu).unwrap();
    (signal, labels)
}

/// A training step over all trials.
pub(crate) fn step(network: &mut Network, x: &Tensor, labels: &[u32], key: DropoutKey) -> Step {
    let numbers: Vec<u32> = (0..labels.len() as u32).collect();
    network.step(x, &numbers, labels, key).unwrap()
}

/// All elements as float64, row-major.
pub(crate) fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap()
}

/// The largest difference, relative to the largest magnitude of `expected` or to `least_scale` if that is larger.
pub(crate) fn relative_difference(found: &[f64], expected: &[f64], least_scale: f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale =
        expected.iter().fold(least_scale.max(f64::MIN_POSITIVE), |largest, value| largest.max(value.abs()));
    let differences = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs() / scale);
    // Unlike `max`, this keeps a NaN.
    differences.fold(0.0, |largest, difference| if difference <= largest { largest } else { difference })
}
