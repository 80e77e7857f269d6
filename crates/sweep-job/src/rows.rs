//! Rows as text for programs: comma-separated values and JSON, a row at a time, so that no table need be held. It opens
//! no file, and knows no table.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{Value, hexadecimal};

/// Comma-separated values (RFC 4180, lines ended by `\n`): a header, then a line a row. NULL is an empty field, as an empty
/// text is; bytes are text in [SQL's form](sql_bytes).
pub struct CsvRows<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvRows<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Where `out` takes nothing.
    pub fn begin(columns: &[String], out: W) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
        writer.write_record(columns).map_err(io_error)?;
        Ok(Self { writer })
    }

    /// Writes a row; it has a value for every column.
    ///
    /// # Errors
    /// Where `out` takes nothing.
    pub fn row(&mut self, row: &[Value]) -> io::Result<()> {
        for value in row {
            match value {
                Value::Null => self.writer.write_field(""),
                Value::Integer(number) => self.writer.write_field(number.to_string()),
                Value::Real(number) => self.writer.write_field(format!("{number:?}")),
                Value::Text(text) => self.writer.write_field(text),
                Value::Blob(bytes) => self.writer.write_field(sql_bytes(bytes)),
            }
            .map_err(io_error)?;
        }
        // Ends the record.
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Hands over what is still buffered.
    ///
    /// # Errors
    /// Where `out` takes nothing.
    pub fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The system's own error, of which the kind and the number count: the library wraps it.
fn io_error(error: csv::Error) -> io::Error {
    if !error.is_io_error() {
        return error.into();
    }
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A JSON array with an object a row, a row a line. Bytes are text in [SQL's form](sql_bytes); numbers that are not finite
/// are null; of equal names of columns, the second gets a number.
pub struct JsonRows<W: Write> {
    columns: Vec<String>,
    out: W,
    is_empty: bool,
}

impl<W: Write> JsonRows<W> {
    /// Opens the array.
    ///
    /// # Errors
    /// Where `out` takes nothing.
    pub fn begin(columns: &[String], mut out: W) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { columns: distinct_names(columns), out, is_empty: true })
    }

    /// Writes a row; it has a value for every column.
    ///
    /// # Errors
    /// Where `out` takes nothing.
    pub fn row(&mut self, row: &[Value]) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        Ok(serde_json::to_writer(&mut self.out, &Object { columns: &self.columns, row })?)
    }

    /// Closes the array.
    ///
    /// # Errors
    /// Where `out` takes nothing.
    pub fn end(mut self) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"]\n" } else { b"\n]\n" })?;
        self.out.flush()
    }
}

/// The names of columns; from the second on, equal ones get a number: `epoch`, `epoch:1`.
pub fn distinct_names(columns: &[String]) -> Vec<String> {
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

/// Bytes in SQL's form: `x'0aff'`.
pub fn sql_bytes(bytes: &[u8]) -> String {
    format!("x'{}'", hexadecimal(bytes))
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
                Value::Blob(bytes) => map.serialize_entry(column, &sql_bytes(bytes))?,
            }
        }
        map.end()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    fn rows() -> [Vec<Value>; 2] {
        [
            vec![Value::Text("a \"b\",\nc".into()), Value::Integer(-1), Value::Blob(vec![10, 255])],
            vec![Value::Null, Value::Real(0.1), Value::Real(f64::NAN)],
        ]
    }

    fn columns() -> [String; 3] {
        ["model".into(), "epoch".into(), "epoch".into()]
    }

    #[test]
    fn a_row_is_a_line() {
        let mut csv = Vec::new();
        let mut writer = CsvRows::begin(&columns(), &mut csv).unwrap();
        rows().iter().for_each(|row| writer.row(row).unwrap());
        writer.end().unwrap();
        let mut json = Vec::new();
        let mut writer = JsonRows::begin(&columns(), &mut json).unwrap();
        rows().iter().for_each(|row| writer.row(row).unwrap());
        writer.end().unwrap();
        insta::assert_snapshot!(String::from_utf8([csv, json].concat()).unwrap(), @r#"
        model,epoch,epoch
        "a ""b"",
        c",-1,x'0aff'
        ,0.1,NaN
        [
        {"model":"a \"b\",\nc","epoch":-1,"epoch:1":"x'0aff'"},
        {"model":null,"epoch":0.1,"epoch:1":null}
        ]
        "#);
    }
}
