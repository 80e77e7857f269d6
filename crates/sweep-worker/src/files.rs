//! Files on disk: one is there whole or not at all.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    process,
};

use sweep_job::WeightsFile;

use crate::{WorkerError, checkpoint::CHECKPOINTS};

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
        make_folder(folder).map_err(failed("cannot write", folder))?;
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
        sync_folder(folder).map_err(failed("cannot write", folder))?;
    }
    Ok(())
}

/// Makes a folder and those above it, each with an fsync of the one that holds it: a power cut must not take the folder of a file
/// that is on disk.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    make_folder(above)?;
    match fs::create_dir(folder) {
        // Another run was faster.
        Err(_) if folder.is_dir() => {}
        made => made?,
    }
    sync_folder(above)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what processes that died have left half written. What one that lives is writing stays: runs of jobs that differ only
/// in their number of epochs save checkpoints in one folder.
fn remove_partial(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == PARTIAL)) {
        if !writer(&path).is_some_and(is_alive) {
            // It is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}

/// The process whose temporary file `path` is.
fn writer(path: &Path) -> Option<u32> {
    Path::new(path.file_stem()?).extension()?.to_str()?.parse().ok()
}

/// Whether another process with this id lives. A dead one whose id was given to another keeps its file a while longer.
fn is_alive(process: u32) -> bool {
    let state = |stat: String| stat.rsplit_once(')')?.1.trim_start().chars().next();
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"));
    // A zombie is dead, and only its parent does not know yet.
    process != process::id() && stat.ok().and_then(state).is_some_and(|state| !matches!(state, 'Z' | 'X'))
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

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{PARTIAL}", process::id()));
    name.into()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WorkerError {
    move |source| WorkerError::File { action, path: path.to_owned(), source }
}

/// Opens a file, if it is one. Looked at before it is opened: a pipe would be waited for, and a device has no end.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    let what = match kind {
        kind if kind.is_file() => return File::open(path),
        kind if kind.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::other(format!("it is {what}, not a regular file")))
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
    use tempfile::TempDir;

    use super::*;

    fn unsaved(path: PathBuf, text: &str) -> UnsavedFile {
        UnsavedFile { path, bytes: text.as_bytes().to_vec() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let name =
            |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_save_that_fails_leaves_the_old_files_and_nothing_else() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        save_files(&[unsaved(path("a"), "old")]).unwrap();
        // The second file cannot be made: a name as long as its temporary one is no name.
        let impossible = path(&"b".repeat(250));
        assert!(save_files(&[unsaved(path("a"), "new"), unsaved(impossible, "new")]).is_err());
        assert_eq!(fs::read_to_string(path("a")).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_the_dead_left_half_written_goes_and_what_the_living_write_stays() {
        let folder = TempDir::new().unwrap();
        let job = folder.path().join("job");
        fs::create_dir(&job).unwrap();
        // No process has an id as large; the parent of this one lives.
        let living = format!("a.{}.partial", std::os::unix::process::parent_id());
        for name in ["a", "a.4294967295.partial", "a.nobody.partial", &living] {
            fs::write(job.join(name), "half").unwrap();
        }
        remove_partial_files(folder.path());
        assert_eq!(names(&job), ["a", living.as_str()]);
    }
}
