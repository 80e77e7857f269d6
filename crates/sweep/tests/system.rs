//! What the system may refuse: readers that go away, files beyond a limit, open files, a folder for temporary files.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{io::pipe, os::unix::process::ExitStatusExt, process::Command};

use support::{Place, Ran};

const SMALL: &str = r#"
name = "small"
[data]
set = "synthetic"
limit = 20
[grid]
model = "eegnet"
activation = ["relu", "elu"]
batch_size = 10
epochs = 2
seed = [1, 2]
"#;

fn place_with_results() -> Place {
    let place = Place::new();
    place.write("small.toml", SMALL);
    place.succeed(&["run", "small.toml", "--quiet"]);
    place
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = place_with_results();
    let jobs = place.sql("SELECT job_id FROM trials ORDER BY activation DESC");
    let (one, other) = (jobs[0].as_str(), jobs[1].as_str());
    // Far more than any buffer holds.
    let long = "SELECT * FROM epochs AS a, epochs AS b, epochs AS c";
    let weights = format!("results.weights/{one}/best.safetensors");
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["report"],
        vec!["report", "--best"],
        vec!["report", "--by", "model"],
        vec!["report", "--top", "3"],
        vec!["plan", "small.toml"],
        vec!["plan", "small.toml", "--format", "json"],
        vec!["status"],
        vec!["show", one],
        vec!["compare", one, other],
        vec!["eval", one],
        vec!["models"],
        vec!["data", "inspect", "small.toml"],
        vec!["check-db"],
        vec!["export", "--out", "exported", "--format", "csv"],
        vec!["plot", "--kind", "curves"],
        vec![
            "predict",
            "--model",
            "eegnet",
            "--activation",
            "relu",
            "--weights",
            &weights,
            "--data",
            "out/test.npz",
            "--out",
            "logits.npz",
        ],
        vec!["--help"],
        vec!["run", "--help"],
    ];
    for format in ["table", "markdown", "latex", "csv", "json"] {
        commands.push(vec!["report", "--format", format]);
        commands.push(vec!["report", "--by", "model", "--format", format]);
    }
    for format in ["table", "csv", "json"] {
        commands.push(vec!["sql", "--format", format, long]);
    }
    place.succeed(&["data", "export", "small.toml", "--dir", "out"]);
    for arguments in commands {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let ran = Ran::from(place.command(&arguments).stdout(writer).output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// Runs the program in a shell that sets a limit before.
fn limited(place: &Place, limit: &str, arguments: &[&str]) -> Ran {
    let program = place.command(&[]);
    let mut command = Command::new("bash");
    command.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\"")]).arg(program.get_program());
    let output = command.args(arguments).current_dir(place.path(".")).output().unwrap();
    assert_eq!(output.status.signal(), None, "{output:?}");
    let ran = Ran::from(output);
    assert!(!ran.err.contains("fault in sweep") && !ran.err.contains("panicked"), "{}", ran.err);
    ran
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_with_words() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    // Blocks of 1024 bytes: the database has more with its tables alone, and then the weights have more.
    for limit in ["-f 60", "-f 700"] {
        let ran = limited(
            &place,
            limit,
            &["run", "small.toml", "--set", "epochs=40", "--set", "seed={ from = 0, to = 39, steps = 40 }"],
        );
        assert!(matches!(ran.code, Some(1 | 3)), "{ran:?}");
        assert!(
            ran.err.contains("too large") || ran.err.contains("raise the limit (`ulimit -f`)"),
            "{}",
            ran.err
        );
    }
    place.succeed(&["run", "small.toml", "--quiet"]);
}

#[test]
fn a_limit_on_open_files_is_an_error_with_words() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let (mut failed, mut finished) = (0, 0);
    for limit in [6, 8, 10, 12, 14, 16, 20, 24, 32, 64] {
        let ran = limited(&place, &format!("-n {limit}"), &["run", "small.toml", "--workers", "1"]);
        if ran.code == Some(0) {
            finished += 1;
        } else {
            assert!(ran.code.is_some_and(|code| code <= 3) && !ran.err.is_empty(), "{limit}: {ran:?}");
            failed += 1;
        }
    }
    assert!(failed > 0 && finished > 0, "{failed} {finished}");
}

#[test]
fn a_missing_folder_for_temporary_files_is_no_obstacle() {
    let place = place_with_results();
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let ran = Ran::from(place.command(&["rerun", &job]).env("TMPDIR", "/no/such/folder").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("the same bits"), "{}", ran.out);
}
