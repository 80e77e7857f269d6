//! Many jobs change in a few statements.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::scene::*;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use sweep_job::{PlannedJob, Status};

use crate::Store;

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

/// How many statements `deed` runs for so many jobs.
fn statements(
    jobs: u64,
    prepare: fn(&mut Store, &[PlannedJob]),
    deed: fn(&mut Store, &[PlannedJob]),
) -> usize {
    let scene = Scene::new();
    let jobs = seeds(jobs);
    let mut store = scene.with_sweep(&jobs);
    prepare(&mut store, &jobs);
    let count = |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(..) = event {
            STATEMENTS.fetch_add(1, Ordering::Relaxed);
        }
    };
    STATEMENTS.store(0, Ordering::Relaxed);
    store.reader.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count)).unwrap();
    deed(&mut store, &jobs);
    STATEMENTS.load(Ordering::Relaxed)
}

#[test]
fn as_many_statements_are_run_for_many_jobs_as_for_two() {
    fn cancel(store: &mut Store, jobs: &[PlannedJob]) {
        store.cancel(&jobs.iter().map(|job| job.id).collect::<Vec<_>>()).unwrap();
    }
    fn retry(store: &mut Store, jobs: &[PlannedJob]) {
        let requeued = store.requeue(&jobs.iter().map(|job| job.id).collect::<Vec<_>>()).unwrap();
        assert_eq!(requeued, jobs.len());
    }
    fn begin(store: &mut Store, jobs: &[PlannedJob]) {
        jobs.iter().for_each(|job| live(store, &job.id, &[started()]));
    }
    fn end(store: &mut Store, jobs: &[PlannedJob]) {
        store.end_run().unwrap();
        let waiting = store.reader.jobs_with_status(Status::Queued).unwrap();
        assert_eq!(waiting.len(), jobs.len());
    }
    for (prepare, deed) in [(cancel as fn(&mut Store, &[PlannedJob]), retry as _), (begin, end as _)] {
        assert_eq!(statements(2, prepare, deed), statements(40, prepare, deed));
    }
}
