//! The place of a new database: the one function that makes its file. It knows no tables.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{StoreError, location::beside, lock::cannot_use, manner::bytes_of};

/// The first bytes of a rollback journal (SQLite's documentation, "Database File Format", section 3).
const JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// Makes an empty file for the database at `path` if there is none. SQLite would make one that its group cannot write, whatever the umask
/// says, and its log and shared memory get the same mode.
///
/// # Errors
/// `OrphanedLog` if a log lies there without its database: SQLite would remove it.
pub(crate) fn make_file(path: &Path) -> Result<(), StoreError> {
    if bytes_of(path) > 0 {
        return Ok(());
    }
    let log = beside(path, "-wal").map_err(cannot_use(path))?;
    let journal = beside(path, "-journal").map_err(cannot_use(path))?;
    let orphan = if bytes_of(&log) > 0 {
        Some(log)
    } else if undoes_something(&journal) {
        Some(journal)
    } else {
        None
    };
    if let Some(log) = orphan {
        return Err(StoreError::OrphanedLog { path: path.to_owned(), log });
    }
    match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(cannot_use(path)),
    }
}

/// Whether a journal belongs to a database that held something: one whose program was killed while it made a new database undoes
/// nothing.
fn undoes_something(journal: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(journal).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[..8] == JOURNAL && header[16..20] != [0; 4]
}
