//! Damage and broken promises are found.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::fs;

use rusqlite::Connection;
use scene::*;
use sweep_store::{CheckReport, Store};

fn scene_of_three() -> Scene {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    live(&mut store, &jobs[1].id, &life()[..3]);
    scene
}

fn check(scene: &Scene) -> CheckReport {
    Store::open_read_only(&scene.path()).unwrap().check().unwrap()
}

#[test]
fn a_whole_database_has_no_findings() {
    let expected = CheckReport { finished: 1, readable: 1, ..CheckReport::default() };
    assert_eq!(check(&scene_of_three()), expected);
}

#[test]
fn every_promise_that_is_broken_is_found() {
    let breaks = [
        ("DELETE FROM snapshot WHERE kind = 'best'", "finished without its best or last snapshot"),
        ("DELETE FROM epoch WHERE epoch = 2 AND job = 2", "epochs are missing or doubled"),
        ("UPDATE epoch SET test_accuracy = 0.999 WHERE epoch = 1 AND job = 2", "the best epoch is not"),
        ("UPDATE job SET last_train_loss = 9 WHERE key = 2", "the last epoch of its row"),
        ("UPDATE snapshot SET test_loss = 9", "a snapshot says other figures"),
        ("UPDATE snapshot SET logits = x'00000000'", "predictions are not one row of numbers"),
        ("UPDATE attempt SET ending = 'failed'", "its attempts do not end as it did"),
        (
            "UPDATE job SET attempts = 2 WHERE key = 1;
             INSERT INTO attempt SELECT job, 2, run, started_at, ended_at, ending, reason, host, device, hardware, threads,
                program_version FROM attempt WHERE job = 1",
            "an attempt follows the one that finished it",
        ),
        ("UPDATE job SET spec = json_set(spec, '$.seed', 77) WHERE key = 3", "its id is not that of its settings"),
    ];
    for (sql, words) in breaks {
        let scene = scene_of_three();
        Connection::open(scene.path())
            .unwrap()
            .execute_batch(&format!("PRAGMA foreign_keys = off; {sql}"))
            .unwrap();
        let report = check(&scene);
        let found = report.broken.iter().chain(&report.damage);
        assert!(found.clone().any(|line| line.starts_with(words)), "{sql}: {:?}", found.collect::<Vec<_>>());
    }
}

/// Bytes flipped at places all over the file: nothing panics, and what does not open is refused in words.
#[test]
fn flipped_bytes_are_found_or_harmless() {
    let scene = scene_of_three();
    let connection = Connection::open(scene.path()).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(connection);
    let whole = fs::read(scene.path()).unwrap();
    let mut found = 0;
    for place in (0..whole.len()).step_by(1009) {
        let mut bytes = whole.clone();
        bytes[place..].iter_mut().take(64).for_each(|byte| *byte = !*byte);
        fs::write(scene.path(), &bytes).unwrap();
        let outcome = Store::open_read_only(&scene.path()).and_then(|reader| reader.check());
        let is_found = match outcome {
            Ok(report) => !report.damage.is_empty() || !report.broken.is_empty(),
            Err(error) => !error.to_string().is_empty(),
        };
        found += usize::from(is_found);
        // To write it is refused or works; it does not panic.
        drop(Store::open(&scene.path()));
    }
    assert!(found > 10, "{found}");
}

#[test]
fn a_truncated_database_is_found() {
    let scene = scene_of_three();
    let whole = fs::read(scene.path()).unwrap();
    for length in [whole.len() / 2, whole.len() - 4096] {
        fs::write(scene.path(), &whole[..length]).unwrap();
        let outcome = Store::open_read_only(&scene.path()).and_then(|reader| reader.check());
        assert!(outcome.is_err() || outcome.is_ok_and(|report| !report.damage.is_empty()), "{length}");
    }
}
