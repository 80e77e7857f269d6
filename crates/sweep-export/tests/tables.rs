//! Tables as files: every value comes back, in every format.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::{fs, fs::File, ops::ControlFlow, path::Path};

use parquet::{
    basic::{LogicalType, TimeUnit, Type as PhysicalType},
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};
use proptest::prelude::*;
use sweep_export::{
    Column, ExportError, Exported, SourceError, Table, TableForm, TableSource, export_tables, results_tables,
};
use sweep_job::{ColumnType, Value};
use tempfile::TempDir;

/// Rows that are given for every table.
struct Rows(Vec<Vec<Value>>);

impl TableSource for Rows {
    fn rows(
        &mut self,
        _table: &Table,
        take: &mut dyn FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let _ = self.0.iter().try_for_each(|row| take(row));
        Ok(())
    }
}

const KINDS: [ColumnType; 5] =
    [ColumnType::Integer, ColumnType::Real, ColumnType::Text, ColumnType::Time, ColumnType::Blob];

/// A table with a column of each kind.
fn table() -> Table {
    let column = |kind| Column { name: format!("{kind:?}"), kind };
    Table { name: "all kinds".into(), columns: KINDS.map(column).to_vec() }
}

fn export(form: TableForm, folder: &Path, rows: Vec<Vec<Value>>) -> Result<Exported, ExportError> {
    export_tables(form, folder, &[table()], &mut Rows(rows))
}

fn read(folder: &Path, extension: &str) -> String {
    fs::read_to_string(folder.join(format!("all_kinds.{extension}"))).unwrap()
}

fn parquet(folder: &Path) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(folder.join("all_kinds.parquet")).unwrap()).unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn row() -> Vec<Value> {
    vec![
        Value::Integer(-7),
        Value::Real(0.1),
        text("a \"b\",\nc"),
        text("2026-03-01T12:00:00.123Z"),
        Value::Blob(vec![0, 255]),
    ]
}

fn nulls() -> Vec<Value> {
    vec![Value::Null; KINDS.len()]
}

#[test]
fn text_has_a_row_a_row() {
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let made = export(TableForm::Csv, folders[0].path(), vec![row(), nulls()]).unwrap();
    export(TableForm::Json, folders[1].path(), vec![row(), nulls()]).unwrap();
    let csv = read(folders[0].path(), "csv");
    assert_eq!((made.files, made.bytes), (1, csv.len() as u64));
    insta::assert_snapshot!(csv + &read(folders[1].path(), "json"), @r#"
    Integer,Real,Text,Time,Blob
    -7,0.1,"a ""b"",
    c",2026-03-01T12:00:00.123Z,x'00ff'
    ,,,,
    [
    {"Integer":-7,"Real":0.1,"Text":"a \"b\",\nc","Time":"2026-03-01T12:00:00.123Z","Blob":"x'00ff'"},
    {"Integer":null,"Real":null,"Text":null,"Time":null,"Blob":null}
    ]
    "#);
}

#[test]
fn columns_of_parquet_keep_their_types_where_all_is_null() {
    for rows in [vec![], vec![nulls(), nulls()], vec![row()]] {
        let folder = TempDir::new().unwrap();
        export(TableForm::Parquet, folder.path(), rows.clone()).unwrap();
        let file = parquet(folder.path());
        assert_eq!(file.metadata().file_metadata().num_rows(), rows.len() as i64);
        let schema = file.metadata().file_metadata().schema_descr();
        let types: Vec<_> = schema
            .columns()
            .iter()
            .map(|column| {
                (column.name().to_owned(), column.physical_type(), column.logical_type_ref().cloned())
            })
            .collect();
        let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
        assert_eq!(
            types,
            [
                ("Integer".to_owned(), PhysicalType::INT64, None),
                ("Real".to_owned(), PhysicalType::DOUBLE, None),
                ("Text".to_owned(), PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
                ("Time".to_owned(), PhysicalType::INT64, Some(time)),
                ("Blob".to_owned(), PhysicalType::BYTE_ARRAY, None),
            ]
        );
    }
}

#[test]
fn row_groups_are_bounded_by_rows_and_by_bytes() {
    let folder = TempDir::new().unwrap();
    export(TableForm::Parquet, folder.path(), vec![row(); 150_000]).unwrap();
    let groups = |file: SerializedFileReader<File>| -> Vec<i64> {
        file.metadata().row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect()
    };
    assert_eq!(groups(parquet(folder.path())), [131_072, 18_928]);
    let mut large = row();
    large[4] = Value::Blob(vec![7; 20 << 20]);
    export(TableForm::Parquet, folder.path(), vec![large; 3]).unwrap();
    assert_eq!(groups(parquet(folder.path())), [2, 1]);
}

#[test]
fn values_that_no_column_of_the_kind_holds_are_named() {
    let mut said = Vec::new();
    let changes = [
        (0, Value::Real(1.5)),
        (0, text("7")),
        (1, Value::Integer((1 << 53) + 1)),
        (2, Value::Blob(vec![1])),
        (3, text("yesterday")),
        (4, text("ab")),
    ];
    for (column, value) in changes {
        let folder = TempDir::new().unwrap();
        let mut unfit = row();
        unfit[column] = value;
        let error = export(TableForm::Parquet, folder.path(), vec![row(), unfit]).unwrap_err();
        said.push(error.to_string());
        assert!(!folder.path().join("all_kinds.parquet").exists());
    }
    let short = export(TableForm::Csv, TempDir::new().unwrap().path(), vec![vec![Value::Null]]).unwrap_err();
    said.push(short.to_string());
    insta::assert_snapshot!(said.join("\n"), @r#"
    all kinds, row 2, column Integer: the number 1.5 in a column of whole numbers
    all kinds, row 2, column Integer: text in a column of whole numbers
    all kinds, row 2, column Real: the whole number 9007199254740993 in a column of numbers
    all kinds, row 2, column Text: bytes in a column of text
    all kinds, row 2, column Time: "yesterday" is no time
    all kinds, row 2, column Blob: text in a column of bytes
    all kinds, row 1: 1 values for 5 columns
    "#);
}

/// Fails after its first row.
struct Broken;

impl TableSource for Broken {
    fn rows(
        &mut self,
        _table: &Table,
        take: &mut dyn FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let _ = take(&row());
        Err("database disk image is malformed".into())
    }
}

#[test]
fn a_source_that_fails_leaves_the_earlier_export() {
    for (form, extension) in [(TableForm::Csv, "csv"), (TableForm::Parquet, "parquet")] {
        let folder = TempDir::new().unwrap();
        export(form, folder.path(), vec![row(), row()]).unwrap();
        let file = folder.path().join("all_kinds").with_extension(extension);
        let before = fs::read(&file).unwrap();
        let error = export_tables(form, folder.path(), &[table()], &mut Broken).unwrap_err();
        assert_eq!(error.to_string(), "cannot read all kinds: database disk image is malformed");
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[test]
fn hostile_names_of_tables_stay_in_the_folder() {
    let outside = TempDir::new().unwrap();
    let folder = outside.path().join("export");
    let names =
        ["../../escape", "/etc/passwd", "a\0b", "trials", "Trials", ".sweep-export", "x".repeat(400).leak()];
    let tables: Vec<Table> = names.iter().map(|name| Table { name: (*name).into(), ..table() }).collect();
    export_tables(TableForm::Csv, &folder, &tables, &mut Rows(vec![row()])).unwrap();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.retain(|name| !name.starts_with(".sweep-export"));
    assert_eq!(files.len(), names.len());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn all_of_a_database_is_nine_files() {
    let folder = TempDir::new().unwrap();
    let made = export_tables(TableForm::Json, folder.path(), &results_tables(), &mut Rows(vec![])).unwrap();
    assert_eq!(made, Exported { files: 9, bytes: 27 });
    assert_eq!(fs::read_to_string(folder.path().join("sweep_jobs.json")).unwrap(), "[]\n");
}

fn any_value(kind: ColumnType) -> BoxedStrategy<Value> {
    let value = match kind {
        ColumnType::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        ColumnType::Real => any::<f64>().prop_map(Value::Real).boxed(),
        ColumnType::Text => ".{0,40}".prop_map(Value::Text).boxed(),
        ColumnType::Time => (1970_u16..9999, 1_u8..13, 1_u8..29, 0_u8..24, 0_u16..1000)
            .prop_map(|(year, month, day, hour, ms)| {
                Value::Text(format!("{year}-{month:02}-{day:02}T{hour:02}:59:07.{ms:03}Z"))
            })
            .boxed(),
        ColumnType::Blob => prop::collection::vec(any::<u8>(), 0..60).prop_map(Value::Blob).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 4 => value].boxed()
}

fn any_rows() -> impl Strategy<Value = Vec<Vec<Value>>> {
    let [a, b, c, d, e] = KINDS.map(any_value);
    prop::collection::vec((a, b, c, d, e).prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]), 0..12)
}

fn is_equal(value: &Value, field: &Field) -> bool {
    match (value, field) {
        (Value::Null, Field::Null) => true,
        (Value::Integer(value), Field::Long(field)) => value == field,
        (Value::Real(value), Field::Double(field)) => value.to_bits() == field.to_bits(),
        (Value::Text(value), Field::Str(field)) => value == field,
        (Value::Text(value), Field::TimestampMillis(ms)) => {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(*ms).unwrap());
            *value == humantime::format_rfc3339_millis(time).to_string()
        }
        (Value::Blob(value), Field::Bytes(field)) => value == field.data(),
        _ => false,
    }
}

proptest! {
    #[test]
    fn parquet_gives_every_value_back(rows in any_rows()) {
        let folder = TempDir::new().unwrap();
        export(TableForm::Parquet, folder.path(), rows.clone()).unwrap();
        let read: Vec<_> = parquet(folder.path()).get_row_iter(None).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read.len(), rows.len());
        for (row, read) in rows.iter().zip(&read) {
            for (value, (_, field)) in row.iter().zip(read.get_column_iter()) {
                prop_assert!(is_equal(value, field), "{:?} became {:?}", value, field);
            }
        }
    }

    #[test]
    fn csv_and_json_give_every_value_back(rows in any_rows()) {
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        export(TableForm::Csv, folders[0].path(), rows.clone()).unwrap();
        export(TableForm::Json, folders[1].path(), rows.clone()).unwrap();
        let text = read(folders[0].path(), "csv");
        let csv: Vec<_> = csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).collect();
        let json: Vec<serde_json::Value> = serde_json::from_str(&read(folders[1].path(), "json")).unwrap();
        prop_assert_eq!((csv.len(), json.len()), (rows.len(), rows.len()));
        for ((row, record), object) in rows.iter().zip(&csv).zip(&json) {
            for ((value, kind), field) in row.iter().zip(KINDS).zip(record) {
                let json = &object[format!("{kind:?}")];
                match value {
                    Value::Null => prop_assert!(field.is_empty() && json.is_null()),
                    Value::Integer(number) => {
                        prop_assert_eq!(field.parse(), Ok(*number));
                        prop_assert_eq!(json.as_i64(), Some(*number));
                    }
                    Value::Real(number) => {
                        prop_assert_eq!(field.parse(), Ok(*number));
                        prop_assert_eq!(json.as_f64(), Some(*number).filter(|number| number.is_finite()));
                    }
                    Value::Text(text) => {
                        prop_assert_eq!(field, text);
                        prop_assert_eq!(json.as_str(), Some(text.as_str()));
                    }
                    Value::Blob(bytes) => {
                        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                        prop_assert_eq!(field, format!("x'{digits}'"));
                        prop_assert_eq!(json.as_str(), Some(field));
                    }
                }
            }
        }
    }
}
