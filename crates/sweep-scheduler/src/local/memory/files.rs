//! The files in which the kernel tells of itself. They may lie in a folder that only looks like a system, for tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where `/proc` and `/sys` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemFiles {
    root: PathBuf,
}

impl Default for SystemFiles {
    fn default() -> Self {
        Self::below("/")
    }
}

impl SystemFiles {
    /// Those below `root`: `/` for the system itself.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The text of the file `path`, absolute as in the system; none where it cannot be read.
    pub(super) fn read(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix("/").unwrap_or(path);
        fs::read_to_string(self.root.join(below)).ok()
    }
}

/// The number behind `name` in lines of names and numbers, such as `oom_kill 3` or `MemAvailable:   1024 kB`.
pub(super) fn number_of(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(name)).then(|| words.next()?.parse().ok())?
    })
}
