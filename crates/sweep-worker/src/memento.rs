//! A network at one epoch, kept in memory.

use std::path::Path;

use sweep_job::{JobId, Snapshot, WeightsFile, sha256};
use sweep_models::with_metadata;

use crate::{Evaluation, WorkerError, files::UnsavedFile};

/// A model at one epoch, in memory: cheap to take, written when a job ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Memento {
    pub(crate) epoch: u32,
    pub(crate) test: Evaluation,
    pub(crate) weights: Vec<u8>,
}

impl Memento {
    /// What is recorded of it for `job`, and the weights with `note` as they are to be saved: as `JOB_ID/NAME.safetensors`
    /// below `weights_dir`.
    pub(crate) fn into_file(
        self,
        weights_dir: &Path,
        job: JobId,
        name: &str,
        note: String,
    ) -> Result<(Snapshot, UnsavedFile), WorkerError> {
        let file = format!("{job}/{name}.safetensors");
        let path = weights_dir.join(&file);
        let bytes = with_metadata(&self.weights, note)?;
        let weights = WeightsFile { file, sha256: sha256(&bytes) };
        let Evaluation { score, predictions } = self.test;
        let snapshot = Snapshot { epoch: self.epoch, test: score, weights, predictions };
        Ok((snapshot, UnsavedFile { path, bytes }))
    }
}
