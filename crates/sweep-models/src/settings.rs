//! What a network is built from.

use sweep_job::{Activation, JobSpec, MaxNorm, ModelKind};
use sweep_networks::{SettingValue, SettingValues};

/// The settings that decide a network, beside its sizes and its seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which network.
    pub model: ModelKind,
    /// Its activation function.
    pub activation: Activation,
    /// Probability of a zero in its dropout layers, 0 to below 1.
    pub dropout: f64,
    /// Bounds on norms of weights, if any.
    pub max_norm: Option<MaxNorm>,
    /// All further settings that do not have their defaults.
    pub more: SettingValues,
}

impl Settings {
    /// The lab's settings of `model`: its own dropout, and no bounds on norms.
    pub fn lab(model: ModelKind, activation: Activation) -> Self {
        Self {
            model,
            activation,
            dropout: model.default_dropout(),
            max_norm: None,
            more: SettingValues::default(),
        }
    }
}

impl Settings {
    /// The share of each label that is spread over all classes in training.
    pub(crate) fn label_smoothing(&self) -> f64 {
        self.number("label_smoothing").unwrap_or(0.0)
    }

    /// The largest norm of all gradients of a step together, if there is one.
    pub(crate) fn gradient_clip_norm(&self) -> Option<f64> {
        self.number("gradient_clip_norm")
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.more.get(name) {
            Some(SettingValue::Number(number)) => Some(number),
            _ => None,
        }
    }
}

impl From<&JobSpec> for Settings {
    fn from(spec: &JobSpec) -> Self {
        let JobSpec { model, activation, dropout, max_norm, ref more, .. } = *spec;
        Self { model, activation, dropout, max_norm, more: more.clone() }
    }
}
