//! Rows as a Parquet file, in row groups of bounded size. Columns keep their types, whatever they hold.

use std::{
    io::Write,
    mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType},
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::{WriterProperties, WriterVersion},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};
use sweep_job::{ColumnType, Value, distinct_names};

use crate::{ExportError, Table, error::refused, time::milliseconds};

/// Rows of a row group at most. DuckDB and Arrow read row groups in parallel, and do best with about 100,000 rows.
const GROUP_ROWS: usize = 1 << 17;
/// Bytes of values that a row group is made of at most, and one row more.
const GROUP_BYTES: usize = 32 << 20;

/// A whole number beyond has no place in a float of its own.
const EXACT: i64 = 1 << f64::MANTISSA_DIGITS;

/// A Parquet file on its way.
pub(crate) struct ParquetRows<'a, W: Write + Send> {
    table: &'a Table,
    path: PathBuf,
    writer: SerializedFileWriter<W>,
    columns: Vec<Cells>,
    rows: usize,
    bytes: usize,
}

/// The values of a column in a row group.
struct Cells {
    values: Values,
    /// For each row 1, or 0 where it is NULL.
    levels: Vec<i16>,
}

enum Values {
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    Bytes(Vec<ByteArray>),
}

impl<'a, W: Write + Send> ParquetRows<'a, W> {
    /// Begins the file. `path` is for errors.
    pub(crate) fn begin(table: &'a Table, path: &Path, out: W) -> Result<Self, ExportError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_created_by(concat!("sweep ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = schema(table)
            .and_then(|schema| SerializedFileWriter::new(out, schema, Arc::new(properties)))
            .map_err(refused(path))?;
        let columns = table.columns.iter().map(|column| Cells::new(column.kind)).collect();
        Ok(Self { table, path: path.to_owned(), writer, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row, the `number`th.
    pub(crate) fn row(&mut self, number: u64, row: &[Value]) -> Result<(), ExportError> {
        for ((cells, column), value) in self.columns.iter_mut().zip(&self.table.columns).zip(row) {
            let unfit = |message| ExportError::Unfit {
                table: self.table.name.clone(),
                row: number,
                column: column.name.clone(),
                message,
            };
            self.bytes += cells.push(column.kind, value).map_err(unfit)?;
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes the last rows and the footer.
    pub(crate) fn end(mut self) -> Result<(), ExportError> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.writer.close().map(drop).map_err(refused(&self.path))
    }

    fn write_group(&mut self) -> Result<(), ExportError> {
        let mut write = || -> Result<(), ParquetError> {
            let mut group = self.writer.next_row_group()?;
            for cells in &mut self.columns {
                let Some(column) = group.next_column()? else { break };
                cells.write(column)?;
            }
            group.close().map(drop)
        };
        write().map_err(refused(&self.path))?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Cells {
    fn new(kind: ColumnType) -> Self {
        let values = match kind {
            ColumnType::Integer | ColumnType::Time => Values::Integers(Vec::new()),
            ColumnType::Real => Values::Reals(Vec::new()),
            ColumnType::Text | ColumnType::Blob => Values::Bytes(Vec::new()),
        };
        Self { values, levels: Vec::new() }
    }

    /// Adds a value, and says how many bytes it takes; or what does not fit.
    fn push(&mut self, kind: ColumnType, value: &Value) -> Result<usize, String> {
        let bytes = match (&mut self.values, value) {
            (_, Value::Null) => {
                self.levels.push(0);
                return Ok(mem::size_of::<i16>());
            }
            (Values::Integers(values), Value::Integer(number)) if kind == ColumnType::Integer => {
                values.push(*number);
                mem::size_of::<i64>()
            }
            (Values::Integers(values), Value::Text(text)) if kind == ColumnType::Time => {
                values.push(milliseconds(text).ok_or_else(|| format!("{text:?} is no time"))?);
                mem::size_of::<i64>()
            }
            (Values::Reals(values), Value::Real(number)) => {
                values.push(*number);
                mem::size_of::<f64>()
            }
            (Values::Reals(values), Value::Integer(number)) if (-EXACT..=EXACT).contains(number) => {
                values.push(*number as f64);
                mem::size_of::<f64>()
            }
            (Values::Bytes(values), Value::Text(text)) if kind == ColumnType::Text => {
                values.push(text.as_str().into());
                mem::size_of::<ByteArray>() + text.len()
            }
            (Values::Bytes(values), Value::Blob(blob)) if kind == ColumnType::Blob => {
                values.push(blob.clone().into());
                mem::size_of::<ByteArray>() + blob.len()
            }
            (_, value) => return Err(format!("{} in a column of {}", kind_of(value), words(kind))),
        };
        self.levels.push(1);
        Ok(bytes + mem::size_of::<i16>())
    }

    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match &self.values {
            Values::Integers(values) => column.typed::<Int64Type>().write_batch(values, levels, None)?,
            Values::Reals(values) => column.typed::<DoubleType>().write_batch(values, levels, None)?,
            Values::Bytes(values) => column.typed::<ByteArrayType>().write_batch(values, levels, None)?,
        };
        match &mut self.values {
            Values::Integers(values) => values.clear(),
            Values::Reals(values) => values.clear(),
            Values::Bytes(values) => values.clear(),
        }
        self.levels.clear();
        column.close()
    }
}

/// Every column may be NULL. A column's type is that of its kind, even where all of it is NULL.
fn schema(table: &Table) -> Result<TypePtr, ParquetError> {
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let fields = distinct_names(&names).into_iter().zip(&table.columns).map(|(name, column)| {
        let (physical, logical) = match column.kind {
            ColumnType::Integer => (PhysicalType::INT64, None),
            ColumnType::Time => {
                let logical = LogicalType::timestamp(true, TimeUnit::MILLIS);
                (PhysicalType::INT64, Some(logical))
            }
            ColumnType::Real => (PhysicalType::DOUBLE, None),
            ColumnType::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnType::Blob => (PhysicalType::BYTE_ARRAY, None),
        };
        Type::primitive_type_builder(&name, physical)
            .with_logical_type(logical)
            .with_repetition(Repetition::OPTIONAL)
            .build()
            .map(Arc::new)
    });
    Type::group_type_builder("schema").with_fields(fields.collect::<Result<_, _>>()?).build().map(Arc::new)
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => format!("the whole number {number}"),
        Value::Real(number) => format!("the number {number:?}"),
        Value::Text(_) => "text".to_owned(),
        Value::Blob(_) => "bytes".to_owned(),
    }
}

fn words(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer => "whole numbers",
        ColumnType::Real => "numbers",
        ColumnType::Text => "text",
        ColumnType::Time => "times",
        ColumnType::Blob => "bytes",
    }
}
