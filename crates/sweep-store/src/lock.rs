//! The locks of a database, which tell who lives: one file beside it, locked as a whole and in single bytes. It knows no SQL.
//!
//! The operating system releases a lock when its holder ends, however it ends; the file itself stays. All runs that write a database
//! share the lock of the whole file; who creates or upgrades the database has it alone. Each run holds, besides, the byte
//! with its own number: whether a run lives is asked of the system and needs no waiting.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
    libc,
};
use sweep_job::RunId;

use crate::{
    StoreError,
    identity::{FileIdentity, NamedFile},
};

/// How long others may take to create or upgrade the database, or to end: a process that is being started shares the files of the
/// one that starts it until it becomes its own program.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// How the whole file is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// With all others that write.
    Shared,
    /// Alone.
    Exclusive,
}

/// The lock file of a database, open and locked as long as it lives.
#[derive(Debug)]
pub(crate) struct Locks {
    file: File,
    /// The name under which others look for the locked file.
    name: NamedFile,
}

impl Locks {
    /// Shares the lock of the database at `path` with all that write it.
    ///
    /// # Errors
    /// `InUse`, with the holder's process id, where another has it alone.
    pub(crate) fn share(path: &Path) -> Result<Self, StoreError> {
        let begin = Instant::now();
        loop {
            if let Some(locks) = Self::attempt(path, Hold::Shared, begin)? {
                return Ok(locks);
            }
        }
    }

    /// Takes the lock of the database at `path` for itself; the database need not exist yet, but its folder must. Gives `None` where
    /// `is_needless`, asked while it waits for others, says so.
    ///
    /// # Errors
    /// `InUse` where others have it.
    pub(crate) fn take_alone(
        path: &Path,
        mut is_needless: impl FnMut() -> Result<bool, StoreError>,
    ) -> Result<Option<Self>, StoreError> {
        let begin = Instant::now();
        while !is_needless()? {
            if let Some(locks) = Self::attempt(path, Hold::Exclusive, begin)? {
                return Ok(Some(locks));
            }
        }
        Ok(None)
    }

    /// One attempt of those that began at `begin`; `None` where another is worth it.
    fn attempt(path: &Path, hold: Hold, begin: Instant) -> Result<Option<Self>, StoreError> {
        let lock_path = beside(path, ".lock").map_err(cannot_use(path))?;
        let is_worth_another = begin.elapsed() < PATIENCE;
        let mut file = open(&lock_path).map_err(cannot_use(&lock_path))?;
        match try_lock(&file, hold) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if is_worth_another => {
                thread::sleep(PAUSE);
                return Ok(None);
            }
            Err(TryLockError::WouldBlock) => {
                // Those that share the file have not signed it: what stands there then is of one that is long gone.
                let owner = if hold == Hold::Shared { owner(&mut file) } else { None };
                return Err(StoreError::InUse { path: path.to_owned(), owner });
            }
            Err(TryLockError::Error(source)) => return Err(cannot_use(&lock_path)(source)),
        }
        if hold == Hold::Exclusive {
            sign(&mut file).map_err(cannot_use(&lock_path))?;
        }
        let identity = FileIdentity::new(&file.metadata().map_err(cannot_use(&lock_path))?);
        let locks = Self { file, name: NamedFile { path: lock_path.clone(), identity } };
        // Who removes the file between its opening and its locking leaves a lock that no one else looks for.
        match locks.is_in_place()? {
            true => Ok(Some(locks)),
            false if is_worth_another => Ok(None),
            false => Err(StoreError::LockLost { path: path.to_owned(), lock: lock_path }),
        }
    }

    /// Refuses to go on where another process would not see these locks.
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

    /// Holds the byte of `run` as long as this lives: the run is alive.
    pub(crate) fn hold(&self, run: RunId) -> Result<(), StoreError> {
        fcntl(&self.file, FcntlArg::F_OFD_SETLK(&byte(run)))
            .map(drop)
            .map_err(|errno| cannot_use(&self.name.path)(errno.into()))
    }

    /// Whether another than the holder of this lives and holds `run`.
    pub(crate) fn is_held(&self, run: RunId) -> Result<bool, StoreError> {
        is_held(&self.file, run).map_err(|errno| cannot_use(&self.name.path)(errno.into()))
    }
}

/// Asks which runs live, without a part in the locks.
#[derive(Debug)]
pub(crate) struct Lookout {
    file: Option<File>,
}

impl Lookout {
    /// Looks at the locks of the database at `path`. Where there is no lock file, nothing is alive.
    pub(crate) fn of(path: &Path) -> Result<Self, StoreError> {
        let lock_path = beside(path, ".lock").map_err(cannot_use(path))?;
        match File::open(&lock_path) {
            Ok(file) => Ok(Self { file: Some(file) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { file: None }),
            Err(source) => Err(cannot_use(&lock_path)(source)),
        }
    }

    /// Whether `run` is alive.
    pub(crate) fn is_held(&self, run: RunId) -> io::Result<bool> {
        self.file.as_ref().map_or(Ok(false), |file| Ok(is_held(file, run)?))
    }
}

/// A lock of an open file description: two in one process are two holders, and closing another descriptor of the file does not
/// release it.
fn byte(run: RunId) -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: run.0,
        l_len: 1,
        l_pid: 0,
    }
}

fn is_held(file: &File, run: RunId) -> Result<bool, Errno> {
    let mut lock = byte(run);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
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

fn open(lock_path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(lock_path)
}

fn try_lock(file: &File, hold: Hold) -> Result<(), TryLockError> {
    match hold {
        Hold::Shared => file.try_lock_shared(),
        Hold::Exclusive => file.try_lock(),
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
