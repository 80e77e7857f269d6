//! Rows for spreadsheets and programs: plain data, complete and without decoration.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use sweep_job::{QueryTable, Value};

use crate::words::hexadecimal;

/// Comma-separated values (RFC 4180, lines ended by `\n`): a header, then a line a row. NULL is an empty field.
pub(crate) fn write_csv(table: &QueryTable, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
    writer.write_record(&table.columns)?;
    for row in &table.rows {
        for value in row {
            write_csv_field(value, &mut writer)?;
        }
        // Ends the record.
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

fn write_csv_field(value: &Value, writer: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    match value {
        Value::Null => writer.write_field(""),
        Value::Integer(number) => writer.write_field(number.to_string()),
        Value::Real(number) => writer.write_field(format!("{number:?}")),
        Value::Text(text) => writer.write_field(text),
        Value::Blob(bytes) => writer.write_field(hexadecimal(bytes)),
    }
}

/// A JSON array with an object a row, a row a line. Bytes become text in SQL's form, `x'0aff'`; numbers that are not
/// finite become null.
pub(crate) fn write_json(table: &QueryTable, out: &mut dyn Write) -> io::Result<()> {
    let columns = distinct(&table.columns);
    out.write_all(b"[")?;
    for (index, row) in table.rows.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &Object { columns: &columns, row })?;
    }
    out.write_all(if table.rows.is_empty() { b"]\n" } else { b"\n]\n" })
}

/// The names of the columns; from the second on, equal ones get a number: `epoch`, `epoch:1`.
fn distinct(columns: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.clone();
        let mut number = 0;
        while names.contains(&name) {
            number += 1;
            name = format!("{column}:{number}");
        }
        names.push(name);
    }
    names
}

struct Object<'a> {
    columns: &'a [String],
    row: &'a [Value],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, value) in self.columns.iter().zip(self.row) {
            match value {
                Value::Null => map.serialize_entry(column, &())?,
                Value::Integer(number) => map.serialize_entry(column, number)?,
                Value::Real(number) => map.serialize_entry(column, number)?,
                Value::Text(text) => map.serialize_entry(column, text)?,
                Value::Blob(bytes) => map.serialize_entry(column, &hexadecimal(bytes))?,
            }
        }
        map.end()
    }
}
