//! How the rows of each table of a version lie in the file, and which values a row may have. It reads no file.

use rusqlite::{Connection, Result as SqlResult, types::Value};

use crate::{
    carve::{Kind, Row},
    migrations,
};

/// What is never salvaged: a list of files to remove, which are not copied in the first place.
const LEFT_BEHIND: &str = "removal";

/// A table of results.
pub(super) struct Layout {
    pub(super) table: String,
    pub(super) kind: Kind,
    /// The page at which the tree begins in a new database.
    pub(super) usual_root: u32,
    pub(super) columns: Vec<Column>,
    /// The column that is the number of the row.
    number: Option<usize>,
    /// The columns in the order of the file: of a table without numbers, those of its key come first.
    order: Vec<usize>,
}

pub(super) struct Column {
    pub(super) name: String,
    holds: String,
    pub(super) is_required: bool,
    has_default: bool,
}

impl Layout {
    /// Those of all tables of `version`.
    pub(super) fn all(version: u32) -> SqlResult<Vec<Self>> {
        let connection = Connection::open_in_memory()?;
        migrations::create(&connection, version)?;
        let tables: Vec<(String, u32, bool)> = connection
            .prepare(
                "SELECT schema.name, schema.rootpage, list.wr FROM sqlite_schema AS schema
                 JOIN pragma_table_list AS list ON list.name = schema.name AND list.schema = 'main'
                 WHERE schema.type = 'table' AND schema.name NOT LIKE 'sqlite_%' ORDER BY schema.rowid",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<SqlResult<_>>()?;
        tables
            .into_iter()
            .filter(|(table, ..)| table != LEFT_BEHIND)
            .map(|(table, root, has_no_numbers)| Self::of(&connection, table, root, has_no_numbers))
            .collect()
    }

    fn of(connection: &Connection, table: String, usual_root: u32, has_no_numbers: bool) -> SqlResult<Self> {
        let columns: Vec<(Column, u32)> = connection
            .prepare("SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?1)")?
            .query_map([&table], |row| {
                let (name, holds) = (row.get(0)?, row.get(1)?);
                let (is_required, has_default) = (row.get(2)?, row.get(3)?);
                Ok((Column { name, holds, is_required, has_default }, row.get(4)?))
            })?
            .collect::<SqlResult<_>>()?;
        let number = columns.iter().position(|(_, place)| *place == 1).filter(|_| !has_no_numbers);
        let mut order: Vec<usize> = (0..columns.len()).collect();
        if has_no_numbers {
            // Stable: what is not of the key stays in its order.
            order.sort_by_key(|column| match columns[*column].1 {
                0 => u32::MAX,
                place => place,
            });
        }
        let kind = if has_no_numbers { Kind::Index } else { Kind::Table };
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        Ok(Self { table, kind, usual_root, columns, number, order })
    }

    /// The values of a row by column; `None` if it cannot be a row of this table. The last columns can be missing: a row that was
    /// written before they were added has their defaults.
    pub(super) fn values(&self, row: Row) -> Option<Vec<(usize, Value)>> {
        if row.values.len() > self.columns.len() || row.number.is_some() != self.number.is_some() {
            return None;
        }
        let missing = &self.order[row.values.len()..];
        let may_miss = |column: &Column| !column.is_required || column.has_default;
        if !missing.iter().all(|column| may_miss(&self.columns[*column])) {
            return None;
        }
        self.order
            .iter()
            .zip(row.values)
            .map(|(column, value)| {
                let value = match row.number {
                    Some(number) if self.number == Some(*column) => Value::Integer(number),
                    _ => self.columns[*column].value(value)?,
                };
                Some((*column, value))
            })
            .collect()
    }

    /// The number of the job that a row of this table belongs to.
    pub(super) fn job_of(&self, values: &[(usize, Value)]) -> Option<i64> {
        let wanted = if self.table == "job" { "key" } else { "job" };
        values.iter().find(|(column, _)| self.columns[*column].name == wanted).and_then(|(_, value)| {
            match value {
                Value::Integer(number) => Some(*number),
                _ => None,
            }
        })
    }
}

impl Column {
    fn value(&self, value: Value) -> Option<Value> {
        match (self.holds.as_str(), value) {
            (_, Value::Null) if !self.is_required => Some(Value::Null),
            // SQLite keeps a number without a fraction as a whole one.
            ("REAL", Value::Integer(number)) => Some(Value::Real(number as f64)),
            ("REAL", value @ Value::Real(_))
            | ("INTEGER", value @ Value::Integer(_))
            | ("TEXT", value @ Value::Text(_))
            | ("BLOB", value @ Value::Blob(_)) => Some(value),
            _ => None,
        }
    }
}
