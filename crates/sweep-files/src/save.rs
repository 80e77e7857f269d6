//! Writing files so that a crash at any moment leaves each one old or new.

use std::{
    collections::BTreeSet,
    error::Error,
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::partial::{remove_partial, temporary_name};

/// A file that is not on disk yet.
#[derive(Debug)]
pub struct UnsavedFile {
    /// Where it will be.
    pub path: PathBuf,
    /// What it will hold.
    pub bytes: Vec<u8>,
}

/// A file or folder that could not be written.
#[derive(Debug)]
pub struct SaveError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}", self.path.display())
    }
}

impl Error for SaveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// Writes several files: all temporary files with an fsync of each, then all renames, then an fsync of each folder. Missing folders
/// are made, and temporary files that dead processes left in them are removed.
///
/// # Errors
/// Those of the file system. No temporary file stays.
pub fn save_files(files: &[UnsavedFile]) -> Result<(), SaveError> {
    for folder in files.iter().map(|file| folder_of(&file.path)).collect::<BTreeSet<_>>() {
        make_folder(folder).map_err(failed(folder))?;
        remove_partial(folder);
    }
    save(&files.iter().map(|file| (file.path.as_path(), file.bytes.as_slice())).collect::<Vec<_>>())
}

/// Writes a file into a folder that exists.
///
/// # Errors
/// Those of the file system. No temporary file stays.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    save(&[(path, bytes)])
}

fn save(files: &[(&Path, &[u8])]) -> Result<(), SaveError> {
    let temporary: Vec<PathBuf> = files.iter().map(|(path, _)| temporary_name(path)).collect();
    let saved = save_by_way_of(&temporary, files);
    if saved.is_err() {
        // The first error is the one to tell.
        temporary.iter().for_each(|path| drop(fs::remove_file(path)));
    }
    saved
}

fn save_by_way_of(temporary: &[PathBuf], files: &[(&Path, &[u8])]) -> Result<(), SaveError> {
    for ((path, bytes), temporary) in files.iter().zip(temporary) {
        let write = || {
            let mut file = File::create(temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(failed(path))?;
    }
    for ((path, _), temporary) in files.iter().zip(temporary) {
        fs::rename(temporary, path).map_err(failed(path))?;
    }
    for folder in files.iter().map(|(path, _)| folder_of(path)).collect::<BTreeSet<_>>() {
        sync_folder(folder).map_err(failed(folder))?;
    }
    Ok(())
}

/// Makes a folder and those above it, each with an fsync of the one that holds it: a power cut must not take the folder of a file
/// that is on disk.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    make_folder(above)?;
    match fs::create_dir(folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => {}
        made => made?,
    }
    sync_folder(above)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Puts the names in a folder on the disk. Some network file systems cannot, and need not be asked.
///
/// # Errors
/// Those of the file system.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SaveError {
    move |source| SaveError { path: path.to_owned(), source }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    fn unsaved(path: PathBuf, text: &str) -> UnsavedFile {
        UnsavedFile { path, bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_save_that_fails_leaves_the_old_files_and_nothing_else() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        save_files(&[unsaved(path("a"), "old")]).unwrap();
        // The second file cannot be made: a name as long as its temporary one is no name.
        let impossible = path(&"b".repeat(250));
        assert!(save_files(&[unsaved(path("a"), "new"), unsaved(impossible, "new")]).is_err());
        assert_eq!(fs::read_to_string(path("a")).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_are_made_for_saved_files_alone() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("new/folder/a");
        assert_eq!(write_whole(&path, b"x").unwrap_err().path, path);
        assert!(!folder.path().join("new").exists());
        save_files(&[unsaved(path.clone(), "x")]).unwrap();
        write_whole(&path, b"y").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"y");
    }
}
