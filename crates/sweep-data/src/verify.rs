//! Whether the competition's files are the ones that everybody has: names, sizes, shapes, checksums. Reads no
//! trial.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{DataError, checksum, npz, sources::bci3b};

/// What the four files of data set bci3b are found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The folder.
    pub dir: PathBuf,
    /// Each file, in the order in which the sets are joined: train, then test.
    pub files: Vec<VerifiedFile>,
}

/// One file and how it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedFile {
    /// Its name.
    pub name: &'static str,
    /// All that is not as it should be; empty for the true file.
    pub differences: Vec<Difference>,
}

/// A way in which a file differs from the known one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// It is not there.
    Missing,
    /// It has another size.
    Size {
        /// Bytes of the known file.
        expected: u64,
        /// Bytes of this one.
        found: u64,
    },
    /// It has other bytes.
    Checksum {
        /// SHA-256 of the known file.
        expected: &'static str,
        /// SHA-256 of this one.
        found: String,
    },
    /// Its signal has another shape.
    Shape {
        /// Trials, samples and channels of the known file.
        expected: [u64; 3],
        /// The shape in this one.
        found: Vec<u64>,
    },
    /// It cannot be read.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Verification {
    /// Whether all four files are there and are the known ones.
    pub fn is_complete(&self) -> bool {
        self.files.iter().all(|file| file.differences.is_empty())
    }
}

/// Compares the four files in `dir` with the known ones. Whatever is wrong is part of the result.
pub fn verify(dir: &Path) -> Verification {
    let files = bci3b::TRAIN.iter().chain(&bci3b::TEST);
    Verification {
        dir: dir.to_owned(),
        files: files
            .map(|file| VerifiedFile { name: file.name, differences: differences(file, dir) })
            .collect(),
    }
}

fn differences(file: &bci3b::File, dir: &Path) -> Vec<Difference> {
    let path = file.path(dir);
    let mut differences = Vec::new();
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.len() != bci3b::FILE_BYTES => {
            differences.push(Difference::Size { expected: bci3b::FILE_BYTES, found: metadata.len() });
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return vec![Difference::Missing],
        Err(error) => return vec![Difference::Unreadable { reason: error.to_string() }],
    }
    match checksum::of_file(&path) {
        // The true bytes have the true shape.
        Ok(found) if found == file.sha256 => return differences,
        Ok(found) => differences.push(Difference::Checksum { expected: file.sha256, found }),
        Err(error) => return vec![Difference::Unreadable { reason: with_source(&error) }],
    }
    match npz::describe_signal(&path) {
        Ok((shape, _)) if shape == bci3b::SHAPE => {}
        Ok((shape, _)) => differences.push(Difference::Shape { expected: bci3b::SHAPE, found: shape }),
        Err(error) => differences.push(Difference::Unreadable { reason: with_source(&error) }),
    }
    differences
}

fn with_source(error: &DataError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "data set bci3b in {}", self.dir.display())?;
        for file in &self.files {
            let verdict = if file.differences.is_empty() { "as published" } else { "DIFFERS" };
            let missing = file.differences.contains(&Difference::Missing);
            writeln!(f, "  {:<16}{}", file.name, if missing { "MISSING" } else { verdict })?;
            for difference in file.differences.iter().filter(|d| **d != Difference::Missing) {
                writeln!(f, "    {difference}")?;
            }
        }
        let wrong = self.files.iter().filter(|file| !file.differences.is_empty()).count();
        match wrong {
            0 => write!(f, "all {} files are the published ones", self.files.len()),
            _ => {
                writeln!(f, "{wrong} of {} files are not the published ones", self.files.len())?;
                write!(f, "data/README.md says where they come from and where to put them")
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "missing"),
            Self::Size { expected, found } => write!(f, "size: {found} bytes; expected {expected}"),
            Self::Checksum { expected, found } => {
                write!(f, "SHA-256: {found}\n    expected {expected}")
            }
            Self::Shape { expected, found } => {
                write!(f, "shape of `signal`: {found:?}; expected {expected:?} (trial, time, channel)")
            }
            Self::Unreadable { reason } => write!(f, "cannot be read: {reason}"),
        }
    }
}
