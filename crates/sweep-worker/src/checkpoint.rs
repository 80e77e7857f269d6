//! Weights on disk: a file is there whole or not at all.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use sha2::{Digest, Sha256};
use sweep_job::{JobId, Snapshot, WeightsFile};

use crate::{Evaluation, WorkerError};

/// A model at one epoch, in memory: cheap to take, written when a job ends.
#[derive(Debug, Clone)]
pub(crate) struct Memento {
    pub(crate) epoch: u32,
    pub(crate) test: Evaluation,
    pub(crate) weights: Vec<u8>,
}

impl Memento {
    /// What is recorded of it for `job`, and the weights as they are to be saved: as `JOB_ID/NAME.safetensors` below
    /// `weights_dir`.
    pub(crate) fn into_file(self, weights_dir: &Path, job: JobId, name: &str) -> (Snapshot, UnsavedFile) {
        let file = format!("{job}/{name}.safetensors");
        let path = weights_dir.join(&file);
        let weights = WeightsFile { file, sha256: sha256(&self.weights) };
        let Evaluation { score, predictions } = self.test;
        (
            Snapshot { epoch: self.epoch, test: score, weights, predictions },
            UnsavedFile { path, bytes: self.weights },
        )
    }
}

/// A file that is not on disk yet.
#[derive(Debug)]
pub(crate) struct UnsavedFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// Writes files so that a crash at any moment leaves each one old or new: all temporary files with an fsync of each, then all
/// renames, then an fsync of each folder. Missing folders are made.
///
/// # Errors
/// Those of the file system.
pub(crate) fn save_files(files: &[UnsavedFile]) -> Result<(), WorkerError> {
    let temporary: Vec<PathBuf> = files.iter().map(|file| temporary_name(&file.path)).collect();
    let saved = save(files, &temporary);
    if saved.is_err() {
        // The first error is the one to tell.
        temporary.iter().for_each(|path| drop(fs::remove_file(path)));
    }
    saved
}

fn save(files: &[UnsavedFile], temporary: &[PathBuf]) -> Result<(), WorkerError> {
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.path.parent()).collect();
    for folder in &folders {
        fs::create_dir_all(folder).map_err(failed("cannot write", folder))?;
    }
    for (UnsavedFile { path, bytes }, temporary) in files.iter().zip(temporary) {
        let write = || {
            let mut file = File::create(temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(failed("cannot write", path))?;
    }
    for (UnsavedFile { path, .. }, temporary) in files.iter().zip(temporary) {
        fs::rename(temporary, path).map_err(failed("cannot write", path))?;
    }
    for folder in folders {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("cannot write", folder))?;
    }
    Ok(())
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.partial", process::id()));
    name.into()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WorkerError {
    move |source| WorkerError::File { action, path: path.to_owned(), source }
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
