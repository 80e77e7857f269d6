//! Databases are made, upgraded, shared and refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{fs, path::Path};

use rusqlite::Connection;
use scene::*;
use sweep_job::{JobEvent, JobStatus, RunLife};
use sweep_store::{CheckReport, JobSelection, Store, StoreError};

fn pragma<T: rusqlite::types::FromSql>(path: &Path, name: &str) -> T {
    Connection::open(path).unwrap().pragma_query_value(None, name, |row| row.get(0)).unwrap()
}

#[test]
fn an_empty_place_becomes_a_database() {
    let scene = Scene::new();
    let store = Store::open(&scene.path()).unwrap();
    assert_eq!(store.reader().jobs(JobSelection::All).unwrap(), []);
    drop(store);
    assert_eq!(pragma::<i32>(&scene.path(), "application_id"), 0x5357_4550);
    assert_eq!(pragma::<i32>(&scene.path(), "user_version"), newest());
    assert_eq!(pragma::<String>(&scene.path(), "journal_mode"), "wal");
    // Opened again, it is the same.
    scene.with_sweep(&lab());
    assert_eq!(Store::open(&scene.path()).unwrap().reader().jobs(JobSelection::All).unwrap().len(), 6);
}

#[test]
fn an_empty_file_becomes_a_database_but_is_none_yet() {
    let scene = Scene::new();
    fs::write(scene.path(), "").unwrap();
    assert!(matches!(Store::open_read_only(&scene.path()), Err(StoreError::OtherProgram { .. })));
    Store::open(&scene.path()).unwrap();
    Store::open_read_only(&scene.path()).unwrap();
}

#[test]
fn what_a_dead_owner_left_running_waits_again() {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    live(&mut store, &jobs[1].id, &life()[..3]);
    die_while_running(store, &scene.path(), &jobs[1].id);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    assert_eq!(reader.job(&jobs[1].id).unwrap().status, JobStatus::Running);
    assert_eq!(reader.open_runs().unwrap().iter().map(|run| run.life).collect::<Vec<_>>(), [RunLife::Lost]);
    let mut store = Store::open(&scene.path()).unwrap();
    assert_eq!(store.requeued(), [jobs[1].id]);
    let statuses: Vec<_> =
        store.reader().jobs(JobSelection::All).unwrap().into_iter().map(|job| job.status.name()).collect();
    assert_eq!(statuses, ["finished", "queued", "queued"]);
    live(&mut store, &jobs[1].id, &life());
    drop(store);
    assert_eq!(Store::open(&scene.path()).unwrap().requeued(), []);
}

#[test]
fn who_is_alone_with_a_database_is_named_to_the_others() {
    let scene = Scene::new();
    drop(scene.with_sweep(&seeds(1)));
    // A program that upgrades it, or one of an earlier version, which was always alone.
    let lock = fs::File::create(scene.folder.path().join("results.db.lock")).unwrap();
    lock.lock().unwrap();
    fs::write(scene.folder.path().join("results.db.lock"), "4711\n").unwrap();
    let error = Store::open(&scene.path()).err().unwrap();
    assert!(matches!(error, StoreError::InUse { owner: Some(4711), .. }), "{error}");
    let words = error.to_string().replace(&scene.folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(words, @"FOLDER/results.db has to be used by one `sweep` alone while it is made or upgraded, and another has it (process 4711): wait for that one to end, or name another database with `--db`");
    drop(lock);
    Store::open(&scene.path()).unwrap();
}

#[test]
fn a_reader_does_not_wait_long_for_another_program() {
    let scene = Scene::new();
    drop(scene.with_sweep(&seeds(1)));
    let other = Connection::open(scene.path()).unwrap();
    other.pragma_update(None, "locking_mode", "exclusive").unwrap();
    other.execute_batch("BEGIN IMMEDIATE; COMMIT").unwrap();
    let begin = std::time::Instant::now();
    let error = Store::open_read_only(&scene.path()).err().unwrap();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    drop(other);
    Store::open_read_only(&scene.path()).unwrap();
}

#[test]
fn readers_see_a_writer_at_work() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    for (index, event) in life().iter().enumerate() {
        store.record(&jobs[0].id, event).unwrap();
        let seen = reader.job(&jobs[0].id).unwrap();
        assert_eq!(seen.epochs_finished as usize, index.min(3));
    }
    assert_eq!(reader.job(&jobs[0].id).unwrap().status, JobStatus::Finished);
}

#[test]
fn only_our_own_databases_are_opened() {
    let scene = Scene::new();
    let refusals = |path: &Path| {
        let (writer, reader) = (Store::open(path).err().unwrap(), Store::open_read_only(path).err().unwrap());
        assert_eq!(writer.to_string(), reader.to_string());
        writer
    };
    let text = scene.folder.path().join("text.db");
    fs::write(&text, "not a database, but long enough to be taken for one at first sight".repeat(20))
        .unwrap();
    let before = fs::read(&text).unwrap();
    assert!(matches!(refusals(&text), StoreError::NotADatabase { .. }));
    assert_eq!(fs::read(&text).unwrap(), before);

    let other = scene.folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    let before = fs::read(&other).unwrap();
    assert!(matches!(refusals(&other), StoreError::OtherProgram { .. }));
    assert_eq!(fs::read(&other).unwrap(), before);

    drop(Store::open(&scene.path()).unwrap());
    Connection::open(scene.path()).unwrap().pragma_update(None, "user_version", newest() + 1).unwrap();
    let newer = refusals(&scene.path());
    assert!(matches!(newer, StoreError::Newer { found, .. } if found == i64::from(newest()) + 1), "{newer}");

    let folder = scene.folder.path().join("folder.db");
    fs::create_dir(&folder).unwrap();
    assert!(matches!(refusals(&folder), StoreError::NotAFile { what: "a folder", .. }));
    assert!(matches!(refusals(Path::new("")), StoreError::NotAFile { what: "an empty name", .. }));
    assert!(!scene.folder.path().join("folder.db.lock").exists() && !Path::new(".lock").exists());
}

#[cfg(unix)]
#[test]
fn a_device_is_no_database() {
    for (path, kind) in [("/dev/null", "no ordinary file"), ("/", "a folder")] {
        let path = Path::new(path);
        for error in [Store::open(path).err().unwrap(), Store::open_read_only(path).err().unwrap()] {
            assert!(matches!(error, StoreError::NotAFile { what, .. } if what == kind), "{error}");
        }
    }
    assert!(!Path::new("/dev/null.lock").exists() && !Path::new("/.lock").exists());
}

#[test]
fn a_missing_database_is_said_to_be_missing() {
    let scene = Scene::new();
    let error = Store::open_read_only(&scene.path()).err().unwrap();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!scene.path().exists());
    let nowhere = scene.folder.path().join("no/such/folder/results.db");
    assert!(matches!(Store::open(&nowhere), Err(StoreError::Path { .. })));
}

/// The version of a new database.
fn newest() -> i32 {
    let scene = Scene::new();
    drop(Store::open(&scene.path()).unwrap());
    pragma(&scene.path(), "user_version")
}

#[test]
fn refusals_in_words() {
    let scene = Scene::new();
    let in_place = |name: &str| scene.folder.path().join(name);
    fs::write(in_place("text.db"), "no database".repeat(100)).unwrap();
    Connection::open(in_place("other.db")).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    drop(Store::open(&in_place("newer.db")).unwrap());
    Connection::open(in_place("newer.db")).unwrap().pragma_update(None, "user_version", 800).unwrap();
    fs::create_dir(in_place("folder.db")).unwrap();
    let mut words = vec![Store::open_read_only(&in_place("missing.db")).err().unwrap().to_string()];
    for name in ["text.db", "other.db", "newer.db", "folder.db", "none/results.db"] {
        words.push(Store::open(&in_place(name)).err().unwrap().to_string());
    }
    let words = words.join("\n").replace(&scene.folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(words.replace(&format!("up to {}:", newest()), "up to NEWEST:"));
}

/// The lock is the operating system's: it ends with its holder, whatever the file says.
#[test]
fn a_stale_lock_file_locks_nothing() {
    let scene = Scene::new();
    fs::write(scene.folder.path().join("results.db.lock"), "4294967295\n").unwrap();
    let mut store = scene.with_sweep(&seeds(1));
    live(&mut store, &seeds(1)[0].id, &[started(), JobEvent::Interrupted]);
}

#[test]
fn every_kept_database_is_opened_upgraded_if_it_is_older_and_goes_on() {
    for version in [1, 2, 3, 4, 8] {
        let scene = Scene::new();
        let databases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
        fs::copy(databases.join(format!("version_{version}.db")), scene.path()).unwrap();
        assert_eq!(pragma::<i32>(&scene.path(), "user_version"), version);
        let is_older = matches!(Store::open_read_only(&scene.path()), Err(StoreError::Older { .. }));
        assert_eq!(is_older, version < newest());
        let mut store = Store::open(&scene.path()).unwrap();
        assert_eq!(
            store.reader().check().unwrap(),
            CheckReport { finished: 5, readable: 5, ..CheckReport::default() }
        );
        let statuses =
            scene.query("SELECT status || ' ' || count(*) FROM trials GROUP BY status ORDER BY status");
        assert_eq!(statuses, ["diverged 1", "failed 1", "finished 5", "queued 2"]);
        // The training that was killed is done again, beside the attempt that was recorded of it.
        let [killed] = store.requeued() else { panic!("{:?}", store.requeued()) };
        let killed = *killed;
        store.record(&killed, &started()).unwrap();
        let attempts = scene.query("SELECT attempt, ending FROM attempts WHERE job_id = (SELECT job_id FROM trials WHERE status = 'running')");
        assert_eq!(attempts, ["1 interrupted", "2 Null"]);
    }
}
