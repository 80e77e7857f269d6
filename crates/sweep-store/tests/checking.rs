//! Damage and broken promises are found.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{
    fs,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use scene::*;
use sweep_job::SnapshotKind;
use sweep_store::{CheckReport, JobSelection, Store, StoreError, sql};

fn scene_of_three() -> Scene {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    live(&mut store, &jobs[1].id, &life()[..3]);
    scene
}

fn check(scene: &Scene) -> CheckReport {
    Store::open_to_check(&scene.path()).unwrap().check().unwrap()
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
        ("UPDATE job SET last_train_loss = 9 WHERE key = 2", "its row and its last epoch have different results"),
        ("UPDATE snapshot SET test_loss = 9", "a snapshot and its epoch have different results"),
        ("UPDATE snapshot SET logits = x'00000000'", "the stored predictions do not match the number of test trials"),
        ("UPDATE attempt SET ending = 'failed'", "its attempts do not end as it did"),
        (
            "UPDATE job SET attempts = 2 WHERE key = 1;
             INSERT INTO attempt SELECT job, 2, run, started_at, ended_at, ending, reason, host, device, hardware, threads,
                program_version, arithmetic FROM attempt WHERE job = 1",
            "an attempt follows the one that finished it",
        ),
        ("UPDATE job SET spec = json_set(spec, '$.seed', 77) WHERE key = 3", "its id does not match its settings"),
        ("UPDATE job SET learning_rate = 0.5 WHERE key = 3", "its settings are not those of its specification"),
        ("UPDATE job SET model = 'deepconvnet' WHERE key = 3", "its settings are not those of its specification"),
        (
            "UPDATE snapshot SET logits = zeroblob(length(logits)) WHERE kind = 'last'",
            "its stored predictions do not give the recorded accuracy",
        ),
        (
            "UPDATE data_set SET test_labels = zeroblob(length(test_labels))",
            "its stored predictions do not give the recorded accuracy",
        ),
        // -1000 instead of -1 for a class that is not predicted.
        (
            "UPDATE snapshot SET logits = CAST(substr(logits, 1, length(logits) - 4) || x'00007ac4' AS BLOB)",
            "its stored predictions do not give the recorded loss",
        ),
        ("UPDATE epoch SET test_accuracy = 0.51 WHERE epoch = 1", "an accuracy is not a share of its trials"),
        ("UPDATE epoch SET validation_accuracy = 1.5 WHERE epoch = 1", "an accuracy is not a share of its trials"),
        ("UPDATE epoch SET train_loss = -5 WHERE epoch = 1", "a loss is negative or not finite, or is missing beside its accuracy"),
        ("UPDATE epoch SET validation_loss = NULL WHERE epoch = 1", "a loss is negative or not finite, or is missing beside its accuracy"),
        ("UPDATE job SET seconds = 99 WHERE key = 1", "its time is not the sum of its epochs"),
        ("UPDATE job SET selected_epoch = 2 WHERE key = 1", "the selected epoch is not the one"),
        ("UPDATE snapshot SET epoch = 1 WHERE kind = 'best'", "a snapshot is of the wrong epoch"),
        ("UPDATE attempt SET host = 'elsewhere'", "its row and its last attempt name different machines"),
        // What other commands stumble over.
        ("DROP VIEW trials", "the view `trials` is missing"),
        ("DROP VIEW runs; CREATE VIEW runs AS SELECT 1 AS run_id", "the view `runs` is not the one that `sweep` makes"),
        ("DROP INDEX job_owned", "the index `job_owned` is missing"),
        ("DROP TABLE removal", "the table `removal` is missing"),
        ("ALTER TABLE job ADD COLUMN note TEXT", "the table `job` is not the one that `sweep` makes"),
        (
            "CREATE TRIGGER mine AFTER INSERT ON epoch BEGIN DELETE FROM epoch; END",
            "`sweep` did not make the trigger `mine`",
        ),
        ("UPDATE job SET host = CAST(x'766dff' AS TEXT) WHERE key = 1", "rows of the table `job` with text that is not UTF-8: 1"),
        ("INSERT INTO removal VALUES ('../../home')", "1 rows of the table `removal` name no job"),
        ("UPDATE data_set SET classes = '[1, 2'", "data set 1 cannot be read"),
        ("UPDATE data_set SET test_labels = x'0000'", "data set 1 does not have one label for each test trial"),
        ("UPDATE job SET spec = '{' WHERE key = 2", "job "),
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
        let outcome = Store::open_to_check(&scene.path()).and_then(|reader| reader.check());
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

/// SQLite would only say that the database can be read alone.
#[test]
fn a_header_that_forbids_writing_is_found() {
    let scene = scene_of_three();
    let mut bytes = fs::read(scene.path()).unwrap();
    bytes[18] = 6;
    fs::write(scene.path(), bytes).unwrap();
    let report = check(&scene);
    assert_eq!(report.damage, ["byte 18 of the file is 6 instead of 2: nothing can be recorded in it"]);
}

#[test]
fn a_damaged_log_is_found() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    // As a machine that lost its power leaves them.
    let copy = Scene::new();
    let log = |scene: &Scene| scene.path().with_extension("db-wal");
    let copy_files = || {
        fs::copy(scene.path(), copy.path()).unwrap();
        fs::copy(log(&scene), log(&copy)).unwrap();
        let _ = fs::remove_file(copy.path().with_extension("db-shm"));
    };
    copy_files();
    assert_eq!(check(&copy), CheckReport { finished: 1, readable: 1, ..CheckReport::default() });
    copy_files();
    let mut bytes = fs::read(log(&copy)).unwrap();
    let pages = bytes.len() / (4096 + 24);
    assert!(pages > 3, "{pages}");
    bytes[32 + (pages / 2) * (4096 + 24) + 1000] ^= 1;
    fs::write(log(&copy), bytes).unwrap();
    let damage = check(&copy).damage;
    assert!(damage[0].contains("results.db-wal is damaged (1 of its pages)"), "{damage:?}");
}

const FOREVER: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";

/// A view of a database from elsewhere can show anything, and never end.
#[test]
fn a_view_that_is_not_ours_is_refused_and_not_asked() {
    for change in [
        format!("DROP VIEW runs; CREATE VIEW runs AS {FOREVER}"),
        format!("DROP VIEW sweeps; CREATE VIEW sweeps AS {FOREVER}"),
        format!("PRAGMA foreign_keys = off; DROP VIEW trials; DROP TABLE job; CREATE VIEW job AS {FOREVER}"),
    ] {
        let scene = scene_of_three();
        Connection::open(scene.path()).unwrap().execute_batch(&change).unwrap();
        let begin = Instant::now();
        let error = Store::open_read_only(&scene.path()).err().unwrap();
        assert!(matches!(error, StoreError::OtherSchema { .. }) && error.is_damage(), "{error}");
        assert!(Store::open(&scene.path()).is_err());
        let report = check(&scene);
        assert!(!report.damage.is_empty(), "{change}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{change}");
        // A query of one's own is bounded, and may ask what it likes.
        sql(&scene.path(), "SELECT count(*) FROM epoch").unwrap();
    }
}

#[test]
fn somebody_elses_trigger_never_runs_and_their_own_views_are_left_alone() {
    let scene = scene_of_three();
    let theirs = "CREATE TRIGGER mine AFTER INSERT ON epoch BEGIN DELETE FROM epoch; END; CREATE VIEW mine_too AS SELECT 1";
    Connection::open(scene.path()).unwrap().execute_batch(theirs).unwrap();
    let mut store = Store::open(&scene.path()).unwrap();
    let job = seeds(3)[2].id;
    live(&mut store, &job, &life());
    assert_eq!(store.reader().epochs(&job).unwrap().len(), 3);
    drop(store);
    assert_eq!(check(&scene).damage, ["`sweep` did not make the trigger `mine`"]);
}

/// Every page of a report that looks at single trials goes through here.
#[test]
fn predictions_that_contradict_the_recorded_accuracy_are_not_shown() {
    let scene = scene_of_three();
    Connection::open(scene.path())
        .unwrap()
        .execute_batch("UPDATE data_set SET test_labels = zeroblob(length(test_labels))")
        .unwrap();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let job = seeds(1)[0].id;
    let error = reader.job_view(&job).unwrap_err();
    insta::assert_snapshot!(error, @"job fe533af72050: the stored predictions give 55.00 %, but 75.00 % is recorded: the database is damaged");
    assert!(error.is_damage());
    let jobs = reader.jobs(JobSelection::All).unwrap();
    let mut evidence = reader.evidence(jobs, std::num::NonZeroU32::MIN).unwrap();
    let error = reader.add_predictions(&mut evidence, [(job, SnapshotKind::Last)]).unwrap_err();
    assert!(matches!(error, StoreError::Predictions { .. }), "{error}");
}

/// What is read at each opening must cost next to nothing.
#[test]
fn many_openings_are_fast() {
    let scene = scene_of_three();
    drop(Store::open_read_only(&scene.path()).unwrap());
    let begin = Instant::now();
    for _ in 0..100 {
        drop(Store::open_read_only(&scene.path()).unwrap());
    }
    // Ten times what it takes on a slow machine, in a build for tests.
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

/// A library below takes names for text and would panic.
#[test]
fn a_name_that_is_not_text_is_refused_with_words() {
    let scene = scene_of_three();
    let mut bytes = fs::read(scene.path()).unwrap();
    let name = b"train_accuracy";
    for place in 0..bytes.len() - name.len() {
        if bytes[place..].starts_with(name) {
            bytes[place + 2] = 0xff;
        }
    }
    fs::write(scene.path(), bytes).unwrap();
    let error = sql(&scene.path(), "SELECT * FROM epoch").unwrap_err();
    assert!(error.is_damage(), "{error}");
    assert!(Store::open_read_only(&scene.path()).is_err());
    let damage = check(&scene).damage;
    assert!(
        damage.iter().any(|line| line == "the table `epoch` is not the one that `sweep` makes"),
        "{damage:?}"
    );
}
