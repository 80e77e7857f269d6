//! What outlives a power cut. It knows no folder of an export.

use std::{fs::File, io, path::Path};

/// Puts the files and folders `paths`, which are in the file system of `folder`, on the disk.
///
/// # Errors
/// Those of the file system.
#[cfg(target_os = "linux")]
pub(crate) fn sync<P: AsRef<Path>>(folder: &Path, _paths: impl IntoIterator<Item = P>) -> io::Result<()> {
    // One call for all: thousands of files and folders, each with a call of its own, take minutes.
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Puts the files and folders `paths`, which are in the file system of `folder`, on the disk.
///
/// # Errors
/// Those of the file system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn sync<P: AsRef<Path>>(_folder: &Path, paths: impl IntoIterator<Item = P>) -> io::Result<()> {
    paths.into_iter().try_for_each(|path| File::open(path.as_ref())?.sync_all())
}
