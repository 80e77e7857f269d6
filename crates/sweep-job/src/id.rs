//! The identity of a job: a hash of all that decides its result.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Activation, DataIdentity, JobSpec, MaxNorm, ModelKind, Optimizer, Shuffle, stored::to_json};

/// The revision of the arithmetic: it grows whenever the program changes so that an equal specification gives other bits. It is recorded with
/// every result and is no part of the identity of jobs.
///
/// 2: losses and Adam's corrections do not depend on the system's mathematical library.
pub const ARITHMETIC: u32 = 2;

/// A part of every id, and so frozen.
const CANONICAL_FORM: &str = "sweep-job/2";

/// The identity of a job: 128 bits of SHA-256 over the canonical specification and the identity of the data. An id names
/// its result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct JobId([u8; 16]);

/// A text that is no job id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no job id: expected 32 hexadecimal digits")]
pub struct IdError(pub String);

impl JobId {
    /// The id of `spec` on the data `data`.
    pub fn new(spec: &JobSpec, data: &DataIdentity) -> Self {
        Self(digest(&Canonical::new(spec, Some(spec.epochs)), data))
    }

    /// The first 12 digits, for tables.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

/// What jobs share that differ only in their number of epochs: one training serves them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrajectoryKey([u8; 16]);

impl TrajectoryKey {
    /// The key of `spec`'s trajectory on any one data set.
    pub fn new(spec: &JobSpec) -> Self {
        Self::on(spec, &DataIdentity(String::new()))
    }

    /// The key of `spec`'s trajectory on the data `data`, among those of all data sets.
    pub fn on(spec: &JobSpec, data: &DataIdentity) -> Self {
        Self(digest(&Canonical::new(spec, None), data))
    }
}

impl fmt::Display for TrajectoryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The canonical form: fields in this order, as JSON with the shortest decimal form of each number. The path of the initial
/// weights is left out, since their checksum says what they are.
#[derive(Serialize)]
struct Canonical<'a> {
    model: ModelKind,
    activation: Activation,
    batch_size: u32,
    learning_rate: f64,
    epochs: Option<u32>,
    seed: u64,
    optimizer: Optimizer,
    weight_decay: f64,
    dropout: f64,
    max_norm: Option<MaxNorm>,
    shuffle: Shuffle,
    initial_weights: Option<&'a str>,
    /// What is not the default, so that a new setting changes no id of jobs that do not use it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'static str, serde_json::Value>,
}

impl<'a> Canonical<'a> {
    fn new(spec: &'a JobSpec, epochs: Option<u32>) -> Self {
        // Every field is named, so that a new setting cannot be forgotten here.
        let JobSpec {
            model,
            activation,
            batch_size,
            learning_rate,
            epochs: _,
            seed,
            optimizer,
            weight_decay,
            dropout,
            max_norm,
            shuffle,
            ref initial_weights,
            ref more,
        } = *spec;
        Self {
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
            initial_weights: initial_weights.as_ref().map(|weights| weights.sha256.as_str()),
            settings: more.iter().map(|(name, value)| (name, to_json(value))).collect(),
        }
    }
}

#[expect(clippy::expect_used, reason = "plain structs of numbers and names always serialise")]
fn digest(canonical: &Canonical<'_>, data: &DataIdentity) -> [u8; 16] {
    let json = serde_json::to_vec(canonical).expect("a specification serialises");
    let mut hasher = Sha256::new();
    hasher.update(CANONICAL_FORM);
    hasher.update(b"\n");
    hasher.update(&json);
    hasher.update(b"\n");
    hasher.update(data.0.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize()[..16]);
    id
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({self})")
    }
}

impl FromStr for JobId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError(text.to_owned());
        if text.len() != 32 || !text.is_ascii() {
            return Err(error());
        }
        let mut id = [0; 16];
        for (byte, digits) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| error())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| error())?;
        }
        Ok(Self(id))
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for JobId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InitialWeights;

    fn lab_job() -> JobSpec {
        JobSpec::lab(ModelKind::EegNet, Activation::Elu { alpha: 1.0 })
    }

    fn data() -> DataIdentity {
        DataIdentity("ab".repeat(32))
    }

    /// A change of this value means that every database in the world forgets what it has: raise `CANONICAL_FORM` on
    /// purpose, never by accident.
    #[test]
    fn the_canonical_form_is_stable() {
        assert_eq!(JobId::new(&lab_job(), &data()).to_string(), "126ab63b9c3d3b66a34c0fb632f5a682");
    }

    #[test]
    fn every_setting_and_the_data_change_the_id() {
        let base = lab_job();
        let changes: Vec<fn(&mut JobSpec)> = vec![
            |s| s.model = ModelKind::DeepConvNet,
            |s| s.activation = Activation::Elu { alpha: 0.5 },
            |s| s.batch_size = 64,
            |s| s.learning_rate = 2e-3,
            |s| s.epochs = 1,
            |s| s.seed = 1,
            |s| s.optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: false },
            |s| s.weight_decay = 0.1,
            |s| s.dropout = 0.5,
            |s| s.max_norm = Some(MaxNorm { convolution: 2.0, dense: 0.5 }),
            |s| s.shuffle = Shuffle::Never,
            |s| s.initial_weights = Some(InitialWeights { path: "w".into(), sha256: "00".into() }),
        ];
        let mut ids = vec![JobId::new(&base, &data()), JobId::new(&base, &DataIdentity("cd".repeat(32)))];
        for change in changes {
            let mut spec = base.clone();
            change(&mut spec);
            ids.push(JobId::new(&spec, &data()));
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn the_path_of_initial_weights_is_no_part_of_the_id() {
        let at = |path: &str| {
            let mut spec = lab_job();
            spec.initial_weights = Some(InitialWeights { path: path.into(), sha256: "00".into() });
            JobId::new(&spec, &data())
        };
        assert_eq!(at("a"), at("b"));
    }

    #[test]
    fn a_trajectory_forgets_the_epochs_alone() {
        let (mut longer, mut other) = (lab_job(), lab_job());
        longer.epochs = 2000;
        other.seed = 1;
        assert_eq!(TrajectoryKey::new(&lab_job()), TrajectoryKey::new(&longer));
        assert_ne!(TrajectoryKey::new(&lab_job()), TrajectoryKey::new(&other));
    }

    #[test]
    fn ids_survive_text() {
        let id = JobId::new(&lab_job(), &data());
        assert_eq!(id.to_string().parse(), Ok(id));
        let bad = [String::new(), "xyz".into(), id.to_string() + "0", "g".repeat(32), "é".repeat(16)];
        for text in bad {
            assert!(text.parse::<JobId>().is_err(), "{text}");
        }
    }
}
