//! What is kept, what is found wrong with it, and the only way to remove it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;

use support::Place;

/// A finished job.
fn place_of_one() -> (Place, String) {
    let place = Place::new();
    place.write(
        "one.toml",
        "name = \"one\"\n[data]\nset = \"synthetic\"\nlimit = 40\n[grid]\nmodel = \"eegnet\"\nactivation = \"elu\"\nbatch_size = 16\nepochs = 1\n",
    );
    place.succeed(&["run", "one.toml", "--quiet"]);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    (place, job)
}

#[test]
fn a_whole_database_passes_and_changed_or_strange_weights_are_found() {
    let (place, job) = place_of_one();
    insta::assert_snapshot!(place.succeed(&["check-db"]).out, @"
    results.db is whole: 1 job finished
    2 files of weights, as they were saved
    ");

    let weights = |name: &str| place.path(&format!("results.weights/{job}/{name}"));
    fs::write(weights("stray.safetensors"), "?").unwrap();
    let stray = place.succeed(&["check-db"]).out.replace(&job, "JOB");
    insta::assert_snapshot!(stray, @"
    results.db is whole: 1 job finished
    1 file of weights is not of any result and may be removed
      results.weights/JOB/stray.safetensors
    ");
    fs::write(weights("best.safetensors"), "not weights").unwrap();
    fs::remove_file(weights("last.safetensors")).unwrap();
    let changed = place.run(&["check-db"]);
    assert_eq!(changed.code, Some(1));
    insta::assert_snapshot!(changed.out.replace(&job, "JOB"), @"
    results.db is whole: 1 job finished
    1 file of weights is missing: the results stay, but `sweep eval` cannot load it
      results.weights/JOB/last.safetensors
    1 file of weights is not the bytes that were saved
      results.weights/JOB/best.safetensors
    1 file of weights is not of any result and may be removed
      results.weights/JOB/stray.safetensors
    ");
}

#[test]
fn damage_ends_with_exit_code_3_and_says_what_can_be_saved() {
    let (place, _) = place_of_one();
    let mut bytes = fs::read(place.path("results.db")).unwrap();
    // The pages of tables, behind the schema in the first ones.
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xff);
    fs::write(place.path("results.db"), bytes).unwrap();
    let damaged = place.run(&["check-db"]);
    assert_eq!(damaged.code, Some(3), "{}{}", damaged.out, damaged.err);
    let told = format!("{}{}", damaged.out, damaged.err);
    assert!(told.contains("results.db is DAMAGED") && told.contains("sqlite3 results.db .recover"), "{told}");
    assert!(!told.contains("fault in sweep"), "{told}");

    fs::write(place.path("results.db"), "no database at all, but long enough to be taken for one".repeat(99))
        .unwrap();
    let other = place.run(&["check-db"]);
    assert_eq!(other.code, Some(3));
    insta::assert_snapshot!(other.err, @"error: results.db is not an SQLite database: name another file with `--db`");
}

#[test]
fn nothing_is_forgotten_unless_it_is_meant() {
    let (place, job) = place_of_one();
    let asked = place.run(&["forget", "one"]);
    assert_eq!(asked.code, Some(2));
    insta::assert_snapshot!(asked.err, @r#"
    results.db: sweep "one" and 1 job of it would be forgotten, 1 finished, with all epochs, predictions and weights
    error: nobody can be asked whether that is meant, since the input is no terminal
    help: say `--yes`
    "#);
    assert_eq!(place.sql("SELECT status FROM trials"), ["finished"]);
    place.succeed(&["forget", "one", "--yes"]);
    assert!(!place.path("results.weights").join(&job).exists());
    assert_eq!(place.sql("SELECT count(*) FROM trials"), ["0"]);
    assert_eq!(place.run(&["forget", "one", "--yes"]).code, Some(2));
    let nowhere = place.run(&["forget", "one", "--yes", "--db", "nowhere.db"]);
    assert_eq!(nowhere.code, Some(3));
    assert!(!place.path("nowhere.db").exists());
}

#[test]
fn a_job_that_is_trained_again_has_the_same_bits_or_is_said_to_differ() {
    let (place, job) = place_of_one();
    let again = place.succeed(&["rerun", &job, "--quiet"]).out;
    assert!(again.contains("the same bits: every metric, prediction and weight"), "{again}");
    // Three threads, and another order of everything: the same.
    assert!(place.succeed(&["rerun", &job, "--quiet", "--threads", "3"]).out.contains("the same bits"));
    assert_eq!(place.sql("SELECT attempts FROM trials"), ["1"]);
}
