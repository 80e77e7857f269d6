//! How a reader may open a database: together with those who write it, through the log and the memory that all share, or as the file lies
//! there, where it may make no files and no one writes. It opens nothing.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{
    StoreError,
    file_system::{self, Shared},
    location::{FileSystem, beside, folder_of},
    lock::cannot_use,
    permission::{check_readable, is_writable},
};

/// How a reader opens a database.
#[derive(Debug)]
pub(crate) enum Manner {
    /// Together with all others: it sees what they write.
    Together,
    /// The file alone, as it lies there.
    Still(Still),
}

/// What a reader finds at the place of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    /// Whether its file system is this machine's alone.
    is_local: bool,
    /// Whether its log and the memory that its users share are there, so that a reader makes neither.
    has_shared_files: bool,
    may_write_database: bool,
    may_write_folder: bool,
    /// Whether a log holds changes.
    has_changes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Together,
    Still,
    RefusedElsewhere,
    RefusedHere,
}

impl Found {
    /// SQLite makes `-wal` and `-shm` for a reader, with the mode of the database. In a folder of several users they would lock out those
    /// who write it, so only a reader that may write the database makes them, or one that cannot read its changes without. On a
    /// file system of another machine, using them can even damage what is written there.
    fn choice(self) -> Choice {
        match self {
            Self { is_local: false, has_changes: true, .. } => Choice::RefusedElsewhere,
            Self { is_local: false, .. } => Choice::Still,
            Self { has_shared_files: true, .. } => Choice::Together,
            Self { may_write_database: true, may_write_folder: true, .. } => Choice::Together,
            Self { has_changes: false, .. } => Choice::Still,
            Self { may_write_folder: true, .. } => Choice::Together,
            Self { .. } => Choice::RefusedHere,
        }
    }
}

impl Manner {
    /// How to open the database at `path`.
    ///
    /// # Errors
    /// Where changes lie in a log that this reader cannot use.
    pub(crate) fn choose(path: &Path, file_system: FileSystem) -> Result<Self, StoreError> {
        let [log, memory] = shared_files(path)?;
        let changes = unmerged_log(path)?;
        let shared = file_system::shared(path, file_system);
        let found = Found {
            is_local: shared.is_none(),
            has_shared_files: log.exists() && memory.exists(),
            may_write_database: is_writable(path),
            may_write_folder: is_writable(folder_of(path)),
            has_changes: changes.is_some(),
        };
        let path = path.to_owned();
        let changes = changes.unwrap_or_default();
        match found.choice() {
            Choice::Together if found.has_shared_files => {
                check_readable(&log)?;
                check_readable(&memory)?;
                Ok(Self::Together)
            }
            Choice::Together => Ok(Self::Together),
            Choice::Still => Still::begin(&path).map(Self::Still),
            Choice::RefusedElsewhere => {
                let file_system = shared.map_or("", Shared::name);
                Err(StoreError::UnmergedElsewhere {
                    path,
                    log: changes,
                    file_system,
                    switch: shared.map_or("", Shared::switch),
                })
            }
            Choice::RefusedHere => Err(StoreError::FolderNotWritable { path, log: changes }),
        }
    }
}

/// The log of a database and the memory that its users share.
pub(crate) fn shared_files(database: &Path) -> Result<[PathBuf; 2], StoreError> {
    let file = |suffix| beside(database, suffix).map_err(cannot_use(database));
    Ok([file("-wal")?, file("-shm")?])
}

/// The log beside `database` that holds changes, if one does.
pub(crate) fn unmerged_log(database: &Path) -> Result<Option<PathBuf>, StoreError> {
    for suffix in ["-wal", "-journal"] {
        let log = beside(database, suffix).map_err(cannot_use(database))?;
        if bytes_of(&log) > 0 {
            return Ok(Some(log));
        }
    }
    Ok(None)
}

/// How many bytes a file has; none if it is not there.
pub(crate) fn bytes_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// A database that is read as it lies there. SQLite does not notice if someone writes it meanwhile, so this does.
#[derive(Debug)]
pub(crate) struct Still {
    path: PathBuf,
    seen: Mark,
}

impl Still {
    pub(crate) fn begin(path: &Path) -> Result<Self, StoreError> {
        let seen = Mark::of(path).map_err(cannot_use(path))?;
        Ok(Self { path: path.to_owned(), seen })
    }

    /// Whether the file is the one that was opened and nothing was written to it.
    pub(crate) fn is_unchanged(&self) -> bool {
        Mark::of(&self.path).is_ok_and(|mark| mark == self.seen)
    }

    /// Whether it still is all that there is of the database.
    pub(crate) fn is_current(&self) -> bool {
        self.is_unchanged() && unmerged_log(&self.path).is_ok_and(|log| log.is_none())
    }
}

/// What changes when a file is written or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    device: u64,
    number: u64,
    bytes: u64,
    written: (i64, i64),
}

impl Mark {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self {
            device: found.dev(),
            number: found.ino(),
            bytes: found.len(),
            written: (found.mtime(), found.mtime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The superuser may write everything, so it is decided by what was found and not by what the file system says to the tests.
    #[test]
    fn a_reader_makes_no_files_that_could_lock_a_writer_out() {
        let own = Found {
            is_local: true,
            has_shared_files: false,
            may_write_database: true,
            may_write_folder: true,
            has_changes: false,
        };
        assert_eq!(own.choice(), Choice::Together);
        // A colleague's database of mode 0644 in a folder that both write.
        let colleagues = Found { may_write_database: false, ..own };
        assert_eq!(colleagues.choice(), Choice::Still);
        assert_eq!(Found { has_shared_files: true, ..colleagues }.choice(), Choice::Together);
        assert_eq!(Found { has_changes: true, ..colleagues }.choice(), Choice::Together);
        // A read-only mount, or the folder of another user.
        let read_only = Found { may_write_folder: false, ..colleagues };
        assert_eq!(read_only.choice(), Choice::Still);
        assert_eq!(Found { has_changes: true, ..read_only }.choice(), Choice::RefusedHere);
        assert_eq!(
            Found { has_shared_files: true, has_changes: true, ..read_only }.choice(),
            Choice::Together
        );
    }

    #[test]
    fn a_reader_leaves_the_files_of_another_machine_alone() {
        for has_shared_files in [false, true] {
            let found = Found {
                is_local: false,
                has_shared_files,
                may_write_database: true,
                may_write_folder: true,
                has_changes: false,
            };
            assert_eq!(found.choice(), Choice::Still);
            assert_eq!(Found { has_changes: true, ..found }.choice(), Choice::RefusedElsewhere);
        }
    }
}
