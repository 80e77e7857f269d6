//! The lock that makes one process the writer of a database. It knows no SQL.
//!
//! The operating system releases it when its holder ends, however it ends; the file itself stays.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    process,
};

use crate::StoreError;

/// Held as long as it lives.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock of the database at `path`, which need not exist yet but whose folder must.
    ///
    /// # Errors
    /// `InUse`, with the owner's process id, where another process or another store of this process has it.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        let cannot = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Path { path, source }
        };
        let lock_path = lock_path(path).map_err(cannot(path))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(cannot(&lock_path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { path: path.to_owned(), owner: owner(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(cannot(&lock_path)(source)),
        }
        sign(&mut file).map_err(cannot(&lock_path))?;
        Ok(Self { _file: file })
    }
}

/// `<database>.lock` beside the database itself, wherever links lead: all names of one database share one lock.
fn lock_path(path: &Path) -> io::Result<PathBuf> {
    let database = match path.canonicalize() {
        Ok(database) => database,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = match path.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            folder.canonicalize()?.join(path.file_name().unwrap_or_default())
        }
        Err(error) => return Err(error),
    };
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    Ok(database.with_file_name(name))
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", process::id())
}

/// The process id in the lock file; `None` where it cannot be read, or its owner has not signed yet.
fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
