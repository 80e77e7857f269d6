//! The views that others rely on: their columns, what they say, and how they find it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use rusqlite::Connection;
use scene::*;
use sweep_job::{Activation, FailureReason, JobEvent, JobSpec, ModelKind, QueryTable, Value};
use sweep_store::sql;

/// A column that goes, changes its name or its place breaks the programs of others.
#[test]
fn the_columns_of_the_views_stay() {
    let scene = Scene::new();
    scene.with_sweep(&lab());
    let columns = sql(
        &scene.path(),
        "SELECT m.name || ': ' || group_concat(p.name, ', ') FROM sqlite_schema AS m, pragma_table_info(m.name) AS p
         WHERE m.type = 'view' GROUP BY m.name ORDER BY m.name",
    )
    .unwrap();
    let lines: Vec<String> = columns.rows.iter().map(|row| text(&row[0])).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

fn lines(table: &QueryTable) -> String {
    let mut lines = vec![table.columns.join(" | ")];
    lines.extend(table.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" | ")));
    lines.join("\n")
}

/// Two seeds of EEGNet with ReLU, a failed ELU, a running DeepConvNet; the same EEGNet on other data.
fn populated() -> Scene {
    let scene = Scene::new();
    let relu = spec(ModelKind::EegNet, Activation::Relu);
    let jobs = [
        planned(relu.clone()),
        planned(JobSpec { seed: 1, ..relu.clone() }),
        planned(JobSpec { seed: 2, ..relu.clone() }),
        planned(spec(ModelKind::EegNet, Activation::Elu { alpha: 1.0 })),
        planned(spec(ModelKind::DeepConvNet, Activation::Relu)),
    ];
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    let mut better = life();
    better[2] = epoch(2, Some(0.65), 0.9);
    let mut outcome = outcome();
    outcome.best.test = metrics(2, None, 0.9).test;
    better[4] = JobEvent::Finished(Box::new(outcome));
    live(&mut store, &jobs[1].id, &better);
    live(
        &mut store,
        &jobs[3].id,
        &[started(), JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() })],
    );
    // It leads, but it is not finished.
    live(&mut store, &jobs[4].id, &[started(), epoch(1, Some(0.99), 0.99)]);

    let mut other = data_set();
    other.identity.0 = "cd".repeat(32);
    store.record_data_set(&other).unwrap();
    let job = sweep_job::PlannedJob { id: sweep_job::JobId::new(&relu, &other.identity), spec: relu };
    store.record_sweep(&entry("lab2"), &other.identity, std::slice::from_ref(&job)).unwrap();
    live(&mut store, &job.id, &life());
    drop(store);
    scene
}

#[test]
fn best_compares_finished_jobs_on_equal_data() {
    let scene = populated();
    let best = sql(
        &scene.path(),
        "SELECT substr(data_identity, 1, 2) AS data, model, activation, best_test_accuracy, best_test_epoch,
            substr(job_id, 1, 12) AS job, selected_test_accuracy, selected_epoch, substr(selected_job_id, 1, 12) AS selected,
            jobs, finished_jobs FROM best",
    );
    insta::assert_snapshot!(lines(&best.unwrap()));
}

#[test]
fn trials_have_a_row_a_job() {
    let scene = populated();
    let trials = sql(
        &scene.path(),
        "SELECT substr(job_id, 1, 12) AS job, sweeps, model, activation, seed, status, reason, attempts, epochs_finished,
            best_test_accuracy, best_test_epoch, selected_test_accuracy, selected_validation_accuracy, selected_epoch,
            last_train_accuracy, last_test_accuracy, seconds FROM trials",
    );
    insta::assert_snapshot!(lines(&trials.unwrap()));
}

#[test]
fn times_are_in_iso_8601() {
    let scene = populated();
    let times = sql(
        &scene.path(),
        "SELECT count(*) FROM trials WHERE created_at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9]Z'
            AND (finished_at IS NULL OR finished_at >= created_at) AND datetime(created_at) IS NOT NULL",
    );
    assert_eq!(times.unwrap().rows, [[Value::Integer(6)]]);
}

#[test]
fn the_rows_hold_together() {
    let scene = populated();
    let connection = Connection::open(scene.path()).unwrap();
    for pragma in ["integrity_check", "foreign_key_check"] {
        let mut statement = connection.prepare(&format!("PRAGMA {pragma}")).unwrap();
        let rows: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(rows.is_empty() || rows == ["ok"], "{pragma}: {rows:?}");
    }
    let strict: i64 = connection
        .query_row("SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(strict, 0);
}

/// Only what has a row a job may look at every job; nothing may look at every epoch but what shows them all.
#[test]
fn hot_queries_use_indexes() {
    let scene = populated();
    let plan = |query: &str| {
        let table = sql(&scene.path(), &format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        table.rows.iter().map(|row| text(&row[3])).collect::<Vec<_>>().join("\n")
    };
    for (query, may_scan) in [
        ("SELECT * FROM epochs WHERE job_id = 'x' ORDER BY epoch", ""),
        ("SELECT * FROM snapshots WHERE job_id = 'x' AND kind = 'best'", ""),
        ("SELECT * FROM trials WHERE job_id = 'x'", ""),
        ("SELECT key FROM job WHERE status = 'running'", "job_running"),
        ("SELECT id FROM job WHERE id >= 'a' AND id < 'ag'", ""),
        ("SELECT job FROM sweep_job WHERE job = 1", ""),
        ("SELECT * FROM trials", "job"),
        ("SELECT * FROM best", "job"),
    ] {
        let plan = plan(query);
        for line in plan.lines().filter(|line| line.starts_with("SCAN")) {
            let scanned = line.split_whitespace().nth(1).unwrap();
            let is_inner =
                ["(subquery", "ranked", "top", "chosen"].iter().any(|name| scanned.starts_with(name));
            let is_small = scanned == "data_set";
            assert!(
                is_inner || is_small || (!may_scan.is_empty() && line.contains(may_scan)),
                "{query}\n{plan}"
            );
            assert!(scanned != "epoch", "{query}\n{plan}");
        }
    }
}
