//! Any NumPy archives.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sweep_text::{counted, shown_path};

use super::{
    Layout,
    source::{Declaration, KeyKind, Origin, Presence, Source, SourceKey},
};

/// The archives of each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Npz {
    /// Archives that are joined into the train set.
    pub train: Vec<PathBuf>,
    /// Archives that are joined into the test set.
    pub test: Vec<PathBuf>,
    /// Order of the axes of `signal`.
    pub layout: Layout,
}

pub(super) const DECLARATION: Declaration = Declaration {
    name: "npz",
    origin: Origin::Recorded,
    keys: &[
        SourceKey {
            name: "train",
            kind: KeyKind::Files,
            presence: Presence::Required { example: r#"["my-data/train.npz"]"# },
        },
        SourceKey {
            name: "test",
            kind: KeyKind::Files,
            presence: Presence::Required { example: r#"["my-data/test.npz"]"# },
        },
        SourceKey { name: "layout", kind: KeyKind::Name(&Layout::NAMES), presence: Presence::Optional },
    ],
    build: |values| {
        let layout = values.name("layout").and_then(Layout::named);
        let [train, test] = [values.files("train")?, values.files("test")?];
        Some(Npz { train, test, layout: layout.unwrap_or(Layout::TrialTimeChannel) }.into())
    },
};

impl Source for Npz {
    fn declaration(&self) -> &'static Declaration {
        &DECLARATION
    }

    fn title(&self) -> String {
        let paths = self.train.iter().chain(&self.test);
        paths.map(|path| shown_path(path).display().to_string()).collect::<Vec<_>>().join(", ")
    }

    fn in_words(&self) -> String {
        format!(
            "npz: {} for training, {} for testing, {}",
            counted(self.train.len(), "file"),
            counted(self.test.len(), "file"),
            self.layout.name()
        )
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        self.train.iter_mut().chain(&mut self.test).collect()
    }
}
