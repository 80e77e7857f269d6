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
    1 file of weights is not used by any result and can be removed
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
    1 file of weights is not used by any result and can be removed
      results.weights/JOB/stray.safetensors
    ");
}

#[test]
fn a_link_and_its_target_are_one_database_with_one_weights_folder() {
    let (place, job) = place_of_one();
    std::os::unix::fs::symlink("results.db", place.path("link.db")).unwrap();
    place.succeed(&["run", "one.toml", "--quiet", "--db", "link.db", "--set", "seed=1"]);
    assert!(!place.path("link.weights").exists() && !place.path("link.db.lock").exists());
    for name in ["link.db", "results.db"] {
        let whole = place.succeed(&["check-db", "--db", name]).out;
        assert!(whole.contains("4 files of weights, as they were saved"), "{whole}");
        place.succeed(&["eval", &job, "--db", name]);
    }
    // Earlier versions saved weights under the name of the link.
    fs::rename(place.path("results.weights"), place.path("link.weights")).unwrap();
    let lost = place.run(&["eval", &job, "--db", "link.db"]);
    assert_eq!(lost.code, Some(2));
    let advice = "link.db is a link, and link.weights is not used: weights lie beside the file that the link leads to; \
                  move what is in it with `mkdir -p results.weights && mv -n link.weights/* results.weights/`";
    assert!(lost.err.contains(&format!("help: {advice}")), "{}", lost.err);
    let warned = place.succeed(&["retry", &job, "--db", "link.db"]);
    assert!(warned.err.contains(&format!("warning: {advice}")), "{}", warned.err);
    fs::create_dir(place.path("results.weights")).unwrap();
    fs::rename(place.path("link.weights").join(&job), place.path("results.weights").join(&job)).unwrap();
    place.succeed(&["eval", &job, "--db", "link.db"]);
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
    assert!(
        told.contains("results.db is DAMAGED")
            && told.contains("sweep check-db --db results.db --salvage NEW.db"),
        "{told}"
    );
    assert!(!told.contains("fault in sweep"), "{told}");

    fs::write(place.path("results.db"), "no database at all, but long enough to be taken for one".repeat(99))
        .unwrap();
    let other = place.run(&["check-db"]);
    assert_eq!(other.code, Some(3));
    insta::assert_snapshot!(other.err, @"error: results.db is not an SQLite database, or its beginning is damaged: name another file with `--db`, or run `sweep check-db`");
}

/// The header and all that it says of the file are gone: nothing but this program reads the rest.
#[test]
fn a_damaged_database_is_salvaged_with_its_weights() {
    let (place, job) = place_of_one();
    let rows = "SELECT job_id, epoch, train_loss, test_loss, test_accuracy FROM epochs";
    let original = place.sql(rows);
    let mut bytes = fs::read(place.path("results.db")).unwrap();
    bytes[..4096].fill(0);
    fs::write(place.path("results.db"), &bytes).unwrap();
    let found = place.run(&["check-db"]);
    assert_eq!(found.code, Some(3), "{}{}", found.out, found.err);
    insta::assert_snapshot!(found.out, @"
    results.db is DAMAGED
      its first 100 bytes are not those of a results database, but there are jobs behind them
    this copies what is whole into a new database and changes nothing here:
      sweep check-db --db results.db --salvage NEW.db
    ");
    let salvage = ["check-db", "--salvage", "saved.db"];
    insta::assert_snapshot!(place.succeed(&salvage).out, @"
    saved.db: 1 sweep, 1 job with a result (1 finished), 1 epoch, 2 snapshots, 2 files of weights
    results.db: its table definitions cannot be read
    nothing is missing
    ");
    assert_eq!(fs::read(place.path("results.db")).unwrap(), bytes);
    let again = place.run(&salvage);
    assert_eq!(again.code, Some(2));
    insta::assert_snapshot!(again.err, @"error: saved.db exists: name a new file");

    fs::remove_file(place.path("results.db")).unwrap();
    fs::remove_dir_all(place.path("results.weights")).unwrap();
    fs::rename(place.path("saved.db"), place.path("results.db")).unwrap();
    fs::rename(place.path("saved.weights"), place.path("results.weights")).unwrap();
    assert_eq!(place.sql(rows), original);
    assert!(place.succeed(&["check-db"]).out.contains("results.db is whole: 1 job finished"));
    place.succeed(&["eval", &job]);
    let summary = place.succeed(&["run", "one.toml"]);
    assert_eq!(place.sql("SELECT attempts FROM trials"), ["1"], "{}{}", summary.out, summary.err);
}

#[test]
fn nothing_is_forgotten_unless_it_is_meant() {
    let (place, job) = place_of_one();
    let asked = place.run(&["forget", "one"]);
    assert_eq!(asked.code, Some(2));
    insta::assert_snapshot!(asked.err, @r#"
    results.db: sweep "one" and 1 job of it would be forgotten, 1 finished, with all epochs, predictions and weights
    error: cannot ask for confirmation: standard input is not a terminal
    help: pass `--yes` to remove without a question
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

#[test]
fn results_of_another_database_come_in_once_and_conflicts_are_told() {
    let (place, job) = place_of_one();
    let other = ["--db", "other.db"];
    place.succeed(&[&["run", "one.toml", "--quiet", "--set", "seed=1,2"], other.as_slice()].concat());
    place.succeed(&[&["run", "one.toml", "--quiet"], other.as_slice()].concat());
    let weights = "SELECT weights_sha256 FROM snapshots ORDER BY 1";
    insta::assert_snapshot!(place.succeed(&["merge", "other.db"]).out, @"2 results brought in with weights, 1 here before with the same bits, 0 without a result there");
    insta::assert_snapshot!(place.succeed(&["merge", "other.db"]).out, @"0 results brought in with weights, 3 here before with the same bits, 0 without a result there");
    assert_eq!(place.sql("SELECT count(*) FROM trials WHERE status = 'finished'"), ["3"]);
    let theirs = place.succeed(&[&["sql", weights, "--format", "csv"], other.as_slice()].concat()).out;
    assert_eq!(place.sql(weights), theirs.lines().skip(1).collect::<Vec<_>>());
    // They can be evaluated, and times and runs are those of their training.
    for merged in place.sql("SELECT job_id FROM trials") {
        place.succeed(&["eval", &merged]);
    }
    let times = "SELECT started_at, finished_at FROM trials WHERE seed > 0 ORDER BY 1";
    let theirs = place.succeed(&[&["sql", times, "--format", "csv"], other.as_slice()].concat()).out;
    assert_eq!(place.sql(times), theirs.lines().skip(1).collect::<Vec<_>>());
    assert_eq!(place.sql("SELECT count(*) FROM runs WHERE command_line LIKE '%--db other.db%'"), ["1"]);
    assert!(place.succeed(&["check-db"]).out.contains("is whole: 3 jobs finished"));

    // One whose weights are gone there, and the database itself.
    place.succeed(&["forget", "one", "--yes"]);
    let seed_two = ["sql", "SELECT job_id FROM trials WHERE seed = 2", "--format", "csv", "--db", "other.db"];
    let gone = place.succeed(&seed_two).out.lines().nth(1).unwrap().to_owned();
    fs::remove_dir_all(place.path("other.weights").join(gone)).unwrap();
    let merged = place.run(&["merge", "other.db"]);
    assert_eq!(merged.code, Some(1));
    assert!(merged.out.contains("1 job: not brought in, since their weights are missing"), "{}", merged.out);
    assert!(place.sql("SELECT job_id FROM trials WHERE status = 'finished'").contains(&job));
    assert_eq!(place.run(&["merge", "results.db"]).code, Some(2));
}
