//! The built-in set, generated in memory.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    MOST_SEED,
    source::{Declaration, KeyKind, Origin, Presence, Source, SourceKey},
};

/// What the generated trials depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synthetic {
    /// Seed of the generator.
    pub seed: u64,
}

pub(super) const DECLARATION: Declaration = Declaration {
    name: "synthetic",
    origin: Origin::Computed,
    keys: &[SourceKey {
        name: "seed",
        kind: KeyKind::Whole { least: 0, most: MOST_SEED },
        presence: Presence::Optional,
    }],
    build: |values| Some(Synthetic { seed: values.whole("seed").unwrap_or(0) }.into()),
};

impl Source for Synthetic {
    fn declaration(&self) -> &'static Declaration {
        &DECLARATION
    }

    fn title(&self) -> String {
        format!("synthetic data, seed {}", self.seed)
    }

    fn in_words(&self) -> String {
        format!("the built-in synthetic set (seed {})", self.seed)
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }
}
