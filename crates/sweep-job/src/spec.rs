//! The specification of a job: every setting that decides its result, with nothing left to a default.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};
use sweep_networks::{MaxNorm, ModelKind, SettingValues};

use crate::stored::StoredSpec;

/// Every setting of one training. Two equal specifications on equal data give the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "StoredSpec", try_from = "StoredSpec")]
pub struct JobSpec {
    /// The network.
    pub model: ModelKind,
    /// The activation function behind every batch normalisation of the network that has one.
    pub activation: Activation,
    /// Trials a mini-batch; the last batch of an epoch may be smaller.
    pub batch_size: u32,
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// Passes over the train set.
    pub epochs: u32,
    /// Seed of initial weights, shuffling and dropout. At most `i64::MAX`, so that SQL can hold it.
    pub seed: u64,
    /// The optimizer with its own settings.
    pub optimizer: Optimizer,
    /// Strength of the L2 penalty (Adam, SGD) or of the decoupled decay (AdamW).
    pub weight_decay: f64,
    /// Probability of a zero in the dropout layers, 0 to below 1.
    pub dropout: f64,
    /// Upper bounds on the norms of weights, if any.
    pub max_norm: Option<MaxNorm>,
    /// Whether the train set is put in a new order before every epoch.
    pub shuffle: Shuffle,
    /// Weights to begin with, instead of random ones.
    pub initial_weights: Option<InitialWeights>,
    /// Every other setting that does not have its default: those of the network, and those that are newer than this program's first
    /// databases.
    pub more: SettingValues,
}

impl JobSpec {
    /// The lab's training of `model` with `activation`: 1201 epochs of Adam, batches of 108 trials for EEGNet and of the whole
    /// train set of 1080 for DeepConvNet.
    pub fn lab(model: ModelKind, activation: Activation) -> Self {
        Self {
            model,
            activation,
            batch_size: model.descriptor().batch_size,
            learning_rate: 1e-3,
            epochs: 1201,
            seed: 0,
            optimizer: Optimizer::LAB,
            weight_decay: 0.0,
            dropout: model.default_dropout(),
            max_norm: None,
            shuffle: Shuffle::EveryEpoch,
            initial_weights: None,
            more: SettingValues::default(),
        }
    }
}

/// The activation functions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Activation {
    /// x for x > 0, else 0.
    Relu,
    /// x for x > 0, else `slope` x.
    LeakyRelu {
        /// Slope on the negative side; the default is 0.01.
        slope: f64,
    },
    /// x for x > 0, else `alpha` (exp(x) - 1).
    Elu {
        /// Minus the limit at minus infinity; the default is 1.
        alpha: f64,
    },
}

impl Activation {
    /// The activation of this name, with the default of its own setting.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Relu,
            Self::LeakyRelu { slope: Self::DEFAULT_SLOPE },
            Self::Elu { alpha: Self::DEFAULT_ALPHA },
        ];
        all.into_iter().find(|activation| activation.name() == name)
    }

    /// The names, in the order of tables.
    pub const NAMES: [&'static str; 3] = ["relu", "leaky_relu", "elu"];
    /// `slope` of LeakyReLU where none is given.
    pub const DEFAULT_SLOPE: f64 = 0.01;
    /// `alpha` of ELU where none is given.
    pub const DEFAULT_ALPHA: f64 = 1.0;

    /// The name in sweep files, the database and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Elu { .. } => "elu",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::LeakyRelu { .. } => "LeakyReLU",
            Self::Elu { .. } => "ELU",
        }
    }
}

/// The optimizers, with PyTorch's update rules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Optimizer {
    /// Adam (Kingma and Ba 2015, algorithm 1); weight decay is added to the gradient.
    Adam {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Added to the denominator.
        epsilon: f64,
    },
    /// AdamW (Loshchilov and Hutter 2019, algorithm 2): decoupled weight decay.
    #[serde(rename = "adamw")]
    AdamW {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Added to the denominator.
        epsilon: f64,
    },
    /// Stochastic gradient descent; weight decay is added to the gradient.
    Sgd {
        /// Momentum; 0 is plain descent.
        momentum: f64,
        /// Nesterov's form of momentum.
        nesterov: bool,
    },
}

impl Optimizer {
    /// The optimizer of this name, with the defaults of its own settings.
    pub fn named(name: &str) -> Option<Self> {
        let Self::Adam { beta1, beta2, epsilon } = Self::LAB else { return None };
        let all =
            [Self::LAB, Self::AdamW { beta1, beta2, epsilon }, Self::Sgd { momentum: 0.0, nesterov: false }];
        all.into_iter().find(|optimizer| optimizer.name() == name)
    }

    /// The names, in the order of the documentation.
    pub const NAMES: [&'static str; 3] = ["adam", "adamw", "sgd"];
    /// Adam as PyTorch's defaults and the lab have it.
    pub const LAB: Self = Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    /// The name in sweep files and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adam { .. } => "adam",
            Self::AdamW { .. } => "adamw",
            Self::Sgd { .. } => "sgd",
        }
    }
}

/// Order of the train set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shuffle {
    /// A new order every epoch, from the seed and the epoch's number.
    EveryEpoch,
    /// The order of the files.
    Never,
}

/// A safetensors file to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialWeights {
    /// Where it is; not part of the job's identity.
    pub path: PathBuf,
    /// SHA-256 of its bytes in lower-case hexadecimal digits; part of the job's identity.
    pub sha256: String,
}

/// Where a job computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// The processor.
    Cpu,
    /// A CUDA device by its number.
    Cuda(u32),
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.pad("cpu"),
            Self::Cuda(ordinal) => f.pad(&format!("cuda:{ordinal}")),
        }
    }
}

/// An invalid device name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown device `{0}`: expected cpu, cuda or cuda:N")]
pub struct UnknownDevice(pub String);

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .filter(|ordinal| ordinal.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|ordinal| ordinal.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| UnknownDevice(text.to_owned())),
        }
    }
}
