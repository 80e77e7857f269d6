//! The form in which specifications are stored and sent: JSON with a version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sweep_networks::{MaxNorm, ModelKind, SettingKind, SettingValue, SettingValues, WholeList};

use crate::{Activation, InitialWeights, JobSpec, Optimizer, Setting, SettingContext, Shuffle};

/// The version that is written. Version 1 has no `version` and no `settings`.
const VERSION: u32 = 2;

/// A specification as it is stored. A setting that is not in it has the default that every earlier specification had.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredSpec {
    #[serde(default = "first_version", skip_serializing_if = "is_first")]
    version: u32,
    model: ModelKind,
    activation: Activation,
    batch_size: u32,
    learning_rate: f64,
    epochs: u32,
    seed: u64,
    optimizer: Optimizer,
    weight_decay: f64,
    dropout: f64,
    max_norm: Option<MaxNorm>,
    shuffle: Shuffle,
    initial_weights: Option<InitialWeights>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, serde_json::Value>,
}

/// A stored specification that this program cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoredError {
    #[error(
        "the specification has version {found}, and this program knows versions up to {VERSION}; a newer program wrote it"
    )]
    Newer { found: u32 },
    #[error(
        "the specification sets `{name}`, which {model} does not have in this program; a newer program may have written it"
    )]
    Unknown { name: String, model: &'static str },
    #[error("the specification sets `{name}` to {value}, which is not a valid value")]
    Value { name: String, value: String },
}

fn first_version() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_first(version: &u32) -> bool {
    *version == 1
}

impl From<JobSpec> for StoredSpec {
    fn from(spec: JobSpec) -> Self {
        // Every field is named, so that a new one cannot be forgotten here.
        let JobSpec {
            model,
            activation,
            batch_size,
            learning_rate,
            epochs,
            seed,
            optimizer,
            weight_decay,
            dropout,
            max_norm,
            shuffle,
            initial_weights,
            more,
        } = spec;
        let settings: BTreeMap<_, _> =
            more.iter().map(|(name, value)| (name.to_owned(), to_json(value))).collect();
        // Without newer settings a specification is what it was before there were versions, and older programs can read it.
        let version = if settings.is_empty() { 1 } else { VERSION };
        Self {
            version,
            model,
            activation,
            batch_size,
            learning_rate,
            epochs,
            seed,
            optimizer,
            weight_decay,
            dropout,
            max_norm,
            shuffle,
            initial_weights,
            settings,
        }
    }
}

impl TryFrom<StoredSpec> for JobSpec {
    type Error = StoredError;

    fn try_from(stored: StoredSpec) -> Result<Self, StoredError> {
        if stored.version > VERSION {
            return Err(StoredError::Newer { found: stored.version });
        }
        let settings = stored.settings;
        let mut spec = Self {
            model: stored.model,
            activation: stored.activation,
            batch_size: stored.batch_size,
            learning_rate: stored.learning_rate,
            epochs: stored.epochs,
            seed: stored.seed,
            optimizer: stored.optimizer,
            weight_decay: stored.weight_decay,
            dropout: stored.dropout,
            max_norm: stored.max_norm,
            shuffle: stored.shuffle,
            initial_weights: stored.initial_weights,
            more: SettingValues::default(),
        };
        for (name, value) in settings {
            let unknown = || StoredError::Unknown { name: name.clone(), model: spec.model.title() };
            let setting = Setting::named(&name)
                .filter(|setting| setting.is_of_more() && setting.applies(SettingContext::of(&spec)));
            let setting = setting.ok_or_else(unknown)?;
            let read = from_json(setting.kind(), &value);
            let value = read.ok_or_else(|| StoredError::Value { name, value: value.to_string() })?;
            setting.set(&mut spec, value);
        }
        Ok(spec)
    }
}

/// The value as JSON: a name, a number, `true` or `false`, or a list of numbers.
pub(crate) fn to_json(value: SettingValue) -> serde_json::Value {
    match value {
        SettingValue::Name(name) => name.into(),
        SettingValue::Whole(number) => number.into(),
        SettingValue::Number(number) => number.into(),
        SettingValue::Switch(is_on) => is_on.into(),
        SettingValue::Wholes(list) => list.numbers().into(),
        // No further setting has such a value.
        SettingValue::Bounds(_) | SettingValue::File(_) => serde_json::Value::Null,
    }
}

/// The value of a setting of `kind`; `None` if the setting cannot have it.
pub(crate) fn from_json(kind: SettingKind, json: &serde_json::Value) -> Option<SettingValue> {
    let value = match (kind, json) {
        (SettingKind::Name(names), serde_json::Value::String(text)) => {
            SettingValue::Name(names.iter().find(|name| *name == text)?)
        }
        (SettingKind::Whole { .. }, json) => SettingValue::Whole(json.as_u64()?),
        (SettingKind::Number(_) | SettingKind::NumberOrOff(_), serde_json::Value::Number(number)) => {
            SettingValue::Number(number.as_f64()?)
        }
        (SettingKind::Switch | SettingKind::NumberOrOff(_), serde_json::Value::Bool(is_on)) => {
            SettingValue::Switch(*is_on)
        }
        (SettingKind::Wholes { .. }, serde_json::Value::Array(numbers)) => {
            let numbers: Option<Vec<u16>> =
                numbers.iter().map(|number| u16::try_from(number.as_u64()?).ok()).collect();
            SettingValue::Wholes(WholeList::new(&numbers?)?)
        }
        _ => return None,
    };
    kind.allows(value).then_some(value)
}
