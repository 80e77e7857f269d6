//! Which data a sweep trains on, and how they are prepared.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

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

/// Where the trials come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "set", rename_all = "snake_case")]
pub enum DataSource {
    /// BCI Competition III, data set IIIb, as four NumPy archives in a folder.
    #[serde(rename = "bci3b")]
    Bci3b {
        /// The folder.
        dir: PathBuf,
    },
    /// Any NumPy archives.
    Npz {
        /// Archives that are joined into the train set.
        train: Vec<PathBuf>,
        /// Archives that are joined into the test set.
        test: Vec<PathBuf>,
        /// Order of the axes of `signal`.
        layout: Layout,
    },
    /// The built-in set, generated in memory.
    Synthetic {
        /// Seed of the generator.
        seed: u64,
    },
}

impl DataSource {
    /// The names in sweep files.
    pub const NAMES: [&'static str; 3] = ["bci3b", "npz", "synthetic"];

    /// The name in sweep files and the database.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bci3b { .. } => "bci3b",
            Self::Npz { .. } => "npz",
            Self::Synthetic { .. } => "synthetic",
        }
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

/// Scaling of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// None.
    None,
    /// Per channel: minus the mean and divided by the standard deviation of the train set.
    Standardize,
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
mod tests {
    use super::*;

    #[test]
    fn a_specification_from_before_validation_by_holds_out_trials() {
        let stored = r#"{"source":{"set":"synthetic","seed":3},"validation":0.25,"validation_seed":7,"scale":"none","limit":null}"#;
        let spec: DataSpec = serde_json::from_str(stored).expect("an old specification can be read");
        assert_eq!(spec.validation_by, ValidationBy::Trial);
        assert_eq!((spec.validation, spec.validation_seed), (0.25, 7));
    }
}
