//! What readers and killed programs leave beside a database, and what becomes of it before someone writes. It is asked before SQLite opens
//! the database, which would write over it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};

use crate::{
    StoreError,
    carve::Log,
    lock::{Locks, cannot_use},
    manner::{bytes_of, shared_files},
    permission::{Owner, is_writable},
};

/// The bytes of `-shm` that SQLite's users of a database lock (`UNIX_SHM_BASE` and the byte behind the last one in its `os_unix.c`).
const SHARED_MEMORY_LOCKS: (i64, i64) = (120, 9);

/// Whether something is beside `database` that has to be looked at: a log that holds changes, or a file that this process may not write.
pub(crate) fn are_there(database: &Path) -> Result<bool, StoreError> {
    let [log, memory] = shared_files(database)?;
    Ok(bytes_of(&log) > 0 || blocking(&log, &memory).is_some())
}

/// Makes way for a writer: removes files of readers that ended, if this process may not write them, and keeps a copy of a damaged log, whose
/// place it gives.
///
/// # Errors
/// `LeftByReader` if a file that this process may not write is in use or holds changes.
pub(crate) fn make_way(database: &Path) -> Result<Option<PathBuf>, StoreError> {
    let [log, memory] = shared_files(database)?;
    // Without a database it belongs to another one, and no database is made here.
    if bytes_of(database) == 0 && bytes_of(&log) > 0 {
        return Ok(None);
    }
    // Others that write have looked before, and the log is theirs now.
    let Some(_alone) = Locks::try_alone(database)? else {
        return blocking(&log, &memory).map_or(Ok(None), |file| Err(left(database, file)));
    };
    let mut kept = None;
    // An empty log may belong to someone else and be unreadable: it only has to go.
    let is_damaged = bytes_of(&log) > 0
        && Log::open(&log, None).map_err(cannot_use(&log))?.is_some_and(|log| log.damaged_frames > 0);
    if is_damaged {
        kept = Some(keep_copy(&log).map_err(cannot_use(&log))?);
    }
    if let Some(file) = blocking(&log, &memory) {
        let holds_changes = !is_writable(&log) && bytes_of(&log) > 0;
        if holds_changes || is_in_use(&memory).unwrap_or(true) {
            return Err(left(database, file));
        }
        if bytes_of(&log) == 0 {
            remove(&log)?;
        }
        remove(&memory)?;
    }
    Ok(kept)
}

/// Copies a damaged log aside, before SQLite writes over what it cannot read.
fn keep_copy(log: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let mut name = log.as_os_str().to_owned();
        name.push(format!(".damaged.{number}"));
        let copy = PathBuf::from(name);
        match File::create_new(&copy) {
            Ok(mut file) => {
                io::copy(&mut File::open(log)?, &mut file)?;
                file.sync_all()?;
                return Ok(copy);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The file that this process may not write.
fn blocking<'a>(log: &'a Path, memory: &'a Path) -> Option<&'a Path> {
    [log, memory].into_iter().find(|file| file.exists() && !is_writable(file))
}

fn left(database: &Path, file: &Path) -> StoreError {
    match Owner::of(file) {
        Ok(owner) => StoreError::LeftByReader { path: database.to_owned(), file: file.to_owned(), owner },
        Err(source) => cannot_use(file)(source),
    }
}

/// Whether anyone has the database open. To close the file releases the locks that SQLite holds on it in this process, so that who
/// asks must not have the database open.
fn is_in_use(memory: &Path) -> io::Result<bool> {
    let file = match File::open(memory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let (first, count) = SHARED_MEMORY_LOCKS;
    let mut lock = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: first,
        l_len: count,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
}

fn remove(file: &Path) -> Result<(), StoreError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(cannot_use(file)),
    }
}
