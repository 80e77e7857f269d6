//! Pages of jobs: as SQLite itself would sort and cut them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{JobId, JobSpec, ModelKind, PlannedJob, Value};
use sweep_store::{
    Column, Direction, Filter, JobQuery, JobSelection, PageRequest, Reader, Sort, Store, StoreError, sql,
};

/// Twenty jobs, and three on other data; of every second one there are metrics, many of them equal.
fn populated() -> Scene {
    let scene = Scene::new();
    let jobs: Vec<_> = (0..20)
        .map(|seed| {
            let model = ModelKind::ALL[seed as usize % 2];
            planned(JobSpec { model, learning_rate: 0.1 / (1 + seed % 5) as f64, ..spec_of_seed(seed) })
        })
        .collect();
    let mut store = scene.with_sweep(&jobs);
    let reversed: Vec<_> = jobs.iter().rev().take(8).cloned().collect();
    store.record_sweep(&entry("reversed"), &identity(), &reversed).unwrap();
    let mut other = data_set();
    other.identity.0 = "12".repeat(32);
    other.title = "another title".into();
    store.record_data_set(&other).unwrap();
    let elsewhere = |seed| {
        let spec = spec_of_seed(seed);
        PlannedJob { id: JobId::new(&spec, &other.identity), spec }
    };
    store.record_sweep(&entry("elsewhere"), &other.identity, &[0, 1, 2].map(elsewhere)).unwrap();
    for (index, job) in jobs.iter().enumerate().step_by(2) {
        live(&mut store, &job.id, &[started(), epoch(1, Some(0.5), (index % 3) as f64 / 4.0)]);
    }
    scene
}

fn page(reader: &Reader, jobs: JobQuery<'_>, sort: Option<Sort>, offset: usize, limit: usize) -> Vec<JobId> {
    let found = reader.job_page(&PageRequest { jobs, sort, offset, limit }).unwrap();
    found.jobs.iter().map(|job| job.id).collect()
}

#[test]
fn pages_of_any_column_are_those_of_sqlite() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    for column in Column::all() {
        for (direction, word) in [(Direction::Ascending, "ASC"), (Direction::Descending, "DESC")] {
            let query = format!(
                "SELECT job_id FROM trials JOIN sweep_jobs USING (job_id) WHERE sweep <> 'reversed'
                 ORDER BY trials.{} {word} NULLS LAST, sweep_id, position",
                column.name()
            );
            let expected: Vec<String> =
                sql(&scene.path(), &query).unwrap().rows.iter().map(|row| text(&row[0])).collect();
            let sort = Some(Sort { column, direction });
            for (offset, limit) in [(0, 23), (0, 3), (7, 6), (17, 9), (22, 1), (23, 5), (99, 5), (0, 0)] {
                let found: Vec<String> = page(&reader, JobSelection::All.into(), sort, offset, limit)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let slice: Vec<&String> = expected.iter().skip(offset).take(limit).collect();
                assert_eq!(found.iter().collect::<Vec<_>>(), slice, "{} {word} {offset}", column.name());
            }
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn unsorted_pages_have_the_order_of_their_selection() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let filter = Filter::parse("seed >= 14 and model = 'eegnet'").unwrap();
    let none = Filter::parse("seed > 99").unwrap();
    let sweep = reader.sweeps().unwrap()[1].id;
    for selection in [JobSelection::All, JobSelection::Named("reversed"), JobSelection::Sweep(sweep)] {
        for filter in [None, Some(&filter), Some(&none)] {
            let query = selection.matching(filter);
            let all = reader.jobs(query).unwrap();
            let ids: Vec<JobId> = all.iter().map(|job| job.id).collect();
            let whole = reader
                .job_page(&PageRequest { jobs: query, sort: None, offset: 0, limit: usize::MAX })
                .unwrap();
            assert_eq!((whole.total, whole.jobs), (ids.len(), all));
            for (offset, limit) in [(0, 2), (1, 3), (5, 9), (usize::MAX, usize::MAX)] {
                let slice: Vec<JobId> = ids.iter().skip(offset).take(limit).copied().collect();
                assert_eq!(page(&reader, query, None, offset, limit), slice);
            }
        }
    }
    assert_eq!(
        reader.jobs(JobSelection::Sweep(sweep)).unwrap().iter().map(|job| job.spec.seed).max(),
        Some(19)
    );
}

#[test]
fn a_sweep_of_all_jobs_has_the_pages_of_all() {
    let scene = Scene::new();
    let mut store = scene.with_sweep(&seeds(5));
    let column = Column::named("seed").unwrap();
    let sort = Some(Sort { column, direction: Direction::Descending });
    let filter = Filter::parse("seed != 3").unwrap();
    let pages = |store: &Store| {
        [None, Some(&filter)].map(|filter| {
            let query = JobSelection::Named("lab2").matching(filter);
            page(store.reader(), query, sort, 1, 9).len()
        })
    };
    assert_eq!(pages(&store), [4, 3]);
    store.record_sweep(&entry("more"), &identity(), &seeds(6)).unwrap();
    assert_eq!(pages(&store), [4, 3]);
}

#[test]
fn a_page_of_a_sweep_that_is_not_there_is_told_so() {
    let scene = populated();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let request = PageRequest { jobs: JobSelection::Named("none").into(), sort: None, offset: 0, limit: 5 };
    assert!(matches!(reader.job_page(&request), Err(StoreError::NoSuchSweep { .. })));
}
