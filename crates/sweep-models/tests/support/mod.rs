//! What the tests share: small shapes, numbers, ways to compute.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors};
use sweep_job::{Activation, ModelKind};
use sweep_models::{
    BlueprintError, DropoutKey, Element, InputShape, ModelError, Network, Real, Settings, Step, layer_table,
};
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

/// How a network computes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// With kernels, if there are some for all layers.
    Fused,
    /// Layer by layer.
    Composed,
}

impl Way {
    /// A new network that computes this way.
    pub(crate) fn network<T: Element>(
        &self,
        settings: &Settings,
        shape: InputShape,
        seed: u64,
    ) -> Network<T> {
        match self {
            Self::Fused => Network::new(settings, shape, seed).unwrap(),
            Self::Composed => Network::composed(settings, shape, seed).unwrap(),
        }
    }
}

/// Both ways.
pub(crate) fn ways() -> [Way; 2] {
    [Way::Fused, Way::Composed]
}

/// Trials of normal noise, the first all zeros, and labels.
pub(crate) fn trials(shape: InputShape, count: usize) -> (Vec<f32>, Vec<u32>) {
    let mut draws = Stream::new(11, Purpose::Synthetic, 0, 0).draws();
    let trial = shape.channels * shape.samples;
    let mut signal: Vec<f32> = (0..count * trial).map(|_| 5.0 * draws.normal() as f32).collect();
    signal[..trial].fill(0.0);
    let labels: Vec<u32> = (0..count).map(|_| draws.below(shape.classes as u32)).collect();
    (signal, labels)
}

/// A training step over all trials.
pub(crate) fn step<T: Element>(network: &mut Network<T>, x: &[f32], labels: &[u32], key: DropoutKey) -> Step {
    let numbers: Vec<u32> = (0..labels.len() as u32).collect();
    network.step(x, &numbers, labels, key).unwrap()
}

/// The same numbers in float64.
pub(crate) fn values<T: Real>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|number| number.to_f64()).collect()
}

/// The tensors of a safetensors file: shapes, types and numbers.
pub(crate) fn tensors(bytes: &[u8]) -> HashMap<String, (Vec<usize>, Dtype, Vec<f64>)> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let bytes = view.data();
        let numbers = match view.dtype() {
            Dtype::F64 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
            Dtype::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes).into()).collect(),
            Dtype::I64 => bytes.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f64).collect(),
            other => panic!("{name} has type {other:?}"),
        };
        (name, (view.shape().to_vec(), view.dtype(), numbers))
    };
    file.tensors().into_iter().map(tensor).collect()
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

/// The loss after a change of one element of a parameter, which is taken back.
pub(crate) fn loss_with_change(
    network: &mut Network<f64>,
    (parameter, element): (usize, usize),
    change: f64,
    (x, labels): (&[f32], &[u32]),
) -> f64 {
    let elements = network.parameter_mut(parameter).unwrap();
    let original = elements[element];
    elements[element] += change;
    let loss = step(network, x, labels, KEY).loss;
    network.parameter_mut(parameter).unwrap()[element] = original;
    loss
}
