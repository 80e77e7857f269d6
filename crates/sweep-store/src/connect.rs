//! Connections to a database, to write or only to read. It knows no rows.

use std::{fs, io, path::Path, time::Duration};

use nix::unistd::{AccessFlags, access};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    StoreError,
    error::sqlite,
    file_system::check_is_local,
    lock::Locks,
    migrations::{self, Form},
    schema,
};

/// How long a connection waits for another one's transaction, where nothing else is asked for.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

/// Every statement of this crate stays prepared.
const PREPARED_STATEMENTS: usize = 64;

/// KiB of the file that a reader may keep in memory: the rows of 100,000 jobs. It takes what it reads, and lets go of it when others write.
const READER_CACHE_KIB: i64 = 64 << 10;

/// Opens the database to write, creating or upgrading it, and shares its lock.
pub(crate) fn to_write(path: &Path) -> Result<(Connection, Locks), StoreError> {
    check_is_local(path)?;
    // Before anything is made, the lock file included: another program's database must stay as it is.
    if !is_ready(path)? {
        prepare(path)?;
    }
    let locks = Locks::share(path)?;
    let connection = open_to_write(path)?;
    migrations::form(&connection, path)?;
    schema::verify(&connection, path)?;
    set_up_writing(&connection).map_err(sqlite("be set up"))?;
    Ok((connection, locks))
}

/// Whether a database is there and as this program writes it.
fn is_ready(path: &Path) -> Result<bool, StoreError> {
    if check_kind(path)? == Presence::Missing {
        return Ok(false);
    }
    let connection = open_to_write(path)?;
    let form = migrations::form(&connection, path)?;
    let mode: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(sqlite("be set up"))?;
    Ok(mode == "wal" && matches!(form, Form::Results(version) if version == migrations::known_version()))
}

/// Creates or upgrades the database, alone with it. Who waits for another that does the same finds it done.
fn prepare(path: &Path) -> Result<(), StoreError> {
    let Some(_alone) = Locks::take_alone(path, || is_ready(path))? else { return Ok(()) };
    let mut connection = open_to_write(path)?;
    migrations::form(&connection, path)?;
    // A rollback journal that is removed and comes back after a power cut, since the folder was not synced, would undo all that
    // was recorded since (SQLite's documentation of the pragma `synchronous`, "EXTRA").
    connection.pragma_update(None, "synchronous", "extra").map_err(sqlite("be set up"))?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(sqlite("be set up"))?;
    migrations::migrate(&mut connection, path)
}

fn open_to_write(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite("be set up"))?;
    Ok(connection)
}

fn set_up_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Opens an existing database to read, also while a writer is at work. It waits no longer than `wait` for who has it alone.
pub(crate) fn to_read(path: &Path, wait: Duration) -> Result<Connection, StoreError> {
    let connection = to_read_as_it_is(path, wait)?;
    schema::verify(&connection, path)?;
    Ok(connection)
}

/// The same, whatever its tables and views are. A view can run for ever: the caller bounds its queries, or asks no view.
pub(crate) fn to_read_as_it_is(path: &Path, wait: Duration) -> Result<Connection, StoreError> {
    if check_kind(path)? == Presence::Missing {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    connection.busy_timeout(wait).map_err(sqlite("be set up"))?;
    match migrations::form(&connection, path)? {
        Form::Results(version) if version == migrations::known_version() => {
            connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
            connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(sqlite("be set up"))?;
            Ok(connection)
        }
        Form::Results(found) => {
            Err(StoreError::Older { path: path.to_owned(), found, known: migrations::known_version() })
        }
        Form::Empty => Err(StoreError::OtherProgram { path: path.to_owned() }),
    }
}

/// The same without any view.
pub(crate) fn to_check(path: &Path) -> Result<Connection, StoreError> {
    let connection = to_read_as_it_is(path, BUSY_TIMEOUT)?;
    // A view in the place of a table could run for ever.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false).map_err(sqlite("be set up"))?;
    Ok(connection)
}

/// Whether a file is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Present,
    Missing,
}

/// Looks whether `path` can be a database by its kind, before anything is made beside it.
///
/// # Errors
/// `NotAFile` for a folder, a device or an empty path.
pub(crate) fn check_kind(path: &Path) -> Result<Presence, StoreError> {
    let not_a_file = |what| Err(StoreError::NotAFile { path: path.to_owned(), what });
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => not_a_file("a folder"),
        Ok(metadata) if !metadata.is_file() => not_a_file("no ordinary file"),
        // Asked without opening it: to close it again would release the locks that SQLite holds on it in this process.
        Ok(_) => match access(path, AccessFlags::R_OK) {
            Ok(()) => Ok(Presence::Present),
            Err(errno) => Err(StoreError::Path { path: path.to_owned(), source: errno.into() }),
        },
        Err(_) if path.as_os_str().is_empty() => not_a_file("an empty name"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Presence::Missing),
        Err(source) => Err(StoreError::Path { path: path.to_owned(), source }),
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    // SQLite takes names such as `:memory:` and `file:a?mode=memory` for more than names, unless a folder stands before
    // them.
    let path_for_sqlite = if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() };
    let connection = Connection::open_with_flags(path_for_sqlite, flags)
        .map_err(|source| StoreError::opening(path, source))?;
    // `sweep` makes none: those of somebody else could change what is recorded.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(sqlite("be set up"))?;
    Ok(connection)
}
