//! BCI Competition III, data set IIIb, as four NumPy archives in a folder.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sweep_text::{printable_line, shortened};

use super::source::{Declaration, KeyKind, Origin, Presence, Source, SourceKey};

/// The folder with the four files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bci3b {
    /// The folder.
    pub dir: PathBuf,
}

/// The folder in which the files are looked for.
const DEFAULT_FOLDER: &str = "data";

/// The most characters of the folder that a plan shows.
const MOST_SHOWN: usize = 60;

pub(super) const DECLARATION: Declaration = Declaration {
    name: "bci3b",
    origin: Origin::Recorded,
    keys: &[SourceKey { name: "dir", kind: KeyKind::Folder, presence: Presence::Optional }],
    build: |values| {
        let dir = values.folder("dir").unwrap_or_else(|| DEFAULT_FOLDER.into());
        Some(Bci3b { dir }.into())
    },
};

impl Source for Bci3b {
    fn declaration(&self) -> &'static Declaration {
        &DECLARATION
    }

    fn title(&self) -> String {
        "BCI Competition III, data set IIIb".to_owned()
    }

    fn in_words(&self) -> String {
        format!("bci3b in {}", printable_line(&shortened(&self.dir.to_string_lossy(), MOST_SHOWN)))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.dir]
    }
}
