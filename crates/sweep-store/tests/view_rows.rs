//! Whole views, row by row: what an exporter reads, of this version's databases and of upgraded ones.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{fs, ops::ControlFlow, path::Path};

use scene::*;
use sweep_job::{ColumnType, FailureReason, JobEvent, Value, View, ViewColumn};
use sweep_store::{Column, Filter, JobSelection, Reader, Store, StoreError, sql};

fn is_of(value: &Value, holds: ColumnType) -> bool {
    match value {
        Value::Null => true,
        Value::Integer(_) => holds == ColumnType::Integer,
        Value::Real(_) => holds == ColumnType::Real,
        Value::Text(text) if holds == ColumnType::Time => text.len() == 24 && text.ends_with('Z'),
        Value::Text(_) => holds == ColumnType::Text,
        Value::Blob(_) => holds == ColumnType::Blob,
    }
}

/// Every view has the columns that are declared, with values of their types, and the rows that SQL gives. Each but the empty ones
/// shows a value in every column that `trials` can fill.
fn check(path: &Path, reader: &Reader) {
    for view in View::ALL {
        let declared: Vec<ViewColumn> = view.columns().collect();
        let names: Vec<&str> = declared.iter().map(|column| column.name).collect();
        let expected = sql(path, &format!("SELECT * FROM {}", view.name())).unwrap();
        assert_eq!(names, expected.columns);
        let mut rows = Vec::new();
        reader
            .each_row(view.name(), &names, |row| {
                rows.push(row.to_vec());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(!rows.is_empty(), "{}", view.name());
        for row in &rows {
            for (value, column) in row.iter().zip(&declared) {
                assert!(is_of(value, column.holds), "{} {column:?} {value:?}", view.name());
            }
        }
        assert_eq!(rows, expected.rows, "{}", view.name());
    }
}

#[test]
fn views_have_the_types_that_are_declared() {
    let scene = Scene::new();
    let jobs = lab();
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    let failed = JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() });
    live(&mut store, &jobs[1].id, &[started(), failed]);
    live(&mut store, &jobs[2].id, &[started(), epoch(1, None, 0.5)]);
    check(&scene.path(), store.reader());
    check(&scene.path(), &Store::open_read_only(&scene.path()).unwrap());
}

#[test]
fn all_questions_can_be_asked_of_an_upgraded_database() {
    for version in [1, 2, 3, 4, 8] {
        let scene = Scene::new();
        let databases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
        fs::copy(databases.join(format!("version_{version}.db")), scene.path()).unwrap();
        let mut store = Store::open(&scene.path()).unwrap();
        // Of earlier versions there are no runs.
        let [killed] = store.requeued() else { panic!("{:?}", store.requeued()) };
        let killed = *killed;
        store.record(&killed, &started()).unwrap();
        check(&scene.path(), store.reader());
        let reader = Store::open_read_only(&scene.path()).unwrap();
        let count = |filter: &str| {
            reader.jobs(JobSelection::All.matching(Some(&Filter::parse(filter).unwrap()))).unwrap().len()
        };
        assert_eq!(count("status = 'finished' and best_test_accuracy > 0%"), 5);
        assert_eq!(count("sweep = 'diverged' and reason is not null"), 1);
        for column in Column::all() {
            let name = column.name();
            assert_eq!(count(&format!("{name} is null")) + count(&format!("{name} is not null")), 9);
        }
        let progress = reader.progress().unwrap();
        assert_eq!(progress.running.iter().map(|training| training.job).collect::<Vec<_>>(), [killed]);
        assert_eq!(progress.left.len(), 1);
    }
}

#[test]
fn whoever_has_enough_ends_the_rows() {
    let scene = Scene::new();
    let store = scene.with_sweep(&seeds(3));
    let mut seen = 0;
    let take = |_: &[Value]| {
        seen += 1;
        ControlFlow::Break(())
    };
    store.reader().each_row("trials", &["seed"], take).unwrap();
    assert_eq!(seen, 1);
    let none = store.reader().each_row("trials", &["seed\" FROM job --"], |_| ControlFlow::Continue(()));
    assert!(matches!(none, Err(StoreError::Sqlite { .. })), "{none:?}");
}

#[test]
fn names_of_columns_are_found_whatever_their_letters() {
    assert_eq!(Column::named("Learning_Rate").map(Column::name), Some("learning_rate"));
    assert_eq!(Column::named("sweep"), None);
}
