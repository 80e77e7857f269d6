//! The lock that makes one process the writer of a database. It knows no SQL.
//!
//! The operating system releases it when its holder ends, however it ends; the file itself stays.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

use crate::{
    StoreError,
    identity::{FileIdentity, NamedFile},
};

/// How often the lock is tried for where its file is replaced meanwhile.
const ATTEMPTS: usize = 2;
/// How long another holder may take to end, and the time between two looks.
const PATIENCE: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(5);

/// Held as long as it lives.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
    /// The name under which others look for the locked file.
    name: NamedFile,
}

impl WriterLock {
    /// Takes the lock of the database at `path`, which need not exist yet but whose folder must.
    ///
    /// # Errors
    /// `InUse`, with the owner's process id, where another process or another store of this process has it.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        let lock_path = beside(path, ".lock").map_err(cannot_use(path))?;
        for _ in 0..ATTEMPTS {
            let lock = Self::take_at(path, &lock_path)?;
            // Who removes the file between its opening and its locking leaves a lock that no one else looks for.
            if lock.is_in_place()? {
                return Ok(lock);
            }
        }
        Err(StoreError::LockLost { path: path.to_owned(), lock: lock_path })
    }

    fn take_at(path: &Path, lock_path: &Path) -> Result<Self, StoreError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(lock_path)
            .map_err(cannot_use(lock_path))?;
        match lock_with_patience(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { path: path.to_owned(), owner: owner(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(cannot_use(lock_path)(source)),
        }
        sign(&mut file).map_err(cannot_use(lock_path))?;
        let identity = FileIdentity::new(&file.metadata().map_err(cannot_use(lock_path))?);
        Ok(Self { _file: file, name: NamedFile { path: lock_path.to_owned(), identity } })
    }

    /// Refuses to go on where another process could take the lock of the database at `path` too.
    ///
    /// # Errors
    /// `LockLost` where the lock file is another one now, or none.
    pub(crate) fn check(&self, path: &Path) -> Result<(), StoreError> {
        if self.is_in_place()? {
            return Ok(());
        }
        Err(StoreError::LockLost { path: path.to_owned(), lock: self.name.path.clone() })
    }

    fn is_in_place(&self) -> Result<bool, StoreError> {
        self.name.is_in_place().map_err(cannot_use(&self.name.path))
    }
}

pub(crate) fn cannot_use(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Path { path, source }
}

/// `<database><suffix>` beside the database itself, wherever symbolic links lead: all names of one database share one
/// lock. A hard link is a name of its own, and SQLite's log too goes by the name.
pub(crate) fn beside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
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
    name.push(suffix);
    Ok(database.with_file_name(name))
}

/// Waits a moment for a holder that is just ending: a process that is being started shares the files of the one that starts it
/// until it becomes its own program.
fn lock_with_patience(file: &File) -> Result<(), TryLockError> {
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if begin.elapsed() < PATIENCE => thread::sleep(PAUSE),
            locked => return locked,
        }
    }
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
