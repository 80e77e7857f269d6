//! Whose a file is, for those who may not use it. It changes nothing.

use std::{
    fmt, fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use nix::{
    errno::Errno,
    unistd::{AccessFlags, Gid, Group, Uid, User, access, geteuid},
};

use crate::StoreError;

/// Owner, group and mode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    user: u32,
    group: u32,
    mode: u32,
}

impl Owner {
    /// Those of the file at `path`.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        let mode = metadata.permissions().mode() & 0o7777;
        Ok(Self { user: metadata.uid(), group: metadata.gid(), mode })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = Group::from_gid(Gid::from_raw(self.group)).ok().flatten();
        let group = group.map_or_else(|| self.group.to_string(), |group| group.name);
        write!(formatter, "{} (group {group}, mode {:04o})", user_name(Uid::from_raw(self.user)), self.mode)
    }
}

/// The user of this process, in words.
pub(crate) fn this_user() -> String {
    user_name(geteuid())
}

fn user_name(user: Uid) -> String {
    let known = User::from_uid(user).ok().flatten();
    known.map_or_else(|| format!("user {user}"), |known| format!("user {}", known.name))
}

/// Whether this process may write the file at `path`, or make files in the folder at `path`.
pub(crate) fn is_writable(path: &Path) -> bool {
    access(path, AccessFlags::W_OK).is_ok()
}

/// Refuses a file that this process may not read.
///
/// # Errors
/// `NotPermitted`, with the file's owner and mode.
pub(crate) fn check_readable(path: &Path) -> Result<(), StoreError> {
    check(path, AccessFlags::R_OK, "read")
}

/// Refuses a file or folder that this process may not write.
///
/// # Errors
/// `NotPermitted`, with its owner and mode.
pub(crate) fn check_writable(path: &Path) -> Result<(), StoreError> {
    check(path, AccessFlags::W_OK, "write to")
}

// Files are not opened for it: to close one would release the locks that SQLite holds on it in this process.
fn check(path: &Path, wanted: AccessFlags, action: &'static str) -> Result<(), StoreError> {
    let Err(errno) = access(path, wanted) else { return Ok(()) };
    let path = path.to_owned();
    match (errno, Owner::of(&path)) {
        (Errno::EACCES, Ok(owner)) => Err(StoreError::NotPermitted { path, action, owner }),
        _ => Err(StoreError::Path { path, source: errno.into() }),
    }
}
