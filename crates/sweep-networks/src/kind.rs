//! Short access to the name and defaults of a network, and its name in JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{MaxNorm, ModelKind};

impl ModelKind {
    /// The name in sweep files, the database and on the command line.
    pub fn name(self) -> &'static str {
        self.descriptor().name
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        self.descriptor().title
    }

    /// The network of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// The dropout probability of jobs that set none.
    pub fn default_dropout(self) -> f64 {
        self.descriptor().dropout
    }

    /// The bounds of `max_norm = true`.
    pub fn default_max_norm(self) -> MaxNorm {
        self.descriptor().max_norm
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for ModelKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ModelKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format_args!("unknown network `{name}`")))
    }
}
