//! Files of weights and checkpoints on disk.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use sweep_files::remove_partial;
pub(crate) use sweep_files::{UnsavedFile, open_regular};
use sweep_job::WeightsFile;

use crate::{WorkerError, checkpoint::CHECKPOINTS};

/// Writes files so that a crash at any moment leaves each one old or new.
///
/// # Errors
/// Those of the file system.
pub(crate) fn save_files(files: &[UnsavedFile]) -> Result<(), WorkerError> {
    sweep_files::save_files(files).map_err(|error| WorkerError::File {
        action: "cannot write",
        path: error.path,
        source: error.source,
    })
}

/// Removes all that dead processes have left half written below `weights_dir`: in the folders of jobs, and in those of checkpoints,
/// which have a folder of their own in it.
pub fn remove_partial_files(weights_dir: &Path) {
    let folders = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    for folder in folders(weights_dir) {
        if folder.file_name().is_some_and(|name| name == CHECKPOINTS) {
            folders(&folder).iter().for_each(|folder| remove_partial(folder));
        } else {
            remove_partial(&folder);
        }
    }
}

/// The bytes of a file of weights. One that has more than any is not read to the end.
///
/// # Errors
/// Those of the file system, and if it is no regular file.
pub fn read_weights(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.take(WeightsFile::MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > WeightsFile::MOST_BYTES {
        let why =
            format!("it has more than {} MiB, too much for a weights file", WeightsFile::MOST_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    #[test]
    fn half_written_files_go_from_the_folders_of_jobs_and_of_checkpoints() {
        let folder = tempfile::TempDir::new().unwrap();
        let folders =
            ["job", CHECKPOINTS, &format!("{CHECKPOINTS}/training")].map(|name| folder.path().join(name));
        for folder in &folders {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("a.4294967295.partial"), "half").unwrap();
        }
        remove_partial_files(folder.path());
        let left = folders.map(|folder| folder.join("a.4294967295.partial").exists());
        // Checkpoints lie in folders of their own.
        assert_eq!(left, [false, true, false]);
    }
}
