//! Who may use the files of a database. The only test of its file, since it changes the umask.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![cfg(unix)]

mod scene;

use std::{fs, os::unix::fs::PermissionsExt};

use nix::sys::stat::{Mode, umask};
use scene::*;
use sweep_store::{JobSelection, Store};

fn modes(scene: &Scene) -> Vec<(String, u32)> {
    let mut modes: Vec<_> = fs::read_dir(scene.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|file| {
            (file.file_name().into_string().unwrap(), file.metadata().unwrap().permissions().mode() & 0o777)
        })
        .collect();
    modes.sort();
    modes
}

fn all(mode: u32, suffixes: &[&str]) -> Vec<(String, u32)> {
    suffixes.iter().map(|suffix| (format!("results.db{suffix}"), mode)).collect()
}

#[test]
fn the_files_of_a_database_have_the_mode_that_the_umask_says() {
    for (mask, mode) in [(0o002, 0o664), (0o022, 0o644), (0o077, 0o600)] {
        umask(Mode::from_bits_truncate(mask));
        let scene = Scene::new();
        let store = scene.with_sweep(&seeds(1));
        assert_eq!(modes(&scene), all(mode, &["", "-shm", "-wal", ".lock"]));
        drop(store);
        // What later readers and writers make does not depend on their umask.
        umask(Mode::from_bits_truncate(0o027));
        fs::remove_file(scene.folder.path().join("results.db.lock")).unwrap();
        let reader = Store::open_read_only(&scene.path()).unwrap();
        assert_eq!(reader.jobs(JobSelection::All).unwrap().len(), 1);
        drop(reader);
        assert!(modes(&scene).iter().all(|(_, found)| *found == mode), "{:?}", modes(&scene));
        let store = Store::open(&scene.path()).unwrap();
        assert_eq!(modes(&scene), all(mode, &["", "-shm", "-wal", ".lock"]));
        drop(store);
    }
}
