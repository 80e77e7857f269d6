//! Tables as files: one each, in one of three formats. It knows no table by name.

use std::path::Path;

use sweep_job::{CsvRows, JsonRows, Value};

use crate::{
    ExportError, Exported, Form, Table, TableSource,
    error::failed,
    folder::{Folder, StagedFile},
    names::Names,
    parquet::ParquetRows,
    source::each_row,
};

/// The format of the files of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// Comma-separated values.
    Csv,
    /// A JSON array with an object a row.
    Json,
    /// Parquet.
    Parquet,
}

impl TableForm {
    fn form(self) -> Form {
        match self {
            Self::Csv => Form::Csv,
            Self::Json => Form::Json,
            Self::Parquet => Form::Parquet,
        }
    }

    /// The extension of its files.
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// Writes each of `tables` to a file of its name in `folder`, such as `trials.csv`. For those of a whole results database, see
/// [`results_tables`](crate::results_tables).
///
/// # Errors
/// Where the folder holds something that no export of this form made, where a row cannot be read or is not what its table says,
/// or where the file system refuses. What an earlier export made is then still there.
pub fn export_tables(
    form: TableForm,
    folder: &Path,
    tables: &[Table],
    source: &mut dyn TableSource,
) -> Result<Exported, ExportError> {
    let mut folder = Folder::open(folder, form.form())?;
    let mut names = Names::default();
    for table in tables {
        let file = folder.stage(&format!("{}.{}", names.name(&table.name), form.extension()))?;
        write_table(form, file, table, source)?;
    }
    folder.commit()
}

fn write_table(
    form: TableForm,
    mut file: StagedFile,
    table: &Table,
    source: &mut dyn TableSource,
) -> Result<(), ExportError> {
    let path = file.path().to_owned();
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    match form {
        TableForm::Csv => {
            let mut rows = CsvRows::begin(&columns, &mut file).map_err(failed("write", &path))?;
            checked_rows(source, table, |_, row| rows.row(row).map_err(failed("write", &path)))?;
            rows.end().map_err(failed("write", &path))?;
        }
        TableForm::Json => {
            let mut rows = JsonRows::begin(&columns, &mut file).map_err(failed("write", &path))?;
            checked_rows(source, table, |_, row| rows.row(row).map_err(failed("write", &path)))?;
            rows.end().map_err(failed("write", &path))?;
        }
        TableForm::Parquet => {
            let mut rows = ParquetRows::begin(table, &path, &mut file)?;
            checked_rows(source, table, |number, row| rows.row(number, row))?;
            rows.end()?;
        }
    }
    file.finish()
}

/// Hands each row to `take` with its number, from 1, once it has a value for every column.
fn checked_rows(
    source: &mut dyn TableSource,
    table: &Table,
    mut take: impl FnMut(u64, &[Value]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut number = 0;
    each_row(source, table, |row| {
        number += 1;
        if row.len() != table.columns.len() {
            let (found, columns) = (row.len(), table.columns.len());
            return Err(ExportError::RowLength { table: table.name.clone(), row: number, found, columns });
        }
        take(number, row)
    })
}
