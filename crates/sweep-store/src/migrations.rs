//! How a database came to its present form: a list that only ever grows. It knows no rows.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::{StoreError, error::sqlite};

/// Marks an SQLite file as a results database: `SWEP`.
pub(crate) const APPLICATION_ID: i32 = 0x5357_4550;

/// Migration `n` brings a database from `user_version` n to n + 1. Entries are appended, never edited: databases in the
/// world have gone through them.
const MIGRATIONS: [&str; 2] =
    [include_str!("migrations/0001_first.sql"), include_str!("migrations/0002_metrics_of_jobs.sql")];

/// The version that this program writes.
pub(crate) fn known_version() -> u32 {
    MIGRATIONS.len() as u32
}

/// What a database says of itself.
pub(crate) enum Form {
    /// It holds nothing yet.
    Empty,
    /// It is a results database of this version.
    Results(u32),
}

/// Reads the form of the database at `path`.
///
/// # Errors
/// For a file that is no SQLite database, one of another program, or one of a newer version of this program.
pub(crate) fn form(connection: &Connection, path: &Path) -> Result<Form, StoreError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let read = || -> rusqlite::Result<_> {
        let tables =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
        Ok((number("application_id")?, number("user_version")?, tables))
    };
    let (application, version, tables) = read().map_err(|source| StoreError::opening(path, source))?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(Form::Empty);
    }
    if application != i64::from(APPLICATION_ID) {
        return Err(StoreError::OtherProgram { path: path.to_owned() });
    }
    match u32::try_from(version) {
        Ok(version) if version <= known_version() => Ok(Form::Results(version)),
        _ => Err(StoreError::Newer { path: path.to_owned(), found: version, known: known_version() }),
    }
}

/// Brings the database at `path` to the version of this program, each migration in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let done = match form(connection, path)? {
        Form::Empty => 0,
        Form::Results(version) => version,
    };
    for (version, migration) in (1..).zip(MIGRATIONS).skip(done as usize) {
        apply(connection, version, migration).map_err(sqlite("create or upgrade its tables"))?;
    }
    Ok(())
}

fn apply(connection: &mut Connection, version: u32, migration: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(migration)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use rusqlite::types::Value;

    use super::*;

    fn rows(connection: &Connection, view: &str) -> Vec<Vec<Value>> {
        let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    /// A database of the first version, with a job in every state.
    fn first_version() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, 1, MIGRATIONS[0]).unwrap();
        connection.execute_batch(include_str!("migrations/tests/version_1.sql")).unwrap();
        connection
    }

    #[test]
    fn an_upgrade_changes_nothing_that_the_views_show() {
        let mut connection = first_version();
        let views = ["trials", "epochs", "best", "snapshots", "data_sets", "sweeps", "sweep_jobs"];
        let before = views.map(|view| rows(&connection, view));
        assert!(before.iter().all(|rows| !rows.is_empty()));
        migrate(&mut connection, Path::new("results.db")).unwrap();
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, known_version());
        for (view, before) in views.iter().zip(before) {
            assert_eq!(rows(&connection, view), before, "{view}");
        }
    }

    #[test]
    fn an_upgrade_that_breaks_off_leaves_the_database_as_it_was() {
        let mut connection = first_version();
        let before = rows(&connection, "trials");
        let broken = format!("{}\nSELECT no_such_function();", MIGRATIONS[1]);
        assert!(apply(&mut connection, 2, &broken).is_err());
        assert_eq!(rows(&connection, "trials"), before);
        migrate(&mut connection, Path::new("results.db")).unwrap();
        assert_eq!(rows(&connection, "trials"), before);
    }
}
