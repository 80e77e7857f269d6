//! Databases and lock files that are moved, deleted or replaced while a run writes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![cfg(unix)]

mod scene;

use std::{fs, path::Path};

use scene::*;
use sweep_job::JobStatus;
use sweep_store::{Store, StoreError};

/// What happens to the database or its lock file while a job runs.
type Mishap = fn(&Path);

fn with_suffix(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[test]
fn a_database_that_is_not_in_its_place_takes_no_end_and_no_start() {
    let mishaps: [Mishap; 3] = [
        |path| fs::rename(path, with_suffix(path, ".old")).unwrap(),
        |path| fs::remove_file(path).unwrap(),
        |path| {
            fs::copy(path, with_suffix(path, ".copy")).unwrap();
            fs::rename(with_suffix(path, ".copy"), path).unwrap();
        },
    ];
    for mishap in mishaps {
        let scene = Scene::new();
        let jobs = seeds(2);
        let mut store = scene.with_sweep(&jobs);
        live(&mut store, &jobs[0].id, &life()[..4]);
        mishap(&scene.path());
        for (job, event) in [(&jobs[0].id, finished()), (&jobs[1].id, started())] {
            let error = store.record(job, &event).unwrap_err();
            let log = with_suffix(&scene.path().canonicalize().unwrap_or(scene.path()), "-wal");
            assert!(
                matches!(&error, StoreError::Displaced { path, log: named } if *path == scene.path() && *named == log),
                "{error}"
            );
        }
        assert_eq!(store.reader().job(&jobs[0].id).unwrap().status, JobStatus::Running);
    }
}

/// The advice of the error: the file that was moved, and its log beside it.
#[test]
fn a_moved_database_and_its_log_hold_what_was_recorded() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life()[..4]);
    let moved = scene.folder.path().join("moved.db");
    fs::rename(scene.path(), &moved).unwrap();
    let error = store.record(&jobs[0].id, &finished()).unwrap_err();
    let words = error.to_string().replace(&scene.folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!("displaced", words);
    drop(store);
    fs::rename(with_suffix(&scene.path(), "-wal"), with_suffix(&moved, "-wal")).unwrap();
    let store = Store::open(&moved).unwrap();
    assert_eq!(store.reader().job(&jobs[0].id).unwrap().status, JobStatus::Queued);
    assert_eq!(store.reader().epochs(&jobs[0].id).unwrap().len(), 3);
}

#[test]
fn a_writer_without_its_lock_file_stops() {
    let mishaps: [Mishap; 2] = [
        |path| fs::remove_file(with_suffix(path, ".lock")).unwrap(),
        |path| {
            fs::write(with_suffix(path, ".new"), "").unwrap();
            fs::rename(with_suffix(path, ".new"), with_suffix(path, ".lock")).unwrap();
        },
    ];
    for mishap in mishaps {
        let scene = Scene::new();
        let jobs = seeds(1);
        let mut store = scene.with_sweep(&jobs);
        mishap(&scene.path());
        let error = store.record(&jobs[0].id, &started()).unwrap_err();
        assert!(matches!(error, StoreError::LockLost { .. }), "{error}");
        let words = error.to_string().replace(&scene.folder.path().display().to_string(), "FOLDER");
        insta::assert_snapshot!("lock_lost", words);
        drop(store);
        live(&mut Store::open(&scene.path()).unwrap(), &jobs[0].id, &life());
    }
}
