//! How a database came to its present form: a list that only ever grows. It knows no rows.

mod derived;

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::{StoreError, error::sqlite};

/// Marks an SQLite file as a results database: `SWEP`.
pub(crate) const APPLICATION_ID: i32 = 0x5357_4550;

/// The SQL that brings a database from version n to n + 1, as far as it is written by hand; the rest is [`derived`]. Entries are
/// appended, never edited: databases in the world have gone through them.
const WRITTEN: [&str; 5] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_metrics_of_jobs.sql"),
    include_str!("migrations/0003_runs.sql"),
    include_str!("migrations/0004_leaks.sql"),
    include_str!("migrations/0005_settings.sql"),
];

/// The version that this program writes.
pub(crate) fn known_version() -> u32 {
    (WRITTEN.len() as u32).max(derived::last_version())
}

/// Makes the tables and views of `version` in an empty database, without the care that a database of results needs.
pub(crate) fn create(connection: &Connection, version: u32) -> rusqlite::Result<()> {
    for version in 1..=version {
        run(connection, version)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", version)
}

/// Brings the tables and views from the version before to `version`.
fn run(connection: &Connection, version: u32) -> rusqlite::Result<()> {
    connection.execute_batch(written(version))?;
    derived::statements(version).iter().try_for_each(|statement| connection.execute_batch(statement))
}

fn written(version: u32) -> &'static str {
    WRITTEN.get(version as usize - 1).copied().unwrap_or_default()
}

/// The statements of all migrations, in their order, without the comments before them.
pub(crate) fn statements() -> impl Iterator<Item = String> {
    (1..=known_version()).flat_map(|version| {
        let mut rest = written(version);
        let written = std::iter::from_fn(move || {
            rest = rest.trim_start();
            while let Some(comment) = rest.strip_prefix("--") {
                rest = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
            }
            let (statement, behind) = rest.split_at(end_of_statement(rest));
            rest = behind.strip_prefix(';').unwrap_or(behind);
            (!statement.is_empty()).then(|| statement.to_owned())
        });
        written.chain(derived::statements(version))
    })
}

/// Where a statement ends: at the first semicolon that is in neither a text nor a comment.
fn end_of_statement(sql: &str) -> usize {
    let (mut is_text, mut is_comment, mut before) = (false, false, ' ');
    for (place, letter) in sql.char_indices() {
        match letter {
            '\n' => is_comment = false,
            '-' if before == '-' && !is_text => is_comment = true,
            '\'' if !is_comment => is_text = !is_text,
            ';' if !is_text && !is_comment => return place,
            _ => {}
        }
        before = letter;
    }
    sql.len()
}

/// No program has a higher version: a database that says so is damaged.
pub(crate) const LAST_VERSION: u32 = 999;

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
    let read = || -> rusqlite::Result<_> {
        // All three at one moment: another program may be making the database.
        let moment = connection.unchecked_transaction()?;
        let number = |pragma: &str| moment.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let tables =
            moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
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

/// Brings the database at `path` to the version of this program, each migration in a transaction of its own. The caller is alone
/// with it; foreign keys are not enforced on its connection any more.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let done = match form(connection, path)? {
        Form::Empty => 0,
        Form::Results(version) => version,
    };
    // A table that is replaced is gone for a moment; each migration is checked before it counts.
    connection.pragma_update(None, "foreign_keys", false).map_err(sqlite("be set up"))?;
    for version in done + 1..=known_version() {
        apply(connection, version, "").map_err(sqlite("create or upgrade its tables"))?;
    }
    Ok(())
}

/// Brings a database from the version before to `version`; `then` are statements that follow.
fn apply(connection: &mut Connection, version: u32, then: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    run(&transaction, version)?;
    transaction.execute_batch(then)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    // The foreign keys that lead nowhere: a query that gives none.
    if transaction.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY),
            Some("rows name others that are not there".to_owned()),
        ));
    }
    transaction.commit()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use rusqlite::types::Value;
    use tempfile::TempDir;

    use super::*;

    fn rows(connection: &Connection, view: &str) -> Vec<Vec<Value>> {
        let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    /// A database that the program of `version` wrote, with a job in every state.
    fn of_version(version: u32) -> (TempDir, Connection) {
        let folder = TempDir::new().unwrap();
        let databases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
        let copy = folder.path().join("results.db");
        std::fs::copy(databases.join(format!("version_{version}.db")), &copy).unwrap();
        let connection = Connection::open(copy).unwrap();
        (folder, connection)
    }

    /// The versions of which a database is kept. Those after them add nothing but what follows from the tables.
    fn versions_before_this() -> std::ops::RangeInclusive<u32> {
        1..=4
    }

    /// The columns that an earlier version had: later ones may have more.
    fn first(rows: Vec<Vec<Value>>, like: &[Vec<Value>]) -> Vec<Vec<Value>> {
        rows.into_iter().map(|row| row.into_iter().take(like[0].len()).collect()).collect()
    }

    #[test]
    fn an_upgrade_changes_nothing_that_the_views_show() {
        for version in versions_before_this() {
            let (_folder, mut connection) = of_version(version);
            let views = ["trials", "epochs", "best", "snapshots", "data_sets", "sweeps", "sweep_jobs"];
            let before = views.map(|view| rows(&connection, view));
            assert!(before.iter().all(|rows| !rows.is_empty()));
            migrate(&mut connection, Path::new("results.db")).unwrap();
            let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            assert_eq!(found, known_version());
            for (view, before) in views.iter().zip(before) {
                assert_eq!(first(rows(&connection, view), &before), before, "{view} of version {version}");
            }
        }
    }

    #[test]
    fn an_upgrade_that_breaks_off_leaves_the_database_as_it_was() {
        for version in versions_before_this().map(|kept| kept + 1) {
            let (_folder, mut connection) = of_version(version - 1);
            connection.pragma_update(None, "foreign_keys", false).unwrap();
            let schema = "(SELECT sql FROM sqlite_schema ORDER BY name)";
            let (before, tables) = (rows(&connection, "trials"), rows(&connection, schema));
            // At its very end, and where it leaves rows that name others that are not there.
            for flaw in ["SELECT no_such_function()", "UPDATE job SET data_set = 99"] {
                assert!(apply(&mut connection, version, flaw).is_err());
                assert_eq!(rows(&connection, "trials"), before);
                assert_eq!(rows(&connection, schema), tables);
            }
            migrate(&mut connection, Path::new("results.db")).unwrap();
            assert_eq!(first(rows(&connection, "trials"), &before), before);
        }
    }
}
