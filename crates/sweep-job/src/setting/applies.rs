//! To which jobs a setting applies.

use sweep_networks::ModelKind;

use super::{Setting, row::Default};
use crate::JobSpec;

/// Which jobs have a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applies {
    Always,
    /// Those with one of these activations.
    Activation(&'static [&'static str]),
    /// Those with one of these optimizers.
    Optimizer(&'static [&'static str]),
    /// Those of SGD with a momentum above 0.
    Momentum,
    /// Those whose network declares it.
    Network,
}

/// What decides whether a setting applies to a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingContext<'a> {
    /// The network, if it is known.
    pub model: Option<ModelKind>,
    /// The name of the activation, if it is known.
    pub activation: Option<&'a str>,
    /// The name of the optimizer.
    pub optimizer: &'a str,
    /// The momentum of SGD.
    pub momentum: f64,
}

impl SettingContext<'static> {
    /// The context of the job `spec`.
    pub fn of(spec: &JobSpec) -> Self {
        let momentum = match spec.optimizer {
            crate::Optimizer::Sgd { momentum, .. } => momentum,
            _ => 0.0,
        };
        Self {
            model: Some(spec.model),
            activation: Some(spec.activation.name()),
            optimizer: spec.optimizer.name(),
            momentum,
        }
    }
}

impl Setting {
    /// Whether a job has this setting.
    pub fn applies(self, to: SettingContext<'_>) -> bool {
        match self.row().applies {
            Applies::Always => true,
            Applies::Activation(names) => to.activation.is_some_and(|name| names.contains(&name)),
            Applies::Optimizer(names) => names.contains(&to.optimizer),
            Applies::Momentum => to.optimizer == "sgd" && to.momentum > 0.0,
            Applies::Network => to.model.is_some_and(|model| self.is_of(model)),
        }
    }

    /// Whether the network `model` declares it.
    pub fn is_of(self, model: ModelKind) -> bool {
        matches!(&self.row().default, Default::OfNetwork(defaults) if defaults[model as usize].is_some())
    }

    /// The settings that decide whether a job has this one.
    pub fn depends_on(self) -> &'static [Self] {
        match self.row().applies {
            Applies::Always => &[],
            Applies::Activation(_) => &[Self::ACTIVATION],
            Applies::Optimizer(_) => &[Self::OPTIMIZER],
            Applies::Momentum => &[Self::OPTIMIZER, Self::MOMENTUM],
            Applies::Network => &[Self::MODEL],
        }
    }

    /// The names of the networks that declare it.
    pub(super) fn networks(self) -> impl Iterator<Item = &'static str> {
        ModelKind::ALL.into_iter().filter(move |model| self.is_of(*model)).map(ModelKind::name)
    }

    /// Which jobs can use it, as a sweep file would have it: `activation = "elu"`. `None` if all can.
    pub fn condition(self) -> Option<String> {
        let one_of = |key: &str, names: Vec<&str>| {
            let names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
            Some(format!("{key} = {}", names.join(" or ")))
        };
        match self.row().applies {
            Applies::Always => None,
            Applies::Activation(names) => one_of("activation", names.to_vec()),
            Applies::Optimizer(names) => one_of("optimizer", names.to_vec()),
            Applies::Momentum => Some("optimizer = \"sgd\" with a momentum above 0".to_owned()),
            Applies::Network => one_of("model", self.networks().collect()),
        }
    }

    /// Which jobs can use it, as the documentation says it: ``only for `elu` ``.
    pub(super) fn limits(self) -> Option<String> {
        let only = |names: Vec<&str>| {
            let names = names.into_iter().map(|name| format!("`{name}`"));
            Some(format!("only for {}", sweep_text::listed(names, "and")))
        };
        match self.row().applies {
            Applies::Always => None,
            Applies::Activation(names) | Applies::Optimizer(names) => only(names.to_vec()),
            Applies::Momentum => Some("only for `sgd` with a momentum above 0".to_owned()),
            Applies::Network => only(self.networks().collect()),
        }
    }
}
