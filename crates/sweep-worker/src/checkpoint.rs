//! Weights on disk: a file is there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use sha2::{Digest, Sha256};
use sweep_job::{JobId, Score, Snapshot, WeightsFile};

use crate::{Evaluation, WorkerError};

/// A model at one epoch, in memory: cheap to take, written when a job ends.
#[derive(Debug, Clone)]
pub(crate) struct Memento {
    pub(crate) epoch: u32,
    pub(crate) test: Evaluation,
    pub(crate) weights: Vec<u8>,
}

impl Memento {
    /// Writes the weights to `JOB_ID/NAME.safetensors` below `weights_dir`.
    pub(crate) fn save(&self, weights_dir: &Path, job: JobId, name: &str) -> Result<Snapshot, WorkerError> {
        let file = format!("{job}/{name}.safetensors");
        let path = weights_dir.join(&file);
        write_atomically(&path, &self.weights).map_err(|source| WorkerError::File {
            action: "cannot write",
            path,
            source,
        })?;
        Ok(Snapshot {
            epoch: self.epoch,
            test: Score { ..self.test.score },
            weights: WeightsFile { file, sha256: sha256(&self.weights) },
            predictions: self.test.predictions.clone(),
        })
    }
}

/// Writes `bytes` to `path` so that a crash at any moment leaves the old file or the new one: temporary file, fsync, rename,
/// fsync of the folder. Missing folders are made.
///
/// # Errors
/// Those of the file system.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.partial", std::process::id()));
    let temporary = Path::new(&temporary);
    let written = File::create(temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(temporary, path)) {
        // The first error is the one to tell.
        let _ = fs::remove_file(temporary);
        return Err(error);
    }
    File::open(folder)?.sync_all()
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
