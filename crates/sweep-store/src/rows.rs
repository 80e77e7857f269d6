//! The rows of a view, one after another, for whoever copies them elsewhere: no more than one is held.

use std::ops::ControlFlow;

use rusqlite::Result as SqlResult;
use sweep_job::Value;

use crate::{Reader, StoreError, error::sqlite, sql::value};

impl Reader {
    /// Calls `take` with each row of a view, its values in the order of `columns`, and ends at once where that breaks. All rows are of one
    /// moment, however long it takes.
    ///
    /// # Errors
    /// Where there is no such view or column, or SQLite fails.
    pub fn each_row(
        &self,
        view: &str,
        columns: &[&str],
        mut take: impl FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        // A quoted name without its table would be a text to SQLite where there is no such column.
        let columns: Vec<String> = columns.iter().map(|name| format!("view.{}", quoted(name))).collect();
        let query = format!("SELECT {} FROM {} AS view", columns.join(", "), quoted(view));
        let mut read = || -> SqlResult<()> {
            let mut statement = self.connection().prepare(&query)?;
            let mut rows = statement.query([])?;
            let mut values = Vec::with_capacity(columns.len());
            while let Some(row) = rows.next()? {
                values.clear();
                for place in 0..columns.len() {
                    values.push(value(row.get_ref(place)?));
                }
                if take(&values).is_break() {
                    break;
                }
            }
            Ok(())
        };
        read().map_err(sqlite("read a view"))
    }
}

/// A name as SQL has it, whatever it holds.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
