//! The settings of a job: their names, what values they take, and where they apply. Knows no TOML.

use crate::value::{ActivationName, OptimizerName};

/// The settings, in the order of tables and of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Setting {
    Model,
    Activation,
    Slope,
    Alpha,
    BatchSize,
    LearningRate,
    Epochs,
    Seed,
    Optimizer,
    Beta1,
    Beta2,
    Epsilon,
    Momentum,
    Nesterov,
    WeightDecay,
    Dropout,
    MaxNorm,
    Shuffle,
    InitialWeights,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Model,
    Activation,
    Optimizer,
    /// A whole number within these bounds.
    Whole {
        least: u64,
        most: u64,
    },
    /// A finite number.
    Number(Bounds),
    /// True or false.
    Switch,
    MaxNorm,
    Weights,
}

/// Bounds of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bounds {
    /// Above 0.
    Positive,
    /// 0 or above.
    NotNegative,
    /// From 0 to below 1.
    Share,
}

impl Bounds {
    pub(crate) fn hold(self, number: f64) -> bool {
        number.is_finite()
            && match self {
                Self::Positive => number > 0.0,
                Self::NotNegative => number >= 0.0,
                Self::Share => (0.0..1.0).contains(&number),
            }
    }

    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Positive => "above 0",
            Self::NotNegative => "0 or above",
            Self::Share => "from 0 to below 1",
        }
    }
}

/// A set of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SettingSet(u32);

impl SettingSet {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) const fn with(self, setting: Setting) -> Self {
        Self(self.0 | 1 << setting as u32)
    }

    pub(crate) fn insert(&mut self, setting: Setting) {
        *self = self.with(setting);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn contains(self, setting: Setting) -> bool {
        self.0 & 1 << setting as u32 != 0
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Setting {
    pub(crate) const COUNT: usize = 19;

    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Model,
        Self::Activation,
        Self::Slope,
        Self::Alpha,
        Self::BatchSize,
        Self::LearningRate,
        Self::Epochs,
        Self::Seed,
        Self::Optimizer,
        Self::Beta1,
        Self::Beta2,
        Self::Epsilon,
        Self::Momentum,
        Self::Nesterov,
        Self::WeightDecay,
        Self::Dropout,
        Self::MaxNorm,
        Self::Shuffle,
        Self::InitialWeights,
    ];

    /// Settings without a default.
    pub(crate) const REQUIRED: [Self; 3] = [Self::Model, Self::Activation, Self::Epochs];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Activation => "activation",
            Self::Slope => "slope",
            Self::Alpha => "alpha",
            Self::BatchSize => "batch_size",
            Self::LearningRate => "learning_rate",
            Self::Epochs => "epochs",
            Self::Seed => "seed",
            Self::Optimizer => "optimizer",
            Self::Beta1 => "beta1",
            Self::Beta2 => "beta2",
            Self::Epsilon => "epsilon",
            Self::Momentum => "momentum",
            Self::Nesterov => "nesterov",
            Self::WeightDecay => "weight_decay",
            Self::Dropout => "dropout",
            Self::MaxNorm => "max_norm",
            Self::Shuffle => "shuffle",
            Self::InitialWeights => "initial_weights",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Model => Kind::Model,
            Self::Activation => Kind::Activation,
            Self::Optimizer => Kind::Optimizer,
            Self::BatchSize | Self::Epochs => Kind::Whole { least: 1, most: u32::MAX as u64 },
            // SQL holds signed 64-bit numbers.
            Self::Seed => Kind::Whole { least: 0, most: i64::MAX as u64 },
            Self::LearningRate | Self::Epsilon => Kind::Number(Bounds::Positive),
            Self::Slope | Self::Alpha | Self::WeightDecay => Kind::Number(Bounds::NotNegative),
            Self::Beta1 | Self::Beta2 | Self::Momentum | Self::Dropout => Kind::Number(Bounds::Share),
            Self::Nesterov | Self::Shuffle => Kind::Switch,
            Self::MaxNorm => Kind::MaxNorm,
            Self::InitialWeights => Kind::Weights,
        }
    }

    /// Which jobs can use it, in words; none where all can.
    pub(crate) fn condition(self) -> Option<&'static str> {
        match self {
            Self::Slope => Some("activation = \"leaky_relu\""),
            Self::Alpha => Some("activation = \"elu\""),
            Self::Beta1 | Self::Beta2 | Self::Epsilon => Some("optimizer = \"adam\" or \"adamw\""),
            Self::Momentum => Some("optimizer = \"sgd\""),
            Self::Nesterov => Some("optimizer = \"sgd\" with a momentum above 0"),
            _ => None,
        }
    }

    /// The settings that decide whether a job can use this one.
    pub(crate) fn depends_on(self) -> SettingSet {
        match self {
            Self::Slope | Self::Alpha => SettingSet::EMPTY.with(Self::Activation),
            Self::Beta1 | Self::Beta2 | Self::Epsilon | Self::Momentum => {
                SettingSet::EMPTY.with(Self::Optimizer)
            }
            Self::Nesterov => SettingSet::EMPTY.with(Self::Optimizer).with(Self::Momentum),
            _ => SettingSet::EMPTY,
        }
    }

    /// Whether a job with this activation, optimizer and momentum can use it.
    pub(crate) fn applies(
        self,
        activation: Option<ActivationName>,
        optimizer: OptimizerName,
        momentum: f64,
    ) -> bool {
        match self {
            Self::Slope => activation == Some(ActivationName::LeakyRelu),
            Self::Alpha => activation == Some(ActivationName::Elu),
            Self::Beta1 | Self::Beta2 | Self::Epsilon => optimizer != OptimizerName::Sgd,
            Self::Momentum => optimizer == OptimizerName::Sgd,
            Self::Nesterov => optimizer == OptimizerName::Sgd && momentum > 0.0,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_settings_stand_in_their_place() {
        for (index, setting) in Setting::ALL.into_iter().enumerate() {
            assert_eq!(setting as usize, index);
            assert_eq!(Setting::named(setting.name()), Some(setting));
        }
    }

    #[test]
    fn every_setting_and_every_key_of_data_is_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sweep-format.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (settings, data) = text.split_once("\n## `[data]`").unwrap();
        for setting in Setting::ALL {
            let row = format!("| `{}` |", setting.name());
            assert!(settings.contains(&row), "{row}");
        }
        for key in crate::check::data::keys() {
            assert!(data.contains(&format!("| `{key}` |")), "{key}");
        }
    }
}
