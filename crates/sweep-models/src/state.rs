//! The state of a network or an optimizer on the host: named tensors in the order of PyTorch's state dict.

use sweep_kernels::Real;
use sweep_networks::{Blueprint, Initial as Initialisation, LayerKind};
use sweep_random::{Purpose, Stream};

/// One tensor of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// Its name in the state dict: `firstconv.0.weight`.
    pub name: String,
    /// Its axes.
    pub shape: Vec<usize>,
    /// What it holds.
    pub value: Value<T>,
}

/// What a tensor of a state holds; numbers are row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<T> {
    /// A trained parameter; finite.
    Parameter(Vec<T>),
    /// A running mean; finite.
    Mean(Vec<T>),
    /// A running variance; finite and not negative.
    Variance(Vec<T>),
    /// What an optimizer keeps of a parameter; any numbers.
    Moment(Vec<T>),
    /// One 64-bit integer.
    Counter(i64),
}

/// All of a training that the next epoch depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Parameters and running statistics.
    pub network: Vec<Entry<f32>>,
    /// What the optimizer keeps.
    pub optimizer: Vec<Entry<f32>>,
}

impl<T: Real> Entry<T> {
    /// Its numbers; none for a counter.
    pub fn numbers(&self) -> &[T] {
        match &self.value {
            Value::Parameter(numbers)
            | Value::Mean(numbers)
            | Value::Variance(numbers)
            | Value::Moment(numbers) => numbers,
            Value::Counter(_) => &[],
        }
    }

    /// Its numbers, for a change in place.
    pub(crate) fn numbers_mut(&mut self) -> &mut [T] {
        match &mut self.value {
            Value::Parameter(numbers)
            | Value::Mean(numbers)
            | Value::Variance(numbers)
            | Value::Moment(numbers) => numbers,
            Value::Counter(_) => &mut [],
        }
    }

    /// Whether it is no counter.
    pub(crate) fn is_tensor(&self) -> bool {
        !matches!(self.value, Value::Counter(_))
    }

    /// Whether it is trained.
    pub(crate) fn is_parameter(&self) -> bool {
        matches!(self.value, Value::Parameter(_))
    }
}

/// The number of each layer's first entry in the state of a network.
pub(crate) fn places(blueprint: &Blueprint) -> Vec<usize> {
    let count = |kind: &LayerKind| kind.parameters().len() + buffers::<f32>(kind).len();
    let before = |next: &mut usize, kind: &LayerKind| {
        let place = *next;
        *next += count(kind);
        Some(place)
    };
    blueprint.layers.iter().map(|layer| &layer.kind).scan(0, before).collect()
}

/// The state of a new network.
///
/// Weights and biases of convolutions and of dense layers are uniform in +-1/sqrt(fan_in), where fan_in is inputs / groups times
/// the kernel's size, as PyTorch's defaults, unless the blueprint asks for Xavier's; those of normalisations are 1 and 0. The numbers
/// of parameter i, in the order of the state dict, are the stream (`seed`, initialisation, epoch 0, step i).
pub(crate) fn initial<T: Real>(blueprint: &Blueprint, seed: u64) -> Vec<Entry<T>> {
    let mut entries = Vec::new();
    let mut number = 0;
    for layer in &blueprint.layers {
        for (name, shape) in layer.kind.parameters() {
            let count = shape.iter().product();
            let numbers = match Initial::of(&layer.kind, name) {
                Initial::Constant(value) => vec![T::from_f64(value); count],
                Initial::Uniform { bound } => {
                    uniform(Stream::new(seed, Purpose::Initialisation, 0, number), bound, count)
                }
            };
            number += 1;
            let (name, value) = (format!("{}.{name}", layer.name), Value::Parameter(numbers));
            entries.push(Entry { name, shape, value });
        }
        entries.extend(buffers(&layer.kind).into_iter().map(|(name, shape, value)| Entry {
            name: format!("{}.{name}", layer.name),
            shape,
            value,
        }));
    }
    entries
}

/// How a parameter begins.
enum Initial {
    /// The same number everywhere.
    Constant(f64),
    /// Uniform in +-`bound`.
    Uniform { bound: f64 },
}

impl Initial {
    /// What PyTorch's default for convolutions and dense layers comes to.
    fn of_fan_in(fan_in: usize) -> Self {
        Self::Uniform { bound: 1.0 / (fan_in as f64).sqrt() }
    }

    /// That of the parameter `name` of a layer.
    fn of(kind: &LayerKind, name: &str) -> Self {
        match kind {
            LayerKind::Convolution(sizes) => {
                let [outputs, inputs, height, time] = sizes.weight_shape();
                let (fan_in, fan_out) = (inputs * height * time, outputs * height * time);
                match (sizes.initial, name) {
                    (Initialisation::FanIn, _) => Self::of_fan_in(fan_in),
                    (Initialisation::Xavier, "weight") => {
                        Self::Uniform { bound: (6.0 / (fan_in + fan_out) as f64).sqrt() }
                    }
                    (Initialisation::Xavier, _) => Self::Constant(0.0),
                }
            }
            LayerKind::Dense { inputs, .. } => Self::of_fan_in(*inputs),
            // Normalisations change nothing yet; the others have no parameters.
            LayerKind::BatchNorm { .. }
            | LayerKind::LayerNorm { .. }
            | LayerKind::Activation
            | LayerKind::Function(_)
            | LayerKind::Pool { .. }
            | LayerKind::Mean
            | LayerKind::Window { .. }
            | LayerKind::Dropout { .. }
            | LayerKind::Flatten
            | LayerKind::Attention { .. }
            | LayerKind::Combine(_) => Self::Constant(if name == "weight" { 1.0 } else { 0.0 }),
        }
    }
}

fn uniform<T: Real>(stream: Stream, bound: f64, count: usize) -> Vec<T> {
    let mut draws = stream.draws();
    (0..count).map(|_| T::from_f64(bound * (2.0 * draws.uniform() - 1.0))).collect()
}

/// What a layer keeps beside its parameters, as it begins: the last part of the name, the shape and the value.
fn buffers<T: Real>(kind: &LayerKind) -> Vec<(&'static str, Vec<usize>, Value<T>)> {
    match *kind {
        LayerKind::BatchNorm { planes, .. } => vec![
            ("running_mean", vec![planes], Value::Mean(vec![T::zero(); planes])),
            // With the unbiased estimate.
            ("running_var", vec![planes], Value::Variance(vec![T::one(); planes])),
            // Batches seen in training. PyTorch keeps it, and so do we; it decides nothing.
            ("num_batches_tracked", Vec::new(), Value::Counter(0)),
        ],
        _ => Vec::new(),
    }
}
