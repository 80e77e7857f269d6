//! Connections to a database, to write or only to read. It knows no rows.

use std::{
    fmt::Write,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    StoreError,
    creation::make_file,
    error::sqlite,
    file_system::check_is_local,
    leftovers,
    location::{Location, beside, folder_of, resolve},
    lock::{Locks, cannot_use},
    manner::{Manner, Still, bytes_of, shared_files},
    migrations::{self, Form},
    mount::check_not_mounted_alone,
    permission::{check_readable, check_writable},
    schema,
};

/// How long a connection that writes waits for another one's transaction.
const WRITER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long one that would write waits to look at a database that another program has alone: longer than it takes to create or upgrade one.
const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a reader waits for who has the database alone, if nothing else is requested. Writers never make readers wait: only another
/// program does, and its user should hear of it.
pub(crate) const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// Every statement of this crate stays prepared.
const PREPARED_STATEMENTS: usize = 64;

/// KiB of the file that a reader may keep in memory: the rows of 100,000 jobs. It takes what it reads, and lets go of it when others write.
const READER_CACHE_KIB: i64 = 64 << 10;

/// A database that is open to write.
pub(crate) struct Writing {
    pub(crate) connection: Connection,
    pub(crate) locks: Locks,
    /// Where a copy of its log is kept, which was damaged.
    pub(crate) damaged_log: Option<PathBuf>,
}

/// Opens the database to write, creating or upgrading it, and shares its lock.
pub(crate) fn to_write(location: &Location) -> Result<Writing, StoreError> {
    let path = &resolve(location.path());
    check_is_local(path, location.file_system())?;
    check_may_write(path)?;
    let damaged_log = match leftovers::are_there(path)? && !is_another_programs(path) {
        true => leftovers::make_way(path)?,
        false => None,
    };
    // Before anything is made, the lock file included: another program's database must stay as it is.
    if !is_ready(path)? {
        prepare(path)?;
    }
    let locks = Locks::share(path)?;
    let connection = open_to_write(path)?;
    migrations::form(&connection, path)?;
    schema::verify(&connection, path)?;
    set_up_writing(&connection).map_err(sqlite("be set up"))?;
    Ok(Writing { connection, locks, damaged_log })
}

fn check_may_write(path: &Path) -> Result<(), StoreError> {
    if check_kind(path)? == Presence::Present {
        check_not_mounted_alone(path)?;
        check_writable(path)?;
    }
    match folder_of(path) {
        folder if folder.is_dir() => {
            check_writable(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned()))
        }
        // Told of when the lock is made in it.
        _ => Ok(()),
    }
}

/// Whether the file, without its log, is of another program: then nothing beside it is touched.
fn is_another_programs(path: &Path) -> bool {
    let is_any = bytes_of(path) > 0;
    let form = || open_still(path).and_then(|connection| migrations::form(&connection, path));
    is_any && matches!(form(), Err(StoreError::OtherProgram { .. } | StoreError::NotADatabase { .. }))
}

/// Whether a database is there and as this program writes it.
fn is_ready(path: &Path) -> Result<bool, StoreError> {
    // SQLite removes the log of an empty database, whatever is in it.
    if check_kind(path)? == Presence::Missing || bytes_of(path) == 0 {
        return Ok(false);
    }
    let [log, _] = shared_files(path)?;
    let has_log = bytes_of(&log) > 0;
    let connection = open_to_write(path)?;
    // No lock is held yet: the last connection to close would merge the log and remove it, also that of another program. An empty log may go.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log)
        .map_err(sqlite("be set up"))?;
    connection.busy_timeout(LOOK_TIMEOUT).map_err(sqlite("be set up"))?;
    let form = migrations::form(&connection, path)?;
    let mode: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(sqlite("be set up"))?;
    Ok(mode == "wal" && matches!(form, Form::Results(version) if version == migrations::known_version()))
}

/// Creates or upgrades the database, alone with it. Who waits for another that does the same finds it done.
fn prepare(path: &Path) -> Result<(), StoreError> {
    let Some(_alone) = Locks::take_alone(path, || is_ready(path))? else { return Ok(()) };
    make_file(path)?;
    let mut connection = open_to_write(path)?;
    migrations::form(&connection, path)?;
    // A rollback journal that is removed and comes back after a power cut, since the folder was not synced, would undo all that
    // was recorded since (SQLite's documentation of the pragma `synchronous`, "EXTRA").
    connection.pragma_update(None, "synchronous", "extra").map_err(sqlite("be set up"))?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(sqlite("be set up"))?;
    migrations::migrate(&mut connection, path)
}

fn open_to_write(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(WRITER_TIMEOUT).map_err(sqlite("be set up"))?;
    Ok(connection)
}

fn set_up_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Opens an existing database to read, also while a writer is at work. It waits no longer than `wait` for who has it alone.
pub(crate) fn to_read(
    location: &Location,
    wait: Duration,
) -> Result<(Connection, Option<Still>), StoreError> {
    let (connection, still) = to_read_as_it_is(location, wait)?;
    schema::verify(&connection, &resolve(location.path()))?;
    Ok((connection, still))
}

/// The same, whatever its tables and views are. A view can run for ever: the caller bounds its queries, or asks no view.
pub(crate) fn to_read_as_it_is(
    location: &Location,
    wait: Duration,
) -> Result<(Connection, Option<Still>), StoreError> {
    let path = &resolve(location.path());
    if check_kind(path)? == Presence::Missing {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    // SQLite removes the log of an empty database, also for a reader.
    if bytes_of(path) == 0 {
        return Err(StoreError::OtherProgram { path: path.to_owned() });
    }
    check_not_mounted_alone(path)?;
    let (connection, still) = match Manner::choose(path, location.file_system())? {
        Manner::Together => {
            (open(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?, None)
        }
        Manner::Still(still) => (open_still(path)?, Some(still)),
    };
    connection.busy_timeout(wait).map_err(sqlite("be set up"))?;
    match migrations::form(&connection, path)? {
        Form::Results(version) if version == migrations::known_version() => {
            connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
            connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(sqlite("be set up"))?;
            Ok((connection, still))
        }
        Form::Results(found) => {
            Err(StoreError::Older { path: path.to_owned(), found, known: migrations::known_version() })
        }
        Form::Empty => Err(StoreError::OtherProgram { path: path.to_owned() }),
    }
}

/// Opens a database to check it, with views turned off.
pub(crate) fn to_check(location: &Location) -> Result<(Connection, Option<Still>), StoreError> {
    let (connection, still) = to_read_as_it_is(location, READER_TIMEOUT)?;
    // A view in the place of a table could run for ever.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false).map_err(sqlite("be set up"))?;
    Ok((connection, still))
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
/// `NotAFile` for a folder, a device or an empty path; `NotPermitted` for a file that this process may not read.
pub(crate) fn check_kind(path: &Path) -> Result<Presence, StoreError> {
    let not_a_file = |what| Err(StoreError::NotAFile { path: path.to_owned(), what });
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => not_a_file("a folder"),
        Ok(metadata) if !metadata.is_file() => not_a_file("no ordinary file"),
        Ok(_) => check_readable(path).map(|()| Presence::Present),
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

/// Opens the file as it lies there: SQLite makes no files beside it, looks at none and takes no locks.
fn open_still(path: &Path) -> Result<Connection, StoreError> {
    let file = beside(path, "").map_err(cannot_use(path))?;
    let mut name = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => name.push(char::from(*byte)),
            _ if byte.is_ascii_alphanumeric() => name.push(char::from(*byte)),
            // It cannot fail: it writes into a string.
            _ => drop(write!(name, "%{byte:02x}")),
        }
    }
    name.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(name, flags).map_err(|source| StoreError::opening(path, source))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;
    use crate::{JobSelection, Reader, Store};

    #[test]
    fn a_file_that_is_read_without_locks_is_noticed_to_change() {
        let folder = tempfile::TempDir::new().unwrap();
        // Characters that mean something in a URI.
        let path = folder.path().join("a?b#c%20 ä.db");
        drop(Store::open(&path).unwrap());
        let still = Still::begin(&path).unwrap();
        let reader = Reader::new(open_still(&path).unwrap(), &path, Some(still)).unwrap();
        let read = || reader.at_one_moment(|| reader.jobs(JobSelection::All));
        assert_eq!(read().unwrap(), []);
        assert!(reader.is_current().unwrap());
        let files = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files(), 2);

        let mut store = Store::open(&path).unwrap();
        store.run().unwrap();
        // What is in the log alone is not read, and what is read is of one moment.
        assert!(!reader.is_current().unwrap());
        read().unwrap();
        store.close().unwrap();
        assert!(matches!(read(), Err(StoreError::ChangedMeanwhile { .. })));
        assert!(reader.check_unchanged().is_err() && !reader.is_current().unwrap());
    }
}
