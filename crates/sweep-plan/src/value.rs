//! A checked value of a setting. Knows no TOML and no places.

use sweep_job::{Activation, MaxNorm, ModelKind, Optimizer};

/// A checked value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    Model(ModelKind),
    Activation(ActivationName),
    Optimizer(OptimizerName),
    Whole(u64),
    Number(f64),
    Switch(bool),
    MaxNorm(MaxNormChoice),
    /// Number of a file in the table of weights; none is random weights.
    Weights(Option<u32>),
}

/// An activation without its own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActivationName {
    Relu,
    LeakyRelu,
    Elu,
}

/// An optimizer without its own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptimizerName {
    Adam,
    AdamW,
    Sgd,
}

/// Bounds on norms as they can be asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxNormChoice {
    Off,
    /// The bounds of the job's model.
    OfModel,
    Bounds(MaxNorm),
}

impl ActivationName {
    pub(crate) const ALL: [Self; 3] = [Self::Relu, Self::LeakyRelu, Self::Elu];

    pub(crate) fn name(self) -> &'static str {
        self.with(0.0, 0.0).name()
    }

    pub(crate) fn with(self, slope: f64, alpha: f64) -> Activation {
        match self {
            Self::Relu => Activation::Relu,
            Self::LeakyRelu => Activation::LeakyRelu { slope },
            Self::Elu => Activation::Elu { alpha },
        }
    }
}

impl OptimizerName {
    pub(crate) const ALL: [Self; 3] = [Self::Adam, Self::AdamW, Self::Sgd];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Adam => Optimizer::NAMES[0],
            Self::AdamW => Optimizer::NAMES[1],
            Self::Sgd => Optimizer::NAMES[2],
        }
    }

    pub(crate) fn of(optimizer: Optimizer) -> Self {
        match optimizer {
            Optimizer::Adam { .. } => Self::Adam,
            Optimizer::AdamW { .. } => Self::AdamW,
            Optimizer::Sgd { .. } => Self::Sgd,
        }
    }

    /// Weight decay where none is given: as in PyTorch, 0.01 for AdamW, and none for Adam and SGD.
    pub(crate) fn default_weight_decay(self) -> f64 {
        match self {
            Self::Adam | Self::Sgd => 0.0,
            Self::AdamW => 0.01,
        }
    }
}

impl Value {
    /// Bits that are equal exactly where two values of one setting are.
    pub(crate) fn bits(self) -> [u64; 2] {
        match self {
            Self::Model(model) => [model as u64, 0],
            Self::Activation(activation) => [activation as u64, 0],
            Self::Optimizer(optimizer) => [optimizer as u64, 0],
            Self::Whole(whole) => [whole, 0],
            Self::Number(number) => [number.to_bits(), 0],
            Self::Switch(switch) => [u64::from(switch), 0],
            // The bounds are positive numbers, so that no bits of theirs are all ones.
            Self::MaxNorm(MaxNormChoice::Off) => [u64::MAX, 0],
            Self::MaxNorm(MaxNormChoice::OfModel) => [u64::MAX, 1],
            Self::MaxNorm(MaxNormChoice::Bounds(bounds)) => {
                [bounds.convolution.to_bits(), bounds.dense.to_bits()]
            }
            Self::Weights(weights) => [weights.map_or(u64::MAX, u64::from), 0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_job() {
        assert_eq!(ActivationName::ALL.map(ActivationName::name), Activation::NAMES);
        assert_eq!(OptimizerName::ALL.map(OptimizerName::name), Optimizer::NAMES);
        assert_eq!(Optimizer::LAB.name(), OptimizerName::Adam.name());
        assert_eq!(Optimizer::Sgd { momentum: 0.0, nesterov: false }.name(), OptimizerName::Sgd.name());
    }
}
