//! What a weights file says of its network besides the weights: how to build it, and how to prepare trials for it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use sweep_networks::SettingValues;

use crate::{
    Activation, ModelKind,
    stored::{from_json, to_json},
};

/// Everything that is needed to use the weights of a file on new trials, as its metadata hold it. It depends on the settings and the
/// data of a job alone, so the same job has the same bytes on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "StoredNote", try_from = "StoredNote")]
pub struct NetworkNote {
    /// The network.
    pub model: ModelKind,
    /// Its activation function.
    pub activation: Activation,
    /// The network's own settings that do not have their defaults.
    pub settings: SettingValues,
    /// Channels of a trial.
    pub channels: usize,
    /// Samples of every channel.
    pub samples: usize,
    /// The label of each class in the data, ascending; `None` if the file does not say.
    pub classes: Option<Vec<i64>>,
    /// Samples a second, if known.
    pub sampling_rate_hz: Option<f64>,
    /// How trials are prepared for the network; `None` if the file does not say.
    pub preparation: Option<Preparation>,
}

/// A note as JSON has it: settings by name.
#[derive(Serialize, Deserialize)]
struct StoredNote {
    model: ModelKind,
    activation: Activation,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, serde_json::Value>,
    channels: usize,
    samples: usize,
    classes: Option<Vec<i64>>,
    sampling_rate_hz: Option<f64>,
    preparation: Option<Preparation>,
}

impl From<NetworkNote> for StoredNote {
    fn from(note: NetworkNote) -> Self {
        let NetworkNote {
            model,
            activation,
            settings,
            channels,
            samples,
            classes,
            sampling_rate_hz,
            preparation,
        } = note;
        let settings = settings.iter().map(|(name, value)| (name.to_owned(), to_json(value))).collect();
        Self { model, activation, settings, channels, samples, classes, sampling_rate_hz, preparation }
    }
}

impl TryFrom<StoredNote> for NetworkNote {
    type Error = String;

    fn try_from(stored: StoredNote) -> Result<Self, String> {
        let StoredNote {
            model,
            activation,
            settings: by_name,
            channels,
            samples,
            classes,
            sampling_rate_hz,
            preparation,
        } = stored;
        let mut settings = SettingValues::default();
        for (name, value) in &by_name {
            let setting = model
                .descriptor()
                .setting(name)
                .ok_or_else(|| format!("{} has no setting `{name}` in this program", model.title()))?;
            let value = from_json(setting.kind, value)
                .ok_or_else(|| format!("the setting `{name}` cannot be {value}"))?;
            settings.set(setting.name, (value != setting.default).then_some(value));
        }
        Ok(Self { model, activation, settings, channels, samples, classes, sampling_rate_hz, preparation })
    }
}

/// How trials are prepared before a network sees them: first missing samples, then scaling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// What takes the place of missing samples (NaN).
    pub missing: MissingSamples,
    /// How the signal is scaled.
    pub scaling: Scaling,
}

/// What takes the place of missing samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingSamples {
    /// The mean of all finite samples of the set that the trial belongs to.
    MeanOfSet,
}

/// How a signal is scaled, with the numbers that the train set gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scaling {
    /// Not at all.
    #[default]
    None,
    /// Per channel: minus the mean, divided by the standard deviation, in double precision.
    Standardize {
        /// The mean of each channel.
        mean: Vec<f64>,
        /// The standard deviation of each channel.
        standard_deviation: Vec<f64>,
    },
}

/// Why the metadata of a weights file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its metadata entry `sweep` cannot be used: {0}")]
pub struct NoteError(String);

impl NetworkNote {
    /// The key of the metadata entry that holds a note.
    pub const KEY: &'static str = "sweep";

    /// The note as JSON. Equal notes have equal text.
    ///
    /// # Errors
    /// If JSON cannot hold it, which no note of a trained network causes.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a note: JSON, or the `model=eegnet activation=elu ...` of files from before notes were JSON, which does not
    /// tell the classes or the preparation.
    ///
    /// # Errors
    /// If the text is neither, or describes no network.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let note = if text.starts_with('{') {
            serde_json::from_str(text).map_err(|error| NoteError(error.to_string()))?
        } else {
            Self::parse_words(text).ok_or_else(|| NoteError(format!("it is {:?}", shortened(text))))?
        };
        note.check()?;
        Ok(note)
    }

    fn parse_words(text: &str) -> Option<Self> {
        let value = |name: &str| {
            text.split(' ')
                .find_map(|word| word.split_once('=').filter(|(key, _)| *key == name))
                .map(|(_, value)| value)
        };
        let activation = match value("activation")? {
            "relu" => Activation::Relu,
            "leaky_relu" => Activation::LeakyRelu { slope: value("slope")?.parse().ok()? },
            "elu" => Activation::Elu { alpha: value("alpha")?.parse().ok()? },
            _ => return None,
        };
        Some(Self {
            model: ModelKind::ALL.into_iter().find(|model| Some(model.name()) == value("model"))?,
            activation,
            settings: SettingValues::default(),
            channels: value("channels")?.parse().ok()?,
            samples: value("samples")?.parse().ok()?,
            classes: None,
            sampling_rate_hz: None,
            preparation: None,
        })
    }

    /// Refuses numbers that no training gives.
    fn check(&self) -> Result<(), NoteError> {
        let refuse = |what: &str| Err(NoteError(what.to_owned()));
        match self.activation {
            Activation::LeakyRelu { slope: number } | Activation::Elu { alpha: number }
                if !number.is_finite() =>
            {
                return refuse("the activation's parameter is not finite");
            }
            _ => {}
        }
        if let Some(classes) = &self.classes
            && (classes.len() < 2 || !classes.is_sorted_by(|one, next| one < next))
        {
            return refuse("the classes are not different labels in ascending order");
        }
        if let Some(Preparation { scaling: Scaling::Standardize { mean, standard_deviation }, .. }) =
            &self.preparation
        {
            if [mean.len(), standard_deviation.len()] != [self.channels; 2] {
                return refuse("mean and standard deviation are not one for each channel");
            }
            let is_divisor = |number: &f64| number.is_finite() && *number > 0.0;
            if !mean.iter().all(|number| number.is_finite()) || !standard_deviation.iter().all(is_divisor) {
                return refuse("a mean or standard deviation cannot be used for scaling");
            }
        }
        Ok(())
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "not scaled",
            Self::Standardize { .. } => {
                "standardized with the channel means and standard deviations of the training"
            }
        })
    }
}

/// The beginning of a text of any length.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use sweep_networks::SettingValue;

    use super::*;

    fn note() -> NetworkNote {
        NetworkNote {
            model: ModelKind::EegNet,
            activation: Activation::LeakyRelu { slope: 0.1 + 0.2 },
            settings: SettingValues::default(),
            channels: 2,
            samples: 750,
            classes: Some(vec![1, 2]),
            sampling_rate_hz: Some(125.0),
            preparation: Some(Preparation {
                missing: MissingSamples::MeanOfSet,
                scaling: Scaling::Standardize {
                    mean: vec![1.0 / 3.0, -1e-300],
                    standard_deviation: vec![f64::MIN_POSITIVE, 2.0_f64.sqrt()],
                },
            }),
        }
    }

    #[test]
    fn a_note_survives_the_way_out_and_in_to_the_last_bit() {
        let text = note().to_text().unwrap();
        assert_eq!(NetworkNote::parse(&text).unwrap(), note());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_note_tells_the_settings_of_the_network_that_are_not_the_defaults() {
        let mut settings = SettingValues::default();
        settings.set("kernel_length", Some(SettingValue::Whole(25)));
        let note = NetworkNote { settings, ..note() };
        let text = note.to_text().unwrap();
        assert!(text.contains(r#""settings":{"kernel_length":25}"#), "{text}");
        assert_eq!(NetworkNote::parse(&text).unwrap(), note);
        let default = text.replace("25}", "51}");
        assert_eq!(NetworkNote::parse(&default).unwrap().settings, SettingValues::default());
    }

    #[test]
    fn older_files_tell_the_network_alone() {
        let old = "model=eegnet activation=elu alpha=0.5 channels=2 samples=750 classes=2";
        let note = NetworkNote::parse(old).unwrap();
        assert_eq!((note.model, note.activation), (ModelKind::EegNet, Activation::Elu { alpha: 0.5 }));
        assert_eq!((note.channels, note.samples, note.classes, note.preparation), (2, 750, None, None));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_words() {
        let changed = |change: fn(&mut NetworkNote)| {
            let mut note = note();
            change(&mut note);
            note.to_text().unwrap()
        };
        let text = note().to_text().unwrap();
        let hostile = [
            "pt".to_owned(),
            "model=eegnet activation=gelu channels=2 samples=750 classes=2".to_owned(),
            text.replace("standardize", "whiten"),
            text.replace("mean_of_set", "zero"),
            changed(|note| note.classes = Some(vec![2, 1])),
            changed(|note| note.channels = 3),
            text.replace("1.4142135623730951", "0.0"),
            text.replace(r#""channels""#, r#""settings":{"pool":3},"channels""#),
            text.replace(r#""channels""#, r#""settings":{"kernel_length":0},"channels""#),
        ];
        let errors = hostile.map(|text| NetworkNote::parse(&text).unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"));
    }
}
