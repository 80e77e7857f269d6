//! A member's state on the device: where each tensor lies in the arena, which begins with it.

use sweep_networks::{Blueprint, Bound, LayerKind};

use super::{arena::Arena, network::bound_of};

/// What a tensor of a state holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorKind {
    /// A trained parameter.
    Parameter,
    /// A running mean.
    Mean,
    /// A running variance.
    Variance,
    /// What an optimizer keeps of a parameter.
    Moment,
    /// One 64-bit integer, which takes the room of two numbers.
    Counter,
}

/// A tensor of a member's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateTensor {
    /// Its name in the state dict.
    pub name: String,
    /// Its axes.
    pub shape: Vec<usize>,
    /// What it holds.
    pub kind: TensorKind,
    /// Its first number, from the beginning of the state.
    pub offset: usize,
    /// Its numbers; 1 for a counter.
    pub length: usize,
}

/// What an optimizer keeps of each parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// SGD without momentum: nothing.
    Nothing,
    /// SGD with momentum: its velocity.
    Velocity,
    /// Adam and AdamW: two moments, and the number of steps.
    Moments,
}

/// A parameter as the update needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Its place among the tensors.
    pub(crate) tensor: usize,
    /// Where its gradient begins, among all gradients; its moments lie at the same places among all moments.
    pub(crate) gradient: usize,
    pub(crate) bound: Bound,
}

/// The state of a network and of any optimizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateLayout {
    /// Of the network, in the order of its state dict.
    pub(crate) network: Vec<StateTensor>,
    pub(crate) parameters: Vec<Parameter>,
    /// For each layer its first tensor.
    pub(crate) layers: Vec<usize>,
    /// Numbers of all gradients, with gaps.
    pub(crate) gradients: usize,
    pub(crate) first_moments: usize,
    pub(crate) second_moments: usize,
    pub(crate) steps: usize,
}

impl StateLayout {
    pub(crate) fn new(blueprint: &Blueprint, arena: &mut Arena) -> Self {
        let (mut network, mut parameters, mut layers, mut gradients) =
            (Vec::new(), Vec::new(), Vec::new(), 0);
        for layer in &blueprint.layers {
            layers.push(network.len());
            let mut add = |name: &str, shape: Vec<usize>, kind| {
                let length: usize = shape.iter().product();
                let offset = arena.take(if kind == TensorKind::Counter { 2 } else { length });
                network.push(StateTensor {
                    name: format!("{}.{name}", layer.name),
                    shape,
                    kind,
                    offset,
                    length,
                });
                network.len() - 1
            };
            for (name, shape) in layer.kind.parameters() {
                let tensor = add(name, shape.clone(), TensorKind::Parameter);
                let bound = if name == "weight" { bound_of(&layer.kind) } else { Bound::None };
                parameters.push(Parameter { tensor, gradient: gradients, bound });
                gradients += shape.iter().product::<usize>().next_multiple_of(4);
            }
            if let LayerKind::BatchNorm { planes, .. } = layer.kind {
                add("running_mean", vec![planes], TensorKind::Mean);
                add("running_var", vec![planes], TensorKind::Variance);
                add("num_batches_tracked", Vec::new(), TensorKind::Counter);
            }
        }
        let [first_moments, second_moments, steps] =
            [gradients, gradients, 2].map(|length| arena.take(length));
        Self { network, parameters, layers, gradients, first_moments, second_moments, steps }
    }

    /// Tensor number `index` of a layer.
    pub(crate) fn tensor(&self, layer: usize, index: usize) -> u32 {
        self.network[self.layers[layer] + index].offset as u32
    }

    /// Where the gradient of a layer's parameter number `index` begins, among all gradients.
    pub(crate) fn gradient(&self, layer: usize, index: usize) -> u32 {
        let tensor = self.layers[layer] + index;
        let parameter = self.parameters.iter().find(|parameter| parameter.tensor == tensor);
        parameter.map_or(super::arguments::NONE, |parameter| parameter.gradient as u32)
    }

    /// The tensors of an optimizer, in the order of its state.
    pub(crate) fn optimizer(&self, kept: Kept) -> Vec<StateTensor> {
        let names: &[(&str, usize)] = match kept {
            Kept::Nothing => &[],
            Kept::Velocity => &[("momentum_buffer", self.first_moments)],
            Kept::Moments => &[("exp_avg", self.first_moments), ("exp_avg_sq", self.second_moments)],
        };
        let mut tensors: Vec<StateTensor> = (self.parameters.iter())
            .flat_map(|parameter| {
                let tensor = &self.network[parameter.tensor];
                names.iter().map(move |(name, begin)| StateTensor {
                    name: format!("{}.{name}", tensor.name),
                    kind: TensorKind::Moment,
                    offset: begin + parameter.gradient,
                    ..tensor.clone()
                })
            })
            .collect();
        if kept == Kept::Moments {
            let (name, shape) = ("step".to_owned(), Vec::new());
            tensors.push(StateTensor {
                name,
                shape,
                kind: TensorKind::Counter,
                offset: self.steps,
                length: 1,
            });
        }
        tensors
    }
}
