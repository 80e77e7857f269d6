//! Databases to salvage, and what is in them before and after.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use sweep_job::{
    EpochMetrics, FailureReason, JobEvent, JobId, JobSpec, LossKind, PlannedJob, RunDetails, Snapshot,
};
use sweep_store::{JobSelection, Salvaged, Store, StoreError, SweepEntry, salvage};

use crate::scene::*;

/// All that a finished job is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Result {
    pub(crate) spec: JobSpec,
    pub(crate) epochs: Vec<EpochMetrics>,
    pub(crate) snapshots: Vec<Snapshot>,
}

pub(crate) fn results(database: &Path) -> BTreeMap<JobId, Result> {
    let reader = Store::open_read_only(database).unwrap();
    let finished =
        reader.jobs(JobSelection::All).unwrap().into_iter().filter(|job| job.status.name() == "finished");
    finished
        .map(|job| {
            // It refuses what contradicts itself.
            let view = reader.job_view(&job.id).unwrap();
            let snapshots = view.snapshots.into_iter().map(|(_, snapshot)| snapshot).collect();
            (job.id, Result { spec: job.spec, epochs: view.epochs, snapshots })
        })
        .collect()
}

pub(crate) fn statuses(database: &Path) -> HashMap<JobId, &'static str> {
    let reader = Store::open_read_only(database).unwrap();
    reader.jobs(JobSelection::All).unwrap().iter().map(|job| (job.id, job.status.name())).collect()
}

pub(crate) const FINISHED: usize = 9;

pub(crate) fn planned_jobs() -> Vec<PlannedJob> {
    seeds(FINISHED as u64 + 4)
}

/// Nine finished jobs, one that diverged, one that failed, one that was interrupted and one that waits, in two sweeps; pages of so many
/// bytes, so that small tables are trees of several. The sweep file is longer than a page.
pub(crate) fn whole(page_bytes: u32) -> Scene {
    let scene = Scene::new();
    let jobs = planned_jobs();
    let mut store = scene.with_sweep(&jobs);
    let long = SweepEntry { file_text: format!("# {}\n", "long ".repeat(2_000)), ..entry("other") };
    store.record_sweep(&long, &identity(), &jobs[3..5]).unwrap();
    for (number, job) in jobs[..FINISHED].iter().enumerate() {
        let accuracy = (10 + number) as f64 / TEST_TRIALS as f64;
        live(&mut store, &job.id, &if number % 2 == 0 { life() } else { life_of(0.5, accuracy) });
    }
    let diverged = FailureReason::Diverged { epoch: 2, step: 1, loss: LossKind::Train };
    live(&mut store, &jobs[FINISHED].id, &[started(), epoch(1, Some(0.5), 0.5), JobEvent::Failed(diverged)]);
    let unsuitable = FailureReason::Unsuitable { message: "no".into() };
    live(&mut store, &jobs[FINISHED + 1].id, &[JobEvent::Failed(unsuitable)]);
    live(&mut store, &jobs[FINISHED + 2].id, &[started(), epoch(1, Some(0.5), 0.5), JobEvent::Interrupted]);
    drop(store);
    let connection = Connection::open(scene.path()).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = delete; PRAGMA page_size = {page_bytes}; VACUUM; PRAGMA journal_mode = wal;
             PRAGMA wal_checkpoint(TRUNCATE)"
        ))
        .unwrap();
    drop(connection);
    scene
}

/// The database at `path`, salvaged into another folder.
pub(crate) fn salvaged(
    path: &Path,
) -> (tempfile::TempDir, PathBuf, std::result::Result<Salvaged, StoreError>) {
    // In memory where the system has such a folder: hundreds of databases are made, each end of a job synced.
    let folder = tempfile::TempDir::new_in("/dev/shm").or_else(|_| tempfile::TempDir::new()).unwrap();
    let new = folder.path().join("new.db");
    let outcome = salvage(path, &new, RunDetails::default());
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let expected: &[&str] = if outcome.is_ok() { &["new.db"] } else { &[] };
    let mut found: Vec<_> = names.iter().filter(|name| *name != "new.weights").collect();
    found.sort();
    assert_eq!(found, expected, "something half-made stays");
    (folder, new, outcome)
}

pub(crate) fn assert_clean(database: &Path) {
    let report = Store::open_to_check(database).unwrap().check().unwrap();
    assert!(report.damage.is_empty() && report.broken.is_empty(), "{report:?}");
}
