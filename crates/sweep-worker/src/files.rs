//! Files on disk: one is there whole or not at all.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
};

use sha2::{Digest, Sha256};

use crate::WorkerError;

const PARTIAL: &str = "partial";

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
        remove_partial(folder);
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

/// Removes what a process that died has left half written: a folder has one writer at a time.
fn remove_partial(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == PARTIAL)) {
        // It is in nobody's way.
        let _ = fs::remove_file(path);
    }
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{PARTIAL}", process::id()));
    name.into()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WorkerError {
    move |source| WorkerError::File { action, path: path.to_owned(), source }
}

/// Files of more bytes are not weights: those of the largest networks have a few megabytes.
const MOST_WEIGHTS_BYTES: u64 = 256 << 20;

/// The bytes of a file of weights. One that has more than any, such as a device without end, is not read to the end.
///
/// # Errors
/// Those of the file system.
pub fn read_weights(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_WEIGHTS_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_WEIGHTS_BYTES {
        let why = format!("it has more than {} MiB, and is no file of weights", MOST_WEIGHTS_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
