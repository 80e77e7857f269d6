//! Values and jobs as people and programs read them.

use serde::Serialize;
use sweep_job::{InitialWeights, JobSpec, MaxNorm, Setting, SettingValue, WholeList};
use sweep_text::shown_path;

use crate::node::{decimal, printable, quoted};

/// A value on an axis, as `--format json` writes it: a string, a number, true, false, a list of numbers or the bounds of `max_norm`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AxisValue {
    /// A name or a path.
    Text(String),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// True or false; false is also no bounds and random weights.
    Switch(bool),
    /// A list of whole numbers.
    Wholes(WholeList),
    /// Bounds on norms.
    Bounds(MaxNorm),
}

impl AxisValue {
    pub(crate) fn new(value: SettingValue, weights: &[InitialWeights]) -> Self {
        match value {
            SettingValue::Name(name) => Self::Text(name.to_owned()),
            SettingValue::Whole(whole) => Self::Whole(whole),
            SettingValue::Number(number) => Self::Number(number),
            SettingValue::Switch(switch) => Self::Switch(switch),
            SettingValue::Wholes(list) => Self::Wholes(list),
            SettingValue::Bounds(bounds) => Self::Bounds(bounds),
            SettingValue::File(number) => {
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

impl std::fmt::Display for AxisValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&printable(text)),
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Number(number) => f.write_str(&decimal(*number)),
            Self::Switch(switch) => write!(f, "{switch}"),
            Self::Wholes(list) => write!(f, "{list}"),
            Self::Bounds(MaxNorm { convolution, dense }) => {
                write!(f, "{{ convolution = {}, dense = {} }}", decimal(*convolution), decimal(*dense))
            }
        }
    }
}

/// Settings that are named in every description of a job, even if they have their defaults.
const ALWAYS_TOLD: [&str; 6] = ["model", "activation", "batch_size", "learning_rate", "epochs", "seed"];

/// The settings of a job on one line, those left out that have their defaults:
/// `model=eegnet activation=elu batch_size=108 learning_rate=0.001 epochs=1201 seed=0`.
pub fn describe(spec: &JobSpec) -> String {
    let mut words = Vec::new();
    for setting in Setting::all() {
        if !ALWAYS_TOLD.contains(&setting.name()) && setting.is_default(spec) {
            continue;
        }
        let value = match setting.value(spec) {
            Some(value) => AxisValue::new(value, &[]).to_string(),
            None => match &spec.initial_weights {
                Some(file) if setting.name() == "initial_weights" => {
                    printable(&shown_path(&file.path).to_string_lossy())
                }
                _ => continue,
            },
        };
        words.push(format!("{}={value}", setting.name()));
    }
    words.join(" ")
}
