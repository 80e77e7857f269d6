//! Where the checkpoints of a training are: the newest two, so that one is whole whatever happened to the other.
//!
//! A file has the name `EPOCH.MAKER.checkpoint`, where `MAKER` stands for the hardware and the arithmetic: checkpoints of others cannot be
//! used, but may serve the training again on what made them, and nobody removes them until the training is over. Files of earlier
//! versions have no `MAKER`, and say it inside.

use std::{
    collections::HashSet,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sweep_job::{DataIdentity, JobSpec, TrajectoryKey};

use super::{
    Checkpoint, Origin,
    form::{decode, encode},
    maker,
};
use crate::{
    WorkerError,
    files::{UnsavedFile, open_regular, save_files},
};

/// Checkpoints that are kept of a training.
const KEPT: usize = 2;
const EXTENSION: &str = "checkpoint";
/// The folder of all trainings' folders of checkpoints, in the weights folder of a database.
pub const CHECKPOINTS: &str = "checkpoints";

/// The folder of a training's checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckpointFolder(PathBuf);

impl CheckpointFolder {
    /// That of `spec`'s trajectory on the data `data`, below `weights_dir`.
    pub fn new(weights_dir: &Path, spec: &JobSpec, data: &DataIdentity) -> Self {
        Self(weights_dir.join(CHECKPOINTS).join(TrajectoryKey::on(spec, data).to_string()))
    }

    /// All that there are below `weights_dir`.
    pub fn all(weights_dir: &Path) -> HashSet<Self> {
        let Ok(entries) = fs::read_dir(weights_dir.join(CHECKPOINTS)) else { return HashSet::new() };
        entries.filter_map(|entry| Some(Self(entry.ok()?.path()))).collect()
    }

    /// Removes all checkpoints of the training; where there are none, nothing happens.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// The epoch of the newest checkpoint after at most `most` epochs that was made on such hardware with this revision of the arithmetic,
    /// by the names of the files: whether it is whole turns out when it is used.
    pub fn newest_epoch(&self, most: u32, hardware: &str, arithmetic: u32) -> Option<u32> {
        let files = self.files(&maker(hardware, arithmetic));
        files.into_iter().rev().map(|(epoch, _)| epoch).find(|epoch| *epoch <= most)
    }

    /// The epoch after which the checkpoint was taken whose file holds `bytes`: a look at one file by itself, whatever it is of.
    ///
    /// # Errors
    /// What is wrong with it, where it is no whole checkpoint.
    pub fn epoch_of(bytes: &[u8]) -> Result<u32, &'static str> {
        decode(bytes).map(|checkpoint| checkpoint.epoch())
    }

    /// The newest checkpoint of `origin` after at most `most` epochs that is whole. Others are passed over.
    pub(crate) fn newest(&self, origin: &Origin, most: u32) -> Option<Checkpoint> {
        let files = self.files(&maker(&origin.hardware, origin.arithmetic));
        let files = files.into_iter().rev().filter(|(epoch, _)| *epoch <= most);
        let mut usable = files.filter_map(|(epoch, path)| match read(&path, epoch, origin) {
            Ok(checkpoint) => Some(checkpoint),
            Err(why) => {
                tracing::warn!("the checkpoint {} is not used: {why}", path.display());
                None
            }
        });
        usable.next()
    }

    /// Saves a checkpoint, and removes those before it that are not kept any more. Those after it are of a training with more epochs.
    pub(crate) fn save(&self, checkpoint: &Checkpoint) -> Result<(), WorkerError> {
        let epoch = checkpoint.epoch();
        let maker = maker(&checkpoint.origin.hardware, checkpoint.origin.arithmetic);
        let path = self.0.join(format!("{epoch:010}.{maker}.{EXTENSION}"));
        let bytes = encode(checkpoint).map_err(|error| WorkerError::File {
            action: "cannot write",
            path: path.clone(),
            source: error.into(),
        })?;
        let unsaved = [UnsavedFile { path, bytes }];
        match save_files(&unsaved) {
            // Another run whose jobs follow the same trajectory was done, and removed the folder.
            Err(WorkerError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                save_files(&unsaved)?;
            }
            saved => saved?,
        }
        let mut files = self.files(&maker);
        files.retain(|(of, _)| *of <= epoch);
        files[..files.len().saturating_sub(KEPT)].iter().try_for_each(|(_, path)| remove_file(path))
    }

    /// Epoch and path of the checkpoints that `maker` may have made, the oldest first.
    fn files(&self, maker: &str) -> Vec<(u32, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let with_epoch = paths.filter_map(|path| {
            let is_one = path.extension()? == EXTENSION;
            let name = path.file_stem()?.to_str()?;
            let epoch = match name.split_once('.') {
                Some((epoch, made_by)) => (made_by == maker).then_some(epoch)?,
                None => name,
            };
            let epoch = epoch.parse().ok()?;
            is_one.then_some((epoch, path))
        });
        let mut files: Vec<_> = with_epoch.collect();
        files.sort();
        files
    }
}

/// Removes a file that another may have removed before.
fn remove_file(path: &Path) -> Result<(), WorkerError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(WorkerError::File { action: "cannot remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn read(path: &Path, epoch: u32, origin: &Origin) -> Result<Checkpoint, String> {
    let mut bytes = Vec::new();
    open_regular(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    let checkpoint = decode(&bytes)?;
    if !checkpoint.origin.serves(origin) {
        let Origin { hardware, arithmetic, .. } = &checkpoint.origin;
        return Err(format!("it was made with revision {arithmetic} of the arithmetic on {hardware}"));
    }
    if checkpoint.epoch() != epoch {
        return Err(format!("it is of epoch {}", checkpoint.epoch()));
    }
    Ok(checkpoint)
}
