//! Values and jobs as people and programs read them.

use serde::Serialize;
use sweep_job::{Activation, InitialWeights, JobSpec, MaxNorm, Optimizer, Shuffle};
use sweep_text::shown_path;

use crate::{
    node::{decimal, printable, quoted},
    setting::Setting,
    value::{MaxNormChoice, OptimizerName, Value},
};

/// A value of a setting, as `--format json` writes it: a string, a number, true, false or the bounds of `max_norm`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A name or a path.
    Text(String),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// True or false; false is also no bounds and random weights.
    Switch(bool),
    /// Bounds on norms.
    Bounds(MaxNorm),
}

impl SettingValue {
    pub(crate) fn new(value: Value, weights: &[InitialWeights]) -> Self {
        match value {
            Value::Model(model) => Self::Text(model.name().to_owned()),
            Value::Activation(activation) => Self::Text(activation.name().to_owned()),
            Value::Optimizer(optimizer) => Self::Text(optimizer.name().to_owned()),
            Value::Whole(whole) => Self::Whole(whole),
            Value::Number(number) => Self::Number(number),
            Value::Switch(switch) => Self::Switch(switch),
            Value::MaxNorm(MaxNormChoice::Off) | Value::Weights(None) => Self::Switch(false),
            Value::MaxNorm(MaxNormChoice::OfModel) => Self::Switch(true),
            Value::MaxNorm(MaxNormChoice::Bounds(bounds)) => Self::Bounds(bounds),
            Value::Weights(Some(number)) => {
                let path = weights.get(number as usize).map(|file| file.path.to_string_lossy().into_owned());
                Self::Text(path.unwrap_or_default())
            }
        }
    }

    /// As a sweep file has it, with quotation marks.
    pub(crate) fn in_file(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            other => other.to_string(),
        }
    }
}

impl std::fmt::Display for SettingValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&printable(text)),
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Number(number) => f.write_str(&decimal(*number)),
            Self::Switch(switch) => write!(f, "{switch}"),
            Self::Bounds(MaxNorm { convolution, dense }) => {
                write!(f, "{{ convolution = {}, dense = {} }}", decimal(*convolution), decimal(*dense))
            }
        }
    }
}

/// The settings of a job on one line, those left out that have their defaults:
/// `model=eegnet activation=elu batch_size=108 learning_rate=0.001 epochs=1201 seed=0`.
pub fn describe(spec: &JobSpec) -> String {
    let shown = settings(spec).into_iter().filter(|(setting, value)| !is_default(spec, *setting, value));
    shown.map(|(setting, value)| format!("{}={value}", setting.name())).collect::<Vec<_>>().join(" ")
}

/// Whether a value goes without saying.
fn is_default(spec: &JobSpec, setting: Setting, value: &SettingValue) -> bool {
    let lab = |name: &str| {
        let Optimizer::Adam { beta1, beta2, epsilon } = Optimizer::LAB else { return None };
        Some(match name {
            "beta1" => beta1,
            "beta2" => beta2,
            _ => epsilon,
        })
    };
    match setting {
        Setting::Slope => *value == SettingValue::Number(Activation::DEFAULT_SLOPE),
        Setting::Alpha => *value == SettingValue::Number(Activation::DEFAULT_ALPHA),
        Setting::Optimizer => *value == SettingValue::Text(Optimizer::LAB.name().to_owned()),
        Setting::Beta1 | Setting::Beta2 | Setting::Epsilon => {
            lab(setting.name()).is_some_and(|default| *value == SettingValue::Number(default))
        }
        Setting::Nesterov | Setting::MaxNorm | Setting::InitialWeights => {
            *value == SettingValue::Switch(false)
        }
        Setting::WeightDecay => {
            *value == SettingValue::Number(OptimizerName::of(spec.optimizer).default_weight_decay())
        }
        Setting::Dropout => *value == SettingValue::Number(spec.model.default_dropout()),
        Setting::Shuffle => *value == SettingValue::Switch(true),
        _ => false,
    }
}

/// All settings that a job has, in the order of tables.
fn settings(spec: &JobSpec) -> Vec<(Setting, SettingValue)> {
    use SettingValue::{Bounds, Number, Switch, Text, Whole};
    let text = |text: &str| Text(text.to_owned());
    let mut settings =
        vec![(Setting::Model, text(spec.model.name())), (Setting::Activation, text(spec.activation.name()))];
    match spec.activation {
        Activation::Relu => {}
        Activation::LeakyRelu { slope } => settings.push((Setting::Slope, Number(slope))),
        Activation::Elu { alpha } => settings.push((Setting::Alpha, Number(alpha))),
    }
    settings.extend([
        (Setting::BatchSize, Whole(spec.batch_size.into())),
        (Setting::LearningRate, Number(spec.learning_rate)),
        (Setting::Epochs, Whole(spec.epochs.into())),
        (Setting::Seed, Whole(spec.seed)),
        (Setting::Optimizer, text(spec.optimizer.name())),
    ]);
    match spec.optimizer {
        Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::AdamW { beta1, beta2, epsilon } => {
            settings.extend([
                (Setting::Beta1, Number(beta1)),
                (Setting::Beta2, Number(beta2)),
                (Setting::Epsilon, Number(epsilon)),
            ]);
        }
        Optimizer::Sgd { momentum, nesterov } => {
            settings.push((Setting::Momentum, Number(momentum)));
            settings.push((Setting::Nesterov, Switch(nesterov)));
        }
    }
    let weights = spec.initial_weights.as_ref();
    settings.extend([
        (Setting::WeightDecay, Number(spec.weight_decay)),
        (Setting::Dropout, Number(spec.dropout)),
        (Setting::MaxNorm, spec.max_norm.map_or(Switch(false), Bounds)),
        (Setting::Shuffle, Switch(spec.shuffle == Shuffle::EveryEpoch)),
        (
            Setting::InitialWeights,
            weights.map_or(Switch(false), |file| text(&shown_path(&file.path).to_string_lossy())),
        ),
    ]);
    settings
}
