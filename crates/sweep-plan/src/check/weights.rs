//! The files with initial weights that a sweep names, each asked for once.

use std::{collections::HashMap, io, path::Path};

use sweep_job::InitialWeights;

use crate::mistake::MistakeKind;

/// Asks for checksums, and numbers the contents.
pub(crate) struct WeightsReader<'a> {
    sha256: &'a dyn Fn(&Path) -> io::Result<String>,
    by_path: HashMap<String, u32>,
    by_content: HashMap<String, u32>,
    files: Vec<InitialWeights>,
}

impl<'a> WeightsReader<'a> {
    pub(crate) fn new(sha256: &'a dyn Fn(&Path) -> io::Result<String>) -> Self {
        Self { sha256, by_path: HashMap::new(), by_content: HashMap::new(), files: Vec::new() }
    }

    /// The number of the content of the file at `path`: files of equal content have the same.
    pub(crate) fn number(&mut self, path: &Path) -> Result<u32, MistakeKind> {
        let name = path.to_string_lossy().into_owned();
        if let Some(number) = self.by_path.get(&name) {
            return Ok(*number);
        }
        let sha256 =
            (self.sha256)(path).map_err(|source| MistakeKind::Weights { path: path.to_owned(), source })?;
        let next = self.files.len() as u32;
        let number = *self.by_content.entry(sha256.clone()).or_insert(next);
        if number == next {
            self.files.push(InitialWeights { path: path.to_owned(), sha256 });
        }
        self.by_path.insert(name, number);
        Ok(number)
    }

    /// The files that could be read, by their numbers.
    pub(crate) fn files(&self) -> &[InitialWeights] {
        &self.files
    }
}
