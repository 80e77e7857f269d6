//! How SQLite finds the rows of every statement of this crate and of every view: a test, and the list of it in a snapshot.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use crate::scene::*;
use rusqlite::{
    Connection,
    trace::{TraceEvent, TraceEventCodes},
};
use sweep_job::{EpochCursor, FailureReason, JobEvent, PlannedJob, SnapshotKind, Status};

use crate::{
    Column, Direction, Filter, JobSelection, PageRequest, Reader, Sort, Store, record::begin,
    runs::release_dead_run,
};

const VIEWS: [&str; 9] =
    ["trials", "epochs", "best", "snapshots", "data_sets", "sweeps", "sweep_jobs", "runs", "attempts"];

/// What shows every row of a table reads all of it; nothing else may. Tables by their names and by those that queries give
/// them. Left out are tables of a handful of rows: sweeps and data sets.
fn may_scan(sql: &str, table: &str) -> bool {
    match table {
        "epoch" | "best" | "selected" | "last" => sql == "SELECT * FROM epochs",
        "snapshot" => sql == "SELECT * FROM snapshots",
        "attempt" => sql == "SELECT * FROM attempts",
        "sweep_job" => sql == "SELECT * FROM sweep_jobs" || sql.contains("GROUP BY sweep_job.sweep"),
        "job" => {
            [
                "SELECT * FROM trials",
                "SELECT * FROM best",
                "SELECT id FROM job WHERE status = ?1 ORDER BY key",
                // A table of all jobs, sorted by a column, and how many there are.
                "SELECT count(*) FROM job",
                "SELECT key FROM job ORDER BY key LIMIT ?1 OFFSET ?2",
                "SELECT job.key, job.best_test_accuracy FROM job",
                "SELECT job.key, job.data_set FROM job",
            ]
            .contains(&sql)
                || sql.ends_with("AND last.epoch = job.epochs_finished ORDER BY job.key")
                // What is left of all, and how long all took.
                || sql.starts_with("SELECT 1 FROM sweep WHERE name = ?1 AND (SELECT count(*)")
                || sql.contains("WHERE job.status IN ('queued', 'running')")
                || sql.contains("WHERE job.status = ?1 AND job.attempts > 0")
                || sql.ends_with("FROM job WHERE job.epochs_finished > 0")
                // Results of an older arithmetic, of all jobs.
                || sql.contains("WHERE arithmetic < ?1")
                || sql.starts_with("SELECT job.model, job.slope")
        }
        _ => true,
    }
}

/// Every statement that the life of a database prepares, in one line each.
fn statements(scene: &Scene) -> BTreeSet<String> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let trace = |connection: &mut Connection| {
        let seen = Arc::clone(&seen);
        let note = move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(statement, _) = event {
                seen.lock().unwrap().insert(statement.sql().split_whitespace().collect::<Vec<_>>().join(" "));
            }
        };
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    };
    let mut store = Store::open(&scene.path()).unwrap();
    trace(&mut store.reader.connection);
    store.record_data_set(&data_set()).unwrap();
    let jobs = lab();
    for _ in 0..2 {
        store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    }
    live(&mut store, &jobs[0].id, &life());
    let failed = JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() });
    live(&mut store, &jobs[1].id, &[started(), epoch(1, Some(0.5), 0.5), failed]);
    live(&mut store, &jobs[2].id, &[started(), epoch(1, Some(0.5), 0.5), JobEvent::Interrupted]);
    store.live.clear();
    live(&mut store, &jobs[2].id, &[started(), epoch(1, Some(0.5), 0.5)]);
    store.live.clear();
    live(&mut store, &jobs[2].id, &[epoch(2, Some(0.5), 0.5)]);
    store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    let transaction = begin(&store.reader.connection).unwrap();
    release_dead_run(&transaction, None).unwrap();
    transaction.commit().unwrap();

    let reader = store.reader();
    let running: Vec<_> = reader.running_jobs().unwrap().into_iter().map(|(job, _)| job.id).collect();
    assert_eq!(running, [jobs[2].id]);
    reader.counts().unwrap();
    reader.sweeps_with_jobs().unwrap();
    reader.varying_settings(JobSelection::All).unwrap();
    reader.open_runs().unwrap();
    reader.jobs_with_status(Status::Failed).unwrap();
    assert_eq!(reader.statuses(&[jobs[0].id]).unwrap()[&jobs[0].id], Status::Finished);
    reader.jobs_named("lab2").unwrap();
    for selection in
        [JobSelection::All, JobSelection::Named("lab2"), JobSelection::Sweep(reader.sweeps().unwrap()[0].id)]
    {
        assert_eq!(reader.jobs(selection).unwrap().len(), jobs.len());
    }
    assert_eq!(reader.jobs(JobSelection::Job(jobs[0].id)).unwrap().len(), 1);
    assert!(reader.jobs(JobSelection::Named("none")).is_err());
    let id = jobs[0].id;
    reader.job(&id).unwrap();
    reader.epochs(&id).unwrap();
    reader.state(&id).unwrap();
    reader.snapshot(&id, SnapshotKind::Best).unwrap();
    reader.has_data_set(&identity()).unwrap();
    reader.data_set(&identity()).unwrap();
    reader.find_job(&id.to_string()).unwrap();
    assert!(reader.find_job("").is_err());
    reader.ids_between("0", "g").unwrap();
    reader.count_between("0", "g").unwrap();
    ask_more(reader, &jobs);
    store.claim(&[jobs[3].id, jobs[4].id]).unwrap();
    store.cancel(&[jobs[1].id, jobs[3].id, jobs[5].id]).unwrap();
    store.cancel_requests().unwrap();
    store.requeue(&[jobs[5].id]).unwrap();
    store.renew(u32::MAX).unwrap();
    store.release_dead_runs().unwrap();
    drop(store);
    let seen = seen.lock().unwrap();
    let is_query =
        |sql: &&String| ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|word| sql.starts_with(word));
    seen.iter().filter(is_query).cloned().collect()
}

/// What pages, filters and those who watch ask.
fn ask_more(reader: &Reader, jobs: &[PlannedJob]) {
    let filter = Filter::parse("sweep = 'lab2' and job_id = 'ab'").unwrap();
    let column = Column::named("best_test_accuracy").unwrap();
    let sort = Some(Sort { column, direction: Direction::Descending });
    for (jobs, sort) in [
        (JobSelection::All.into(), None),
        (JobSelection::All.into(), sort),
        (JobSelection::Named("lab2").matching(Some(&filter)), sort),
    ] {
        reader.job_page(&PageRequest { jobs, sort, offset: 1, limit: 2 }).unwrap();
    }
    let column = Column::named("data_title").unwrap();
    let request = PageRequest {
        jobs: JobSelection::Named("lab2").into(),
        sort: Some(Sort { column, direction: Direction::Ascending }),
        offset: 0,
        limit: 1,
    };
    reader.job_page(&request).unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    reader.tail_means(&ids, NonZeroU32::MIN).unwrap();
    reader.interrupted_jobs().unwrap();
    reader.epochs_after(&ids[2], EpochCursor { attempt: 1, epoch: 1 }).unwrap();
    reader.progress().unwrap();
    reader.work_of_trainings().unwrap();
}

fn plan(connection: &Connection, statement: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    // Unbound parameters are NULL, which changes no plan.
    let mut rows = explain.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    steps
}

#[test]
fn every_statement_and_view_finds_its_rows_by_an_index_or_means_all_of_them() {
    let scene = Scene::new();
    let statements = statements(&scene);
    assert!(statements.len() > 25, "only {} statements were seen", statements.len());
    let connection = Connection::open(scene.path()).unwrap();
    let views = VIEWS.map(|view| format!("SELECT * FROM {view}"));
    let plans: BTreeMap<String, Vec<String>> =
        statements.into_iter().chain(views).map(|sql| (sql.clone(), plan(&connection, &sql))).collect();

    for (sql, steps) in &plans {
        for table in steps.iter().filter_map(|step| step.strip_prefix("SCAN ")) {
            // The partial index holds the running jobs alone.
            let is_whole = !table.ends_with("USING INDEX job_running");
            let table = table.split(' ').next().unwrap_or_default();
            assert!(!is_whole || may_scan(sql, table), "{sql}: {steps:#?}");
        }
    }
    let all_steps: Vec<&String> = plans.values().flatten().collect();
    for index in named_indexes(&connection) {
        assert!(all_steps.iter().any(|step| step.contains(&index)), "nothing uses the index {index}");
    }
    let lines = plans.iter().flat_map(|(sql, steps)| {
        [shortened(sql)].into_iter().chain(steps.iter().map(|step| format!("    {step}")))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

/// The ends of a long statement.
fn shortened(sql: &str) -> String {
    match (sql.get(..60), sql.get(sql.len().saturating_sub(90)..)) {
        (Some(begin), Some(end)) if sql.len() > 160 => format!("{begin} ... {end}"),
        _ => sql.to_owned(),
    }
}

/// The indexes beside the primary keys and what a constraint needs.
fn named_indexes(connection: &Connection) -> Vec<String> {
    connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}
