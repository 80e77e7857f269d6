//! What members of a bundle differ in, as the kernels have it.

use sweep_kernels::{Activation, AdamRule, DecayKind, SgdRule};
use sweep_networks::MaxNorm;

use super::{
    arguments::{ADAM, ADAMW, ELU, LEAKY_RELU, MOMENTUM_SGD, Member, NESTEROV, RELU, SGD},
    state::Kept,
};

/// The settings of one member.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemberSettings {
    /// What dropout is drawn from.
    pub seed: u64,
    /// The activation function.
    pub activation: Activation,
    /// The probability of a zero in the dropout layers.
    pub dropout: f64,
    /// The optimizer.
    pub rule: Rule,
    /// The share of each label that is spread over all classes.
    pub label_smoothing: f64,
    /// The largest norm of all gradients together.
    pub clip_norm: Option<f64>,
    /// Bounds on norms of weights.
    pub max_norm: Option<MaxNorm>,
}

/// An optimizer with its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Adam or AdamW.
    Adam(AdamRule),
    /// Stochastic gradient descent.
    Sgd(SgdRule),
}

impl Rule {
    /// What it keeps of each parameter.
    pub fn kept(&self) -> Kept {
        match self {
            Self::Adam(_) => Kept::Moments,
            Self::Sgd(SgdRule { momentum: 0.0, .. }) => Kept::Nothing,
            Self::Sgd(_) => Kept::Velocity,
        }
    }
}

impl From<&MemberSettings> for Member {
    fn from(settings: &MemberSettings) -> Self {
        let (activation, activation_parameter) = match settings.activation {
            Activation::Relu => (RELU, 0.0),
            Activation::LeakyRelu { slope } => (LEAKY_RELU, slope),
            Activation::Elu { alpha } => (ELU, alpha),
        };
        let mut member = Self {
            activation,
            activation_parameter,
            label_smoothing: settings.label_smoothing,
            clip_norm: settings.clip_norm.unwrap_or(f64::INFINITY),
            convolution_bound: settings.max_norm.map_or(f64::INFINITY, |bounds| bounds.convolution),
            dense_bound: settings.max_norm.map_or(f64::INFINITY, |bounds| bounds.dense),
            seed_low: settings.seed as u32,
            seed_high: (settings.seed >> 32) as u32,
            // As the masks of the processor round it.
            dropout_threshold: (settings.dropout * 65_536.0).round().clamp(0.0, 65_535.0) as u32,
            ..Self::default()
        };
        match settings.rule {
            Rule::Adam(AdamRule { learning_rate, beta1, beta2, epsilon, weight_decay, decay_kind }) => {
                member.optimizer = match decay_kind {
                    DecayKind::Coupled => ADAM,
                    DecayKind::Decoupled => ADAMW,
                };
                (member.learning_rate, member.weight_decay) = (learning_rate, weight_decay);
                (member.beta1, member.beta2, member.epsilon) = (beta1, beta2, epsilon);
            }
            Rule::Sgd(SgdRule { learning_rate, momentum, nesterov, weight_decay }) => {
                member.optimizer = match (momentum, nesterov) {
                    (0.0, _) => SGD,
                    (_, false) => MOMENTUM_SGD,
                    (_, true) => NESTEROV,
                };
                (member.learning_rate, member.weight_decay) = (learning_rate, weight_decay);
                member.momentum = momentum;
            }
        }
        member
    }
}
