//! Names that SQLite would take for more than names. The only test of its file, since it changes the working folder.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![cfg(unix)]

mod scene;

use std::{env, path::Path};

use scene::*;
use sweep_store::{JobSelection, Store, sql};

#[test]
fn special_names_are_names_of_files() {
    let scene = Scene::new();
    env::set_current_dir(scene.folder.path()).unwrap();
    for name in [":memory:", "file:a.db?mode=memory", "file::memory:?cache=shared", "-results.db"] {
        let path = Path::new(name);
        let jobs = seeds(2);
        let mut store = Store::open(path).unwrap();
        store.record_data_set(&data_set()).unwrap();
        store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
        live(&mut store, &jobs[0].id, &life());
        drop(store);
        assert!(scene.folder.path().join(name).is_file(), "{name}");
        let reader = Store::open_read_only(path).unwrap();
        assert_eq!(reader.jobs(JobSelection::All).unwrap().len(), 2);
        assert_eq!(sql(path, "SELECT job_id FROM trials").unwrap().rows.len(), 2);
    }
}
