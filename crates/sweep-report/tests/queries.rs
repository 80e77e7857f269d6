//! The answers of queries as people and programs see them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use proptest::prelude::*;
use sweep_job::{QueryTable, Value};
use sweep_report::{Format, ReportOptions, query_report};

fn report(table: &QueryTable, format: Format, width: usize) -> String {
    let mut out = Vec::new();
    query_report(table, &ReportOptions { format, width, ..ReportOptions::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(columns: &[&str], rows: Vec<Vec<Value>>) -> QueryTable {
    QueryTable { columns: columns.iter().map(|&name| name.to_owned()).collect(), rows }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Every type, awkward characters, and two columns of one name.
fn awkward() -> QueryTable {
    table(
        &["model", "epoch", "epoch", "loss", "logits"],
        vec![
            vec![text("eegnet"), Value::Integer(1), Value::Null, Value::Real(0.1), Value::Blob(vec![0, 255])],
            vec![
                text("a \"b\", |c|\nd"),
                Value::Integer(-20),
                Value::Integer(7),
                Value::Real(1e-300),
                Value::Blob(vec![7; 8640]),
            ],
            vec![text(""), Value::Null, Value::Null, Value::Real(f64::INFINITY), Value::Null],
        ],
    )
}

#[test]
fn every_type_in_every_format() {
    insta::assert_snapshot!("query_table", report(&awkward(), Format::Table, 110));
    insta::assert_snapshot!("query_table_60", report(&awkward(), Format::Table, 60));
    insta::assert_snapshot!("query_blocks", report(&awkward(), Format::Table, 40));
    insta::assert_snapshot!("query_latex", report(&awkward(), Format::Latex, 100));
    insta::assert_snapshot!("query_markdown", report(&awkward(), Format::Markdown, 100));
    let mut short = awkward();
    short.rows[1][4] = Value::Null;
    insta::assert_snapshot!("query_csv", report(&short, Format::Csv, 100));
    insta::assert_snapshot!("query_json", report(&short, Format::Json, 100));
}

#[test]
fn programs_get_every_byte_of_a_blob() {
    let csv = report(&awkward(), Format::Csv, 60);
    assert!(csv.contains(&format!("x'{}'", "07".repeat(8640))));
}

#[test]
fn no_rows_are_said_to_be_none() {
    let empty = table(&["model"], vec![]);
    assert_eq!(report(&empty, Format::Table, 80), "model\n─────\n(no rows)\n");
    assert_eq!(report(&empty, Format::Csv, 80), "model\n");
    assert_eq!(report(&empty, Format::Json, 80), "[]\n");
}

#[test]
fn many_columns_without_rows_are_a_list_of_names() {
    let names: Vec<String> = (1..=20).map(|number| format!("column_{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = report(&table(&names, vec![]), Format::Table, 60);
    insta::assert_snapshot!("query_no_rows_60", text);
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
}

#[test]
fn a_long_text_is_broken_between_words() {
    let long = table(&["status", "reason"], vec![vec![text("failed"), text(&"word ".repeat(30))]]);
    insta::assert_snapshot!("query_long_text", report(&long, Format::Table, 60));
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Real),
        ".*".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Blob),
    ]
}

fn any_table() -> impl Strategy<Value = QueryTable> {
    (1_usize..6).prop_flat_map(|columns| {
        // Readers take U+FEFF at the beginning of a file for its byte order mark: no name begins so here.
        let names = proptest::collection::vec("[ -~é\n]*", columns);
        let rows = proptest::collection::vec(proptest::collection::vec(any_value(), columns), 0..5);
        (names, rows).prop_map(|(columns, rows)| QueryTable { columns, rows })
    })
}

proptest! {
    #[test]
    fn any_table_can_be_shown(table in any_table(), width in 1_usize..200) {
        for format in [Format::Table, Format::Markdown, Format::Latex] {
            let text = report(&table, format, width);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
    }

    #[test]
    fn json_and_csv_read_back(table in any_table()) {
        let json: Vec<serde_json::Value> = serde_json::from_str(&report(&table, Format::Json, 80)).unwrap();
        prop_assert_eq!(json.len(), table.rows.len());
        let csv = report(&table, Format::Csv, 80);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(rows.len(), table.rows.len());
        for ((object, record), row) in json.iter().zip(&rows).zip(&table.rows) {
            prop_assert_eq!(object.as_object().unwrap().len(), table.columns.len());
            for (field, value) in record.iter().zip(row) {
                match value {
                    Value::Integer(number) => prop_assert_eq!(field.parse(), Ok(*number)),
                    Value::Real(number) if number.is_finite() => prop_assert_eq!(field.parse(), Ok(*number)),
                    Value::Text(text) => prop_assert_eq!(field, text),
                    _ => {}
                }
            }
        }
    }
}
