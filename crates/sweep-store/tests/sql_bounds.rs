//! Queries that would take all time or memory are stopped, and no query at all changes anything.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{collections::BTreeMap, ffi::OsString, fs, time::Duration};

use proptest::{prelude::*, sample::Index};
use scene::*;
use sweep_store::{QueryBounds, QueryError, StoreError, sql, sql_within};

const FOREVER: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";

fn short(millis: u64) -> QueryBounds {
    QueryBounds { time: Duration::from_millis(millis), ..QueryBounds::of_database(0) }
}

#[test]
fn what_never_ends_is_stopped() {
    let scene = Scene::new();
    drop(scene.with_sweep(&lab()));
    let nested: String = (1..40)
        .map(|level| format!(", c{level} AS (SELECT * FROM c{0} UNION ALL SELECT * FROM c{0})", level - 1))
        .collect();
    let queries = [
        format!("{FOREVER} SELECT count(*) FROM n"),
        format!("{FOREVER} SELECT x FROM n ORDER BY -x"),
        format!("{FOREVER} SELECT DISTINCT x FROM n WHERE x < 0"),
        "SELECT count(*) FROM sqlite_schema a, sqlite_schema b, sqlite_schema c, sqlite_schema d, sqlite_schema e, sqlite_schema f".to_owned(),
        format!("WITH c0 AS (SELECT 1){nested} SELECT count(*) FROM c39"),
    ];
    for query in queries {
        let error = sql_within(&scene.path(), &query, &short(300)).expect_err(&query);
        // What grows before it runs meets the bound of memory, or of SQLite's own depth, instead.
        assert!(
            matches!(error, StoreError::Query(QueryError::TooLong { .. } | QueryError::Sql { .. })),
            "{query}: {error}"
        );
    }
}

#[test]
fn stopped_queries_are_told_why() {
    let scene = Scene::new();
    drop(scene.with_sweep(&lab()));
    let small = QueryBounds { time: Duration::from_secs(1), result_bytes: 1 << 20 };
    let queries = [
        format!("{FOREVER} SELECT count(*) FROM n"),
        format!("{FOREVER} SELECT x, 'row ' || x FROM n"),
        "SELECT zeroblob(2000000)".to_owned(),
        "SELECT zeroblob(1000000000)".to_owned(),
        "SELECT printf('%.*c', 100000000, 'x')".to_owned(),
        format!("{FOREVER} SELECT group_concat(x, 'long words between the numbers') FROM n"),
        format!("SELECT 'a' LIKE '{}'", "%a".repeat(600)),
    ];
    let answers = queries.map(|query| {
        let error = sql_within(&scene.path(), &query, &small).expect_err(&query).to_string();
        format!("{}\n  {error}", query.chars().take(100).collect::<String>())
    });
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn nothing_is_written_loaded_or_attached() {
    let scene = Scene::new();
    drop(scene.with_sweep(&lab()));
    let outside = scene.folder.path().join("outside.db");
    let outside = outside.display();
    let before = files(&scene);
    let queries = [
        format!("VACUUM main INTO '{outside}'"),
        format!("EXPLAIN VACUUM INTO '{outside}'"),
        format!("ATTACH DATABASE 'file:{outside}?mode=rwc' AS x"),
        format!("EXPLAIN QUERY PLAN ATTACH '{outside}' AS x"),
        format!("PRAGMA temp_store_directory = '{}'", scene.folder.path().display()),
        "PRAGMA data_store_directory = '/'".to_owned(),
        "PRAGMA main.user_version(7)".to_owned(),
        "PRAGMA main.application_id = 7".to_owned(),
        "PRAGMA schema_version = 7".to_owned(),
        "PRAGMA trusted_schema = 1".to_owned(),
        "PRAGMA hard_heap_limit = 0".to_owned(),
        "PRAGMA soft_heap_limit".to_owned(),
        "PRAGMA cache_size = -1000000000".to_owned(),
        "PRAGMA mmap_size = 1000000000000".to_owned(),
        "PRAGMA page_size = 65536".to_owned(),
        "PRAGMA max_page_count = 1".to_owned(),
        "PRAGMA encoding = 'UTF-16'".to_owned(),
        "PRAGMA journal_size_limit = 0".to_owned(),
        "PRAGMA locking_mode = EXCLUSIVE".to_owned(),
        "PRAGMA incremental_vacuum(1000000000)".to_owned(),
        "PRAGMA shrink_memory".to_owned(),
        "PRAGMA wal_checkpoint".to_owned(),
        "SELECT * FROM pragma_wal_checkpoint".to_owned(),
        "SELECT * FROM pragma_user_version(7)".to_owned(),
        "SELECT load_extension('libm.so.6')".to_owned(),
        "SELECT LOAD_EXTENSION('libm.so.6', 'sin')".to_owned(),
        format!("SELECT writefile('{outside}', 'x')"),
        "SELECT readfile('/etc/passwd')".to_owned(),
        "SELECT fts3_tokenizer('simple', x'0000000000000000')".to_owned(),
        "UPDATE sqlite_dbpage SET data = zeroblob(4096) WHERE pgno = 1".to_owned(),
        "UPDATE sqlite_schema SET sql = ''".to_owned(),
        "CREATE TEMP TRIGGER t AFTER INSERT ON job BEGIN SELECT 1; END".to_owned(),
        "REPLACE INTO job SELECT * FROM job".to_owned(),
        "COMMIT".to_owned(),
        "ROLLBACK".to_owned(),
    ];
    for query in queries {
        let answer = sql(&scene.path(), &query);
        assert!(matches!(answer, Err(StoreError::Query(_))), "{query}: {answer:?}");
        assert_eq!(files(&scene), before, "{query}");
    }
}

/// The files of the database's folder, but those that readers share, and leave behind: an index of the log, and a log of nothing.
fn files(scene: &Scene) -> BTreeMap<OsString, Vec<u8>> {
    let entries = fs::read_dir(scene.folder.path()).unwrap().map(|entry| entry.unwrap());
    let files = entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()));
    let is_shared = |name: &OsString, bytes: &[u8]| {
        name == "results.db-shm" || (name == "results.db-wal" && bytes.is_empty())
    };
    files.filter(|(name, bytes)| !is_shared(name, bytes)).collect()
}

/// What queries are put together from.
const WORDS: [&str; 48] = [
    "SELECT",
    "FROM",
    "WHERE",
    "VALUES",
    "WITH RECURSIVE",
    "AS",
    "UNION ALL",
    "(",
    ")",
    ",",
    "*",
    "1",
    "'a'",
    "NULL",
    "x",
    "job",
    "trials",
    "epochs",
    "sqlite_schema",
    "pragma_table_info",
    "PRAGMA",
    "user_version",
    "journal_mode",
    "=",
    "delete",
    "wal_checkpoint",
    "VACUUM",
    "INTO",
    "'out.db'",
    "ATTACH",
    "EXPLAIN",
    "INSERT INTO",
    "UPDATE",
    "SET",
    "DELETE FROM",
    "DROP TABLE",
    "CREATE TEMP TABLE",
    "RETURNING",
    "BEGIN",
    "COMMIT",
    ";",
    "zeroblob(9)",
    "load_extension('a')",
    "ORDER BY",
    "GROUP BY",
    "LIMIT 3",
    "--",
    "\"é\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_query_changes_anything(words in prop::collection::vec(any::<Index>(), 1..12)) {
        thread_local! {
            static SCENE: (Scene, BTreeMap<OsString, Vec<u8>>) = {
                let scene = Scene::new();
                drop(scene.with_sweep(&lab()));
                let before = files(&scene);
                (scene, before)
            };
        }
        let query: Vec<&str> = words.iter().map(|word| WORDS[word.index(WORDS.len())]).collect();
        SCENE.with(|(scene, before)| {
            if let Ok(table) = sql_within(&scene.path(), &query.join(" "), &short(300)) {
                assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
            }
            assert_eq!(&files(scene), before, "{query:?}");
        });
    }
}
