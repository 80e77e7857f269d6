//! The only way to remove a result.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::fs;

use rusqlite::Connection;
use scene::*;
use sweep_job::JobId;
use sweep_store::{Store, StoreError, ToForget, weights_dir};

/// A sweep of three finished jobs with files, and another that shares the last of them.
fn scene_of_two() -> (Scene, Store, Vec<JobId>) {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = scene.with_sweep(&jobs);
    store.record_sweep(&entry("other"), &identity(), &jobs[2..]).unwrap();
    for job in &jobs {
        live(&mut store, &job.id, &life());
        let folder = weights_dir(&scene.path()).join(job.id.to_string());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("best.safetensors"), "weights").unwrap();
    }
    (scene, store, jobs.iter().map(|job| job.id).collect())
}

fn has_files(scene: &Scene, job: &JobId) -> bool {
    weights_dir(&scene.path()).join(job.to_string()).exists()
}

#[test]
fn a_sweep_goes_with_its_own_jobs_and_their_files() {
    let (scene, mut store, jobs) = scene_of_two();
    let what = store.reader().to_forget("lab2").unwrap();
    let expected = ToForget { sweep: Some("lab2".into()), jobs: jobs[..2].to_vec(), finished: 2, shared: 1 };
    assert_eq!(what, expected);
    store.forget(&what).unwrap();
    assert_eq!(jobs.iter().map(|job| has_files(&scene, job)).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(scene.query("SELECT sweep, jobs FROM sweeps"), ["other 1"]);
    for view in ["trials", "sweep_jobs"] {
        assert_eq!(scene.query(&format!("SELECT count(*) FROM {view}")), ["1"], "{view}");
    }
    assert_eq!(scene.query("SELECT count(*) FROM epochs"), ["3"]);
    assert_eq!(store.reader().check().unwrap().broken, Vec::<String>::new());
    // Asked for again, they are new.
    let recorded = store.record_sweep(&entry("lab2"), &identity(), &seeds(3)).unwrap();
    assert_eq!((recorded.new, recorded.finished), (2, 1));
}

#[test]
fn a_forgotten_job_comes_back_into_its_sweep() {
    let (scene, mut store, jobs) = scene_of_two();
    let what = store.reader().to_forget(&jobs[2].to_string()).unwrap();
    assert_eq!((&what.sweep, what.jobs.len()), (&None, 1));
    store.forget(&what).unwrap();
    assert_eq!(scene.query("SELECT sweep, jobs FROM sweeps ORDER BY 1"), ["lab2 2", "other 0"]);
    store.record_sweep(&entry("lab2"), &identity(), &seeds(3)).unwrap();
    assert_eq!(scene.query("SELECT sweep, jobs FROM sweeps ORDER BY 1"), ["lab2 3", "other 0"]);
}

#[test]
fn the_last_job_takes_its_data_set_with_it() {
    let scene = Scene::new();
    let mut store = scene.with_sweep(&seeds(2));
    let what = store.reader().to_forget("lab2").unwrap();
    store.forget(&what).unwrap();
    assert_eq!(scene.query("SELECT count(*) FROM data_sets"), ["0"]);
}

#[test]
fn a_job_that_a_run_holds_is_not_forgotten() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let mut run = scene.with_sweep(&jobs);
    run.claim(&[jobs[1].id]).unwrap();
    let mut hand = Store::open(&scene.path()).unwrap();
    let what = hand.reader().to_forget("lab2").unwrap();
    let error = hand.forget(&what).unwrap_err();
    assert!(matches!(error, StoreError::Held { .. }), "{error}");
    assert_eq!(scene.query("SELECT count(*) FROM trials"), ["2"]);
    run.close().unwrap();
    hand.forget(&what).unwrap();
}

/// Between the rows and the files, the program dies.
#[test]
fn files_that_a_dead_program_left_are_removed_by_the_next() {
    let (scene, store, jobs) = scene_of_two();
    drop(store);
    let connection = Connection::open(scene.path()).unwrap();
    // One is forgotten, another was forgotten and is back.
    for table in ["snapshot", "epoch", "attempt", "sweep_job"] {
        let first = "SELECT key FROM job WHERE id = ?1";
        connection
            .execute(&format!("DELETE FROM {table} WHERE job = ({first})"), [jobs[0].to_string()])
            .unwrap();
    }
    connection.execute("DELETE FROM job WHERE id = ?1", [jobs[0].to_string()]).unwrap();
    for job in &jobs[..2] {
        connection.execute("INSERT INTO removal VALUES (?1)", [job.to_string()]).unwrap();
    }
    drop(connection);
    Store::open(&scene.path()).unwrap();
    assert_eq!(jobs.iter().map(|job| has_files(&scene, job)).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(scene.query("SELECT count(*) FROM removal"), ["0"]);
}

#[test]
fn what_is_no_job_and_no_sweep_is_said_to_be_neither() {
    let (_scene, store, _) = scene_of_two();
    insta::assert_snapshot!(store.reader().to_forget("lab3").unwrap_err(), @"`lab3` is neither a sweep nor the beginning of a job's id: the database has the sweeps `lab2`, `other`");
}
