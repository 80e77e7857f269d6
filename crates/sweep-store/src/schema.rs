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

impl Definition {
    fn is(&self, kind: &str, name: &str) -> bool {
        self.kind == kind && self.name == name
    }
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

/// Refuses to read or write if a table is missing or a view is not the one that this program makes.
///
/// # Errors
/// `OtherSchema` with the first difference.
pub(crate) fn verify(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = read(connection).map_err(sqlite("read its tables"))?;
    match outline().iter().find_map(|definition| difference(definition, &found)) {
        None => Ok(()),
        Some(difference) => Err(StoreError::OtherSchema { path: path.to_owned(), difference }),
    }
}

/// The tables, by name alone, and the views. They are read from the text of the migrations, which takes a small part of the time that
/// SQLite takes to run them: this is asked whenever a database is opened.
fn outline() -> &'static [Definition] {
    static OUTLINE: OnceLock<Vec<Definition>> = OnceLock::new();
    OUTLINE.get_or_init(|| {
        let mut outline: Vec<Definition> = Vec::new();
        for statement in migrations::statements() {
            let words: Vec<&str> = statement.split_whitespace().collect();
            match words.as_slice() {
                ["CREATE", kind @ ("TABLE" | "VIEW"), name, ..] => outline.push(Definition {
                    kind: kind.to_lowercase(),
                    name: (*name).to_owned(),
                    sql: if *kind == "VIEW" { words.join(" ") } else { String::new() },
                }),
                ["DROP", kind @ ("TABLE" | "VIEW"), name] => {
                    outline.retain(|definition| !definition.is(&kind.to_lowercase(), name));
                }
                ["ALTER", "TABLE", from, "RENAME", "TO", to] => {
                    for definition in outline.iter_mut().filter(|definition| definition.is("table", from)) {
                        definition.name = (*to).to_owned();
                    }
                }
                _ => {}
            }
        }
        outline
    })
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
    let mut lines: Vec<String> =
        expected()?.iter().filter_map(|definition| difference(definition, &found)).collect();
    let triggers = found.iter().filter(|definition| definition.kind == "trigger");
    lines.extend(triggers.map(|trigger| format!("`sweep` did not make the trigger `{}`", trigger.name)));
    Ok(lines)
}

/// An empty text stands for any.
fn difference(expected: &Definition, found: &[Definition]) -> Option<String> {
    let Definition { kind, name, sql } = expected;
    match found.iter().find(|definition| definition.is(kind, name)) {
        None => Some(format!("the {kind} `{name}` is missing")),
        Some(definition) if !sql.is_empty() && definition.sql != *sql => {
            Some(format!("the {kind} `{name}` is not the one that `sweep` makes"))
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
    fn the_text_of_the_migrations_says_what_sqlite_makes_of_it() {
        let mut made: Vec<(&str, &str, &str)> = Vec::new();
        for Definition { kind, name, sql } in expected().unwrap() {
            match kind.as_str() {
                "table" => made.push((kind, name, "")),
                "view" => made.push((kind, name, sql)),
                _ => {}
            }
        }
        let mut read: Vec<(&str, &str, &str)> = outline()
            .iter()
            .map(|definition| (definition.kind.as_str(), definition.name.as_str(), definition.sql.as_str()))
            .collect();
        made.sort_unstable();
        read.sort_unstable();
        assert_eq!(read, made);
    }

    #[test]
    fn a_kept_database_has_the_tables_and_views_of_a_new_one() {
        for version in [1, 2, 3, 4, 8] {
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
