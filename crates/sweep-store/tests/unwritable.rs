//! Databases that lie where a reader may write nothing, and files that a writer may not write. The superuser may write everything: for
//! that account, everything simply opens.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![cfg(unix)]

mod scene;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use nix::unistd::geteuid;
use scene::*;
use sweep_store::{JobSelection, Store, StoreError};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn beside(scene: &Scene, suffix: &str) -> PathBuf {
    scene.folder.path().join(format!("results.db{suffix}"))
}

/// A database that is at rest, all of whose files cannot be written; and its folder, if that is meant.
fn at_rest(mode_of_folder: u32) -> Scene {
    let scene = Scene::new();
    let jobs = seeds(1);
    live(&mut scene.with_sweep(&jobs), &jobs[0].id, &life());
    set_mode(&scene.path(), 0o444);
    set_mode(scene.folder.path(), mode_of_folder);
    scene
}

#[test]
fn a_database_that_cannot_be_written_is_read_and_nothing_is_left() {
    for mode in [0o555, 0o755] {
        let scene = at_rest(mode);
        let reader = Store::open_read_only(&scene.path()).unwrap();
        assert_eq!(reader.jobs(JobSelection::All).unwrap()[0].status.name(), "finished");
        reader.check_unchanged().unwrap();
        assert!(reader.is_current().unwrap());
        if !geteuid().is_root() {
            assert!(!beside(&scene, "-wal").exists() && !beside(&scene, "-shm").exists());
        }
        set_mode(scene.folder.path(), 0o755);
    }
}

#[test]
fn changes_that_a_reader_cannot_see_are_told_of() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    let copy = Scene::new();
    for suffix in ["", "-wal"] {
        fs::copy(beside(&scene, suffix), beside(&copy, suffix)).unwrap();
    }
    set_mode(copy.folder.path(), 0o555);
    let opened = Store::open_read_only(&copy.path());
    set_mode(copy.folder.path(), 0o755);
    match opened {
        Ok(reader) => {
            assert!(geteuid().is_root());
            assert_eq!(reader.jobs(JobSelection::All).unwrap().len(), 1);
        }
        Err(error) => {
            assert!(
                matches!(&error, StoreError::FolderNotWritable { log, .. } if log.ends_with("results.db-wal")),
                "{error}"
            );
        }
    }
}

#[test]
fn what_a_reader_left_does_not_lock_a_writer_out() {
    let scene = at_rest(0o755);
    set_mode(&scene.path(), 0o644);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    reader.jobs(JobSelection::All).unwrap();
    for suffix in ["-wal", "-shm"] {
        set_mode(&beside(&scene, suffix), 0o444);
    }
    // While it reads, its files are in use; the words say whose they are.
    match Store::open(&scene.path()) {
        Ok(_) => assert!(geteuid().is_root()),
        Err(error) => {
            assert!(matches!(error, StoreError::LeftByReader { .. }), "{error}");
            assert!(error.to_string().contains("mode 0444"), "{error}");
        }
    }
    drop(reader);
    drop(Store::open(&scene.path()).unwrap());
    assert!(!beside(&scene, "-wal").exists() && !beside(&scene, "-shm").exists());
}

#[test]
fn a_file_that_cannot_be_written_is_named_with_its_owner() {
    for (suffix, mode) in [("", 0o444), (".lock", 0o444)] {
        let scene = Scene::new();
        drop(scene.with_sweep(&seeds(1)));
        set_mode(&beside(&scene, suffix), mode);
        match Store::open(&scene.path()) {
            Ok(_) => assert!(geteuid().is_root()),
            Err(error) => {
                assert!(
                    matches!(&error, StoreError::NotPermitted { path, .. } if *path == beside(&scene, suffix)),
                    "{error}"
                );
            }
        }
    }
}
