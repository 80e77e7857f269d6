//! Logs that are damaged, and logs that only end in the middle.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::fs;

use scene::*;
use sweep_store::Store;

/// A database as a killed program leaves it, whose log went through `change`.
fn killed(change: impl FnOnce(&mut Vec<u8>)) -> Scene {
    let living = Scene::new();
    let jobs = seeds(1);
    let mut store = living.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life()[..4]);
    let dead = Scene::new();
    fs::copy(living.path(), dead.path()).unwrap();
    let name = |scene: &Scene| scene.folder.path().join("results.db-wal");
    let mut log = fs::read(name(&living)).unwrap();
    change(&mut log);
    fs::write(name(&dead), log).unwrap();
    dead
}

/// The first byte of the page in a frame.
const fn page(frame: usize) -> usize {
    32 + frame * (24 + 4096) + 24
}

#[test]
fn a_log_that_a_killed_program_left_is_whole() {
    for cut in [0, 1, 100, 5000] {
        let scene = killed(|log| log.truncate(log.len() - cut));
        let store = Store::open(&scene.path()).unwrap();
        assert_eq!(store.damaged_log(), None, "{cut} bytes less");
        assert_eq!(store.reader().epochs(&seeds(1)[0].id).unwrap().len(), if cut == 0 { 3 } else { 2 });
    }
}

#[test]
fn a_damaged_log_is_told_of_and_kept() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        // A page of the first frame, a header of a frame, and the salt in one: SQLite reads what is before.
        |log| log[page(0) + 1000] ^= 1,
        |log| log[page(1) - 24] ^= 1,
        |log| log[page(1) - 15] ^= 1,
        // The header of the log: SQLite reads nothing.
        |log| log[9] ^= 1,
    ];
    for change in changes {
        let scene = killed(change);
        let damaged = fs::read(scene.folder.path().join("results.db-wal")).unwrap();
        let store = Store::open(&scene.path()).unwrap();
        let copy = store.damaged_log().unwrap().to_owned();
        assert!(copy.ends_with("results.db-wal.damaged.1"), "{}", copy.display());
        assert_eq!(fs::read(copy).unwrap(), damaged);
        drop(store);
        assert_eq!(Store::open(&scene.path()).unwrap().damaged_log(), None);
    }
}
