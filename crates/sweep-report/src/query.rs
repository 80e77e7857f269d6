//! The answer of a query of the user's own.

use std::io::{self, Write};

use sweep_job::{QueryTable, Value, sql_bytes};

use crate::{
    Format, ReportOptions, html, latex,
    machine::{write_csv, write_json},
    text_table::{Column, Side, TextTable},
    words::{one_line, printable, wrap},
};

/// Bytes of a blob that a table for people shows.
const BLOB_BYTES: usize = 16;

/// A column is not broken into lines below this width.
const LEAST_WIDTH: usize = 16;

/// Writes the rows of a query. On a terminal too narrow for its columns, each row becomes a block with a line a column; without
/// rows, the names of the columns become a list.
///
/// # Errors
/// Where `out` takes nothing.
pub fn query_report(table: &QueryTable, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    match options.format {
        Format::Table => write_text(table, options.width, out),
        Format::Markdown => out.write_all(text_table(table, printable).to_markdown().as_bytes()),
        Format::Latex => out.write_all(latex::tabular(&text_table(table, printable)).as_bytes()),
        Format::Html => html::table(&text_table(table, printable), None, out),
        Format::Csv => write_csv(table, out),
        Format::Json => write_json(table, out),
    }
}

fn write_text(table: &QueryTable, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let text = text_table(table, printable);
    let least: usize = text.natural_widths().iter().map(|width| (*width).min(LEAST_WIDTH) + 2).sum();
    match table.rows.is_empty() {
        true if text.natural_width() > width => {
            let names: Vec<String> = table.columns.iter().map(|name| one_line(name)).collect();
            writeln!(out, "{}\n(no rows)", wrap(&names.join(", "), width, ""))
        }
        true => writeln!(out, "{}(no rows)", text.to_terminal(width)),
        false if least > width + 2 || !text.fits(width) => write_blocks(table, out),
        false => out.write_all(text.to_terminal(width).as_bytes()),
    }
}

fn write_blocks(table: &QueryTable, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = table.columns.iter().map(|name| one_line(name)).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (index, row) in table.rows.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        for (name, value) in names.iter().zip(row) {
            let indent = format!("\n{:name_width$}  ", "");
            let line =
                format!("{name:name_width$}  {}", printable(&text(value)).trim_end().replace('\n', &indent));
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

fn text_table(table: &QueryTable, clean: fn(&str) -> String) -> TextTable {
    let columns = table.columns.iter().enumerate().map(|(index, name)| {
        let is_number = |row: &Vec<Value>| matches!(row.get(index), Some(Value::Integer(_) | Value::Real(_)));
        let side = if table.rows.iter().any(is_number) { Side::Right } else { Side::Left };
        Column { name: one_line(name), side }
    });
    let rows = table.rows.iter().map(|row| row.iter().map(|value| clean(&text(value))).collect());
    TextTable { columns: columns.collect(), rows: rows.collect() }
}

/// A value for people: NULL as such, so that it differs from an empty text, and blobs shortened.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) if bytes.len() > BLOB_BYTES => {
            let shown = sql_bytes(&bytes[..BLOB_BYTES]);
            format!("{}…' ({} bytes)", shown.trim_end_matches('\''), bytes.len())
        }
        Value::Blob(bytes) => sql_bytes(bytes),
    }
}
