//! Tables for spreadsheets and programs: plain data, complete and without decoration.

use std::io::{self, Write};

use sweep_job::{CsvRows, JsonRows, QueryTable, Value};

/// A header, then a line a row.
pub(crate) fn write_csv(table: &QueryTable, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = CsvRows::begin(&table.columns, out)?;
    table.rows.iter().try_for_each(|row| rows.row(row))?;
    rows.end()
}

/// An array with an object a row.
pub(crate) fn write_json(table: &QueryTable, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = JsonRows::begin(&table.columns, out)?;
    table.rows.iter().try_for_each(|row| rows.row(row))?;
    rows.end()
}

/// A number, or NULL where there is none.
pub(crate) fn real(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Real)
}
