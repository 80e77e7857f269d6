//! The locks of a database, which tell who lives: one file beside it, locked as a whole and in single bytes. It knows no SQL.
//!
//! The operating system releases a lock when its holder ends, however it ends; the file itself stays. All runs that write a database
//! share the lock of the whole file; who creates or upgrades the database has it alone. Each run holds, besides, the byte
//! with its own number: whether a run lives is asked of the system and needs no waiting.

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io::{self, Seek, Write},
    os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt},
    path::Path,
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
    location::{beside, folder_of},
    permission::Owner,
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

    /// Takes the lock for itself if nobody has a part in it now, and waits for no one.
    ///
    /// # Errors
    /// Where the lock file cannot be used.
    pub(crate) fn try_alone(path: &Path) -> Result<Option<Self>, StoreError> {
        Self::attempt(path, Hold::Exclusive, Instant::now())
    }

    /// One attempt of those that began at `begin`; `None` where another is worth it.
    fn attempt(path: &Path, hold: Hold, begin: Instant) -> Result<Option<Self>, StoreError> {
        let lock_path = beside(path, ".lock").map_err(cannot_use(path))?;
        let is_worth_another = begin.elapsed() < PATIENCE;
        let mut file = open(&lock_path, path)?;
        match try_lock(&file, hold) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if is_worth_another => {
                thread::sleep(PAUSE);
                return Ok(None);
            }
            Err(TryLockError::WouldBlock) => {
                // Those that share the file have not signed it: what stands there then is of one that is long gone.
                let owner = if hold == Hold::Shared { owner(&file) } else { None };
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
        match OpenOptions::new().read(true).custom_flags(AS_IT_IS).open(&lock_path) {
            Ok(file) => Ok(Self { file: Some(file) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { file: None }),
            // A link is nobody's lock.
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => Ok(Self { file: None }),
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

/// Makes the error for a file or folder that cannot be used. If its folder does not exist, the error says so.
pub(crate) fn cannot_use(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| {
        let folder = folder_of(&path);
        let source = match source.kind() == io::ErrorKind::NotFound && !folder.exists() {
            true => io::Error::new(source.kind(), format!("there is no folder {}", folder.display())),
            false => source,
        };
        StoreError::Path { path, source }
    }
}

/// A link is not followed, and a pipe is not waited for.
const AS_IT_IS: libc::c_int = libc::O_NOFOLLOW | libc::O_NONBLOCK;

/// Opens the lock file of `database`, or makes it with the database's mode: who may write the one can lock the other.
fn open(lock_path: &Path, database: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(AS_IT_IS);
    if let Ok(file) = options.clone().create_new(true).open(lock_path) {
        if let Ok(found) = fs::metadata(database) {
            // It is a lock with any mode.
            let _ = file.set_permissions(Permissions::from_mode(found.permissions().mode() & 0o666 | 0o600));
        }
        return Ok(file);
    }
    let file =
        options.create(true).truncate(false).open(lock_path).map_err(|error| refused(lock_path, error))?;
    let metadata = file.metadata().map_err(cannot_use(lock_path))?;
    if !metadata.is_file() {
        return Err(not_a_lock(lock_path, "no ordinary file"));
    }
    if metadata.len() > MOST_BYTES || !is_signature(&content(&file)) {
        return Err(not_a_lock(lock_path, "a file of another program"));
    }
    Ok(file)
}

fn refused(lock_path: &Path, error: io::Error) -> StoreError {
    match (error.kind(), error.raw_os_error(), Owner::of(lock_path)) {
        (_, Some(libc::ELOOP), _) => not_a_lock(lock_path, "a symbolic link"),
        (io::ErrorKind::IsADirectory, ..) => not_a_lock(lock_path, "a folder"),
        (io::ErrorKind::PermissionDenied, _, Ok(owner)) => {
            StoreError::NotPermitted { path: lock_path.to_owned(), action: "write to", owner }
        }
        _ => cannot_use(lock_path)(error),
    }
}

fn not_a_lock(lock_path: &Path, what: &'static str) -> StoreError {
    StoreError::NotALock { path: lock_path.to_owned(), what }
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

/// What a lock file holds at most: a process id.
const MOST_BYTES: u64 = 16;

fn content(file: &File) -> String {
    let mut bytes = [0; MOST_BYTES as usize];
    let count = file.read_at(&mut bytes, 0).unwrap_or_default();
    String::from_utf8_lossy(&bytes[..count]).trim().to_owned()
}

/// Whether `content` is that of a lock file: a process id, or what one that signs it has written so far.
fn is_signature(content: &str) -> bool {
    content.bytes().all(|byte| byte.is_ascii_digit())
}

/// The process id in the lock file, if its owner has signed it.
fn owner(file: &File) -> Option<u32> {
    content(file).parse().ok()
}
