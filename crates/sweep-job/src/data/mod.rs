//! Which data a sweep trains on, and how they are prepared.

mod bci3b;
mod npz;
mod source;
mod synthetic;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use self::source::Source;
pub use self::source::{Declaration, KeyKind, KeyValue, KeyValues, Origin, Presence, SourceKey};

source::sources! {
    Bci3b => bci3b,
    Npz => npz,
    Synthetic => synthetic,
}

/// The largest seed: the largest whole number of TOML and SQLite.
pub const MOST_SEED: u64 = i64::MAX as u64;

/// A data set and its preparation: the `[data]` table of a sweep file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    /// Where the trials come from.
    pub source: DataSource,
    /// Share of the train set that is held out for validation, from 0 (no validation set) to below 1.
    pub validation: f64,
    /// Whether that share is made of single trials or of whole subjects.
    #[serde(default)]
    pub validation_by: ValidationBy,
    /// Seed of that split. The split belongs to the data: every job of a sweep has the same.
    pub validation_seed: u64,
    /// Scaling of the signal.
    pub scale: Scale,
    /// At most so many train trials (before the validation split) and so many test trials, evenly spaced.
    pub limit: Option<u32>,
}

/// What is held out for validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidationBy {
    /// Trials, the same share of every class.
    #[default]
    Trial,
    /// All trials of some subjects.
    Subject,
}

impl ValidationBy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Trial, Self::Subject];

    /// The name in sweep files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Subject => "subject",
        }
    }
}

impl DataSource {
    /// The names in sweep files.
    pub const NAMES: [&'static str; Self::DECLARATIONS.len()] = {
        let mut names = [""; Self::DECLARATIONS.len()];
        let mut place = 0;
        while place < names.len() {
            names[place] = Self::DECLARATIONS[place].name;
            place += 1;
        }
        names
    };

    /// The declaration of the source with this name.
    pub fn declared(name: &str) -> Option<&'static Declaration> {
        Self::DECLARATIONS.into_iter().find(|declaration| declaration.name == name)
    }

    /// The declaration of this source.
    pub fn declaration(&self) -> &'static Declaration {
        self.source().declaration()
    }

    /// The name in sweep files and the database.
    pub fn name(&self) -> &'static str {
        self.declaration().name
    }

    /// The title in the database and in reports.
    pub fn title(&self) -> String {
        self.source().title()
    }

    /// The source in a plan, in words.
    pub fn in_words(&self) -> String {
        self.source().in_words()
    }

    /// The same source with other paths.
    pub fn with_paths(&self, change: &mut dyn FnMut(&Path) -> PathBuf) -> Self {
        let mut changed = self.clone();
        for path in changed.source_mut().paths() {
            *path = change(path);
        }
        changed
    }
}

/// Order of the axes of `signal` in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `[trial, time, channel]`, written `trial,time,channel`.
    TrialTimeChannel,
    /// `[trial, channel, time]`, written `trial,channel,time`.
    TrialChannelTime,
}

impl Layout {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TrialTimeChannel, Self::TrialChannelTime];
    /// The names in sweep files, in the same order.
    pub const NAMES: [&'static str; 2] = ["trial,time,channel", "trial,channel,time"];

    /// The name in sweep files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The layout of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }
}

/// Scaling of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// None.
    None,
    /// Per channel: minus the mean and divided by the standard deviation of the train set.
    Standardize,
}

impl Scale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::None, Self::Standardize];

    /// The name in sweep files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Standardize => "standardize",
        }
    }
}

/// SHA-256 over a data set's content and preparation, in lower-case hexadecimal digits. It does not depend on where the
/// files lie.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataIdentity(pub String);

impl DataIdentity {
    /// The first 12 digits, for tables.
    pub fn short(&self) -> String {
        self.0.chars().take(12).collect()
    }
}

impl fmt::Display for DataIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn stored_specifications_stay_readable() {
        for text in [
            r#"{"set":"bci3b","dir":"data"}"#,
            r#"{"set":"npz","train":["a.npz","b.npz"],"test":["c.npz"],"layout":"trial_time_channel"}"#,
            r#"{"set":"synthetic","seed":3}"#,
        ] {
            let source: DataSource = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&source).unwrap(), text);
            assert!(text.starts_with(&format!(r#"{{"set":"{}""#, source.name())), "{text}");
        }
    }

    /// A value of a key that is not its default.
    fn unusual(key: &SourceKey) -> KeyValue {
        match key.kind {
            KeyKind::Folder => KeyValue::Folder("elsewhere".into()),
            KeyKind::Files => KeyValue::Files(vec![key.name.into()]),
            KeyKind::Name(names) => KeyValue::Name(names.last().unwrap()),
            KeyKind::Whole { most, .. } => KeyValue::Whole(most),
        }
    }

    #[test]
    fn every_declared_key_has_an_effect_or_is_required() {
        for source in DataSource::DECLARATIONS {
            let built = |left_out: Option<&str>| {
                let mut values = KeyValues::default();
                for key in source.keys.iter().filter(|key| Some(key.name) != left_out) {
                    values.insert(key, unusual(key));
                }
                (source.build)(&values)
            };
            let whole = built(None).unwrap();
            assert_eq!(whole.name(), source.name);
            for key in source.keys {
                let without = built(Some(key.name));
                assert_ne!(without.as_ref(), Some(&whole), "{} of {}", key.name, source.name);
                assert_eq!(
                    without.is_none(),
                    matches!(key.presence, Presence::Required { .. }),
                    "{}",
                    key.name
                );
            }
        }
    }

    #[test]
    fn a_key_that_sources_share_has_one_kind() {
        let keys = || DataSource::DECLARATIONS.into_iter().flat_map(|source| source.keys);
        for key in keys() {
            assert!(
                keys().filter(|other| other.name == key.name).all(|other| other.kind == key.kind),
                "{key:?}"
            );
        }
    }

    #[test]
    fn a_specification_from_before_validation_by_holds_out_trials() {
        let stored = r#"{"source":{"set":"synthetic","seed":3},"validation":0.25,"validation_seed":7,"scale":"none","limit":null}"#;
        let spec: DataSpec = serde_json::from_str(stored).expect("an old specification can be read");
        assert_eq!(spec.validation_by, ValidationBy::Trial);
        assert_eq!((spec.validation, spec.validation_seed), (0.25, 7));
    }
}
