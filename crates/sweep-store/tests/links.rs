//! One database under several names.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![cfg(unix)]

mod scene;

use std::{fs, os::unix::fs::symlink, path::Path, thread};

use scene::*;
use sweep_store::{JobSelection, Store, weights_dir};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn first_runs_through_a_link_and_its_target_do_not_meet_in_the_middle() {
    for _ in 0..20 {
        let scene = Scene::new();
        let at = |name: &str| scene.folder.path().join(name);
        fs::create_dir(at("big")).unwrap();
        symlink("big/results.db", at("b.db")).unwrap();
        symlink("b.db", at("a.db")).unwrap();
        thread::scope(|scope| {
            for name in ["a.db", "b.db", "big/results.db"] {
                let path = at(name);
                scope.spawn(move || drop(Store::open(&path).unwrap()));
            }
        });
        assert_eq!(names(scene.folder.path()), ["a.db", "b.db", "big"]);
        // Two that close at the same moment may both leave SQLite's empty log to the next one.
        let kept: Vec<String> = names(&at("big"))
            .into_iter()
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        assert_eq!(kept, ["results.db", "results.db.lock"]);
    }
}

#[test]
fn every_name_finds_the_same_jobs_and_weights() {
    let scene = Scene::new();
    let link = scene.folder.path().join("link.db");
    symlink(scene.path(), &link).unwrap();
    let jobs = seeds(1);
    drop(scene.with_sweep(&jobs));
    live(&mut Store::open(&link).unwrap(), &jobs[0].id, &life());
    for path in [&link, &scene.path()] {
        let reader = Store::open_read_only(path).unwrap();
        assert_eq!(reader.jobs(JobSelection::All).unwrap().len(), 1);
        assert_eq!(reader.path(), scene.path());
        let weights = scene.folder.path().join("results.weights");
        assert_eq!(weights_dir(path), weights);
        assert_eq!(reader.job_view(&jobs[0].id).unwrap().weights_dir, weights.display().to_string());
    }
}

#[test]
fn forgetting_through_a_link_removes_the_weights_beside_the_database() {
    let scene = Scene::new();
    let link = scene.folder.path().join("link.db");
    symlink("results.db", &link).unwrap();
    let jobs = seeds(1);
    live(&mut scene.with_sweep(&jobs), &jobs[0].id, &life());
    let weights = weights_dir(&scene.path()).join(jobs[0].id.to_string());
    fs::create_dir_all(&weights).unwrap();
    let mut store = Store::open(&link).unwrap();
    let what = store.reader().to_forget("lab2").unwrap();
    store.forget(&what).unwrap();
    assert!(!weights.exists());
}
