//! The tables, views and indexes that a database must have, derived from the migrations, and how a database differs from them. A view
//! that somebody redefined could show other numbers, or never end.

use std::{path::Path, sync::OnceLock};

use rusqlite::{Connection, Result as SqlResult};

use crate::{StoreError, error::sqlite, migrations};

/// A table, view, index or trigger.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) kind: String,
    pub(crate) name: String,
    sql: String,
}

/// Those of the version that this program writes.
pub(crate) fn expected() -> SqlResult<&'static [Definition]> {
    static EXPECTED: OnceLock<Vec<Definition>> = OnceLock::new();
    if let Some(definitions) = EXPECTED.get() {
        return Ok(definitions);
    }
    let connection = Connection::open_in_memory()?;
    migrations::create(&connection, migrations::known_version())?;
    let definitions = read(&connection)?;
    Ok(EXPECTED.get_or_init(|| definitions))
}

/// The names of the tables.
pub(crate) fn tables() -> SqlResult<impl Iterator<Item = &'static str>> {
    Ok(expected()?
        .iter()
        .filter(|definition| definition.kind == "table")
        .map(|definition| definition.name.as_str()))
}

/// Refuses to read or write if a table is missing or a view is not the one that this program makes. It costs a few microseconds once
/// a process knows what it expects.
///
/// # Errors
/// `OtherSchema` with the first difference.
pub(crate) fn verify(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let find = || -> SqlResult<Option<String>> {
        let found = read(connection)?;
        let matters = |definition: &&Definition| ["table", "view"].contains(&definition.kind.as_str());
        // The text of a table says how it is checked; what readers ask of it cannot change by that.
        Ok(expected()?.iter().filter(matters).find_map(|definition| {
            difference(definition, &found).filter(|(difference, _)| {
                *difference == Difference::Missing || definition.kind == "view"
            })
        }).map(|(_, words)| words))
    };
    match find().map_err(sqlite("read its tables"))? {
        None => Ok(()),
        Some(difference) => Err(StoreError::OtherSchema { path: path.to_owned(), difference }),
    }
}

/// Refuses a database whose names are not text, which rusqlite takes for granted.
///
/// # Errors
/// `OtherSchema`.
pub(crate) fn check_text(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let are_text = || -> SqlResult<bool> {
        let mut statement = connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if std::str::from_utf8(row.get_ref(0)?.as_bytes()?).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    };
    if are_text().map_err(sqlite("read its tables"))? {
        return Ok(());
    }
    let difference = "a table or view has a name that is not text".to_owned();
    Err(StoreError::OtherSchema { path: path.to_owned(), difference })
}

/// How the tables, views, indexes and triggers differ from those that this program makes, a line each. Further tables, views and
/// indexes are somebody's own and change nothing.
pub(crate) fn differences(connection: &Connection) -> SqlResult<Vec<String>> {
    let found = read(connection)?;
    let mut lines: Vec<String> = expected()?
        .iter()
        .filter_map(|definition| difference(definition, &found))
        .map(|(_, words)| words)
        .collect();
    let triggers = found.iter().filter(|definition| definition.kind == "trigger");
    lines.extend(triggers.map(|trigger| format!("`sweep` did not make the trigger `{}`", trigger.name)));
    Ok(lines)
}

#[derive(PartialEq, Eq)]
enum Difference {
    Missing,
    Changed,
}

fn difference(expected: &Definition, found: &[Definition]) -> Option<(Difference, String)> {
    let Definition { kind, name, sql } = expected;
    match found.iter().find(|definition| definition.name == *name && definition.kind == *kind) {
        None => Some((Difference::Missing, format!("the {kind} `{name}` is missing"))),
        Some(definition) if definition.sql != *sql => {
            Some((Difference::Changed, format!("the {kind} `{name}` is not the one that `sweep` makes")))
        }
        Some(_) => None,
    }
}

fn read(connection: &Connection) -> SqlResult<Vec<Definition>> {
    connection
        .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")?
        .query_map([], |row| {
            let text = |column: usize| -> SqlResult<String> {
                Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
            };
            let sql = text(2)?.split_whitespace().collect::<Vec<_>>().join(" ");
            Ok(Definition { kind: text(0)?, name: text(1)?, sql })
        })?
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_upgraded_database_has_the_tables_and_views_of_a_new_one() {
        for version in 1..migrations::known_version() {
            let databases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
            let folder = tempfile::TempDir::new().unwrap();
            let copy = folder.path().join("results.db");
            std::fs::copy(databases.join(format!("version_{version}.db")), &copy).unwrap();
            let mut connection = Connection::open(&copy).unwrap();
            migrations::migrate(&mut connection, &copy).unwrap();
            assert_eq!(differences(&connection).unwrap(), Vec::<String>::new(), "version {version}");
            verify(&connection, &copy).unwrap();
        }
    }
}
