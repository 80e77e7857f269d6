//! Queries of the user's own can read everything and change nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::fs;

use scene::*;
use sweep_job::Value;
use sweep_store::{QueryError, StoreError, sql};

fn ask(scene: &Scene, query: &str) -> Result<Vec<Vec<Value>>, StoreError> {
    sql(&scene.path(), query).map(|table| table.rows)
}

#[test]
fn every_type_of_value_comes_back() {
    let scene = Scene::new();
    let store = scene.with_sweep(&lab());
    let table =
        sql(&scene.path(), "SELECT NULL AS a, 1 AS a, 0.5, 'text', x'00ff'; -- and a comment").unwrap();
    assert_eq!(table.columns, ["a", "a", "0.5", "'text'", "x'00ff'"]);
    let values = vec![
        Value::Null,
        Value::Integer(1),
        Value::Real(0.5),
        Value::Text("text".into()),
        Value::Blob(vec![0, 255]),
    ];
    assert_eq!(table.rows, [values]);
    drop(store);
}

#[test]
fn reading_is_free() {
    let scene = Scene::new();
    scene.with_sweep(&lab());
    for (query, rows) in [
        ("SELECT job_id FROM trials", 6),
        ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT x FROM n", 5),
        ("VALUES (1), (2)", 2),
        ("PRAGMA user_version", 1),
        ("PRAGMA table_info(sweep_job)", 3),
        ("SELECT name FROM pragma_table_info('sweep_job')", 3),
        ("SELECT json_extract(spec, '$.model') FROM job LIMIT 2", 2),
        ("EXPLAIN SELECT 1", 6),
        ("SELECT upper('a'), round(0.5), sum(epochs) OVER () FROM trials LIMIT 1", 1),
    ] {
        let found = ask(&scene, query).unwrap_or_else(|error| panic!("{query}: {error}")).len();
        assert!(found == rows || query.starts_with("EXPLAIN"), "{query}: {found}");
    }
}

#[test]
fn writing_is_refused() {
    let scene = Scene::new();
    drop(scene.with_sweep(&lab()));
    let before = fs::read(scene.path()).unwrap();
    let outside = scene.folder.path().join("outside.db");
    let queries = [
        "INSERT INTO sweep_job VALUES (1, 9, 1)".to_owned(),
        "UPDATE job SET status = 'finished'".to_owned(),
        "DELETE FROM job RETURNING id".to_owned(),
        "DROP VIEW best".to_owned(),
        "CREATE TABLE t (x)".to_owned(),
        "CREATE TEMP TABLE t AS SELECT 1".to_owned(),
        "CREATE TEMP VIEW v AS SELECT 1".to_owned(),
        "ALTER TABLE job ADD COLUMN x".to_owned(),
        "REINDEX".to_owned(),
        "ANALYZE".to_owned(),
        "VACUUM".to_owned(),
        format!("VACUUM INTO '{}'", outside.display()),
        format!("ATTACH '{}' AS other", outside.display()),
        "DETACH main".to_owned(),
        "BEGIN IMMEDIATE".to_owned(),
        "SAVEPOINT s".to_owned(),
        "PRAGMA user_version = 3".to_owned(),
        "PRAGMA journal_mode = delete".to_owned(),
        "PRAGMA query_only = 0".to_owned(),
        "PRAGMA writable_schema = 1".to_owned(),
        "PRAGMA wal_checkpoint(TRUNCATE)".to_owned(),
        "PRAGMA optimize".to_owned(),
        "PRAGMA foreign_keys = 0".to_owned(),
        "CREATE VIRTUAL TABLE f USING fts5(x)".to_owned(),
        "SELECT load_extension('evil')".to_owned(),
        "WITH t AS (SELECT 1) INSERT INTO sweep_job SELECT 1, 2, 3 FROM t".to_owned(),
        "EXPLAIN INSERT INTO sweep_job VALUES (1, 9, 1)".to_owned(),
    ];
    for query in queries {
        let error = ask(&scene, &query).expect_err(&query);
        assert!(
            matches!(&error, StoreError::Query(QueryError::NotAllowed { .. } | QueryError::Sql { .. })),
            "{query}: {error}"
        );
        let is_refused = error.to_string().starts_with("the query may only read");
        let is_unknown_function = query.contains("load_extension");
        assert!(is_refused || is_unknown_function, "{query}: {error}");
    }
    assert_eq!(fs::read(scene.path()).unwrap(), before);
    assert!(!outside.exists());
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let scene = Scene::new();
    scene.with_sweep(&lab());
    let queries = [
        "SELECT acuracy FROM trials",
        "SELECT model,\n\tactivatoin,\n\tseed\nFROM trials",
        "SELECT é, nothing FROM trials",
        "SELEC 1",
        "SELECT * FROM trial",
        "SELECT (1",
        "",
        "  -- only a comment",
        "SELECT 1; SELECT 2",
        "SELECT 1; garbage",
        "SELECT ?1",
        "INSERT INTO sweep_job VALUES (1, 9, 1)",
        "SELECT abs(-9223372036854775807 - 1)",
        "SELECT 1 \0",
    ];
    let answers = queries.map(|query| format!("{query:?}\n{}", ask(&scene, query).expect_err(query)));
    insta::assert_snapshot!(answers.join("\n\n"));
}

#[test]
fn who_looks_for_a_table_is_told_of_every_view() {
    let scene = Scene::new();
    scene.with_sweep(&lab());
    let error = ask(&scene, "SELECT * FROM trial").expect_err("there is no such table").to_string();
    let listed = error.split_once("the views are ").unwrap().1.replace(" and ", ", ");
    assert_eq!(listed.split(", ").collect::<Vec<_>>(), sweep_job::View::ALL.map(sweep_job::View::name));
}

#[test]
fn a_query_needs_a_database() {
    let scene = Scene::new();
    assert!(matches!(ask(&scene, "SELECT 1"), Err(StoreError::Missing { .. })));
}
