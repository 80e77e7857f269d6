//! Connections to a database, to write or only to read. It knows no rows.

use std::{fs, io, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::{
    StoreError,
    error::sqlite,
    migrations::{self, Form},
};

/// How long a connection waits for another one's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Every statement of this crate stays prepared.
const PREPARED_STATEMENTS: usize = 64;

/// Opens the database to write, creating or upgrading it. The caller holds the writer's lock.
pub(crate) fn to_write(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags)?;
    // The form is looked at first: another program's database must stay as it is.
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite("be set up"))?;
    migrations::form(&connection, path)?;
    set_up_writing(&connection).map_err(sqlite("be set up"))?;
    migrations::migrate(&mut connection, path)?;
    Ok(connection)
}

fn set_up_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Opens an existing database to read, also while a writer is at work.
pub(crate) fn to_read(path: &Path) -> Result<Connection, StoreError> {
    if !fs::exists(path).map_err(|source| StoreError::Path { path: path.to_owned(), source })? {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite("be set up"))?;
    match migrations::form(&connection, path)? {
        Form::Results(version) if version == migrations::known_version() => Ok(connection),
        Form::Results(found) => {
            Err(StoreError::Older { path: path.to_owned(), found, known: migrations::known_version() })
        }
        Form::Empty => Err(StoreError::OtherProgram { path: path.to_owned() }),
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    // SQLite's words for a folder differ by what is tried first, and none of them says that it is one.
    if path.is_dir() {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(StoreError::Path { path: path.to_owned(), source });
    }
    Connection::open_with_flags(path, flags).map_err(|source| StoreError::opening(path, source))
}
