//! Bad input ends with exit code 2, words and nothing else, whatever kind of input it is.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, io::Write, process::Stdio};

use insta::assert_snapshot;
use support::Place;

#[test]
fn bad_input_of_every_kind_ends_with_code_2() {
    let place = Place::new();
    fs::write(place.path("latin.toml"), b"name = \"caf\xe9\"\n").unwrap();
    place.write("deep.toml", &format!("a = {}", "[".repeat(100_000)));
    place.write("device.toml", "name = 'x'\n[data]\nset = 'synthetic'\n[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\ninitial_weights = '/dev/zero'\n");
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/../sweep-data/tests/fixtures/f8_stored.npz");
    fs::copy(archive, place.path("good.npz")).unwrap();
    let mut red = zip::ZipWriter::new(fs::File::create(place.path("red.npz")).unwrap());
    red.start_file("\u{1b}[31mred.npy", zip::write::SimpleFileOptions::default()).unwrap();
    red.finish().unwrap();
    let predict = |weights| {
        [
            "predict",
            "--model",
            "eegnet",
            "--activation",
            "elu",
            "--data",
            "good.npz",
            "--out",
            "out.npz",
            "--weights",
            weights,
        ]
    };
    let cases: [(&str, &[&str]); 8] = [
        ("a sweep file without end", &["plan", "/dev/zero"]),
        ("a sweep file in another encoding", &["plan", "latin.toml"]),
        ("brackets in brackets", &["plan", "deep.toml"]),
        ("initial weights without end", &["plan", "device.toml"]),
        ("a data archive without end", &["data", "inspect", "/dev/zero"]),
        ("weights without end", &predict("/dev/zero")),
        ("an array with a name that commands the terminal", &["data", "inspect", "red.npz"]),
        ("weights that are no weights", &predict("good.npz")),
    ];
    let mut answers = String::new();
    for (what, arguments) in cases {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{what}: {}\n{}", ran.out, ran.err);
        assert!(!ran.err.contains("panicked") && !ran.err.contains('\u{1b}'), "{what}: {}", ran.err);
        let shown: String =
            ran.err.lines().map(|line| format!("{}\n", line.chars().take(160).collect::<String>())).collect();
        answers.push_str(&format!("## {what}\n{shown}\n"));
    }
    assert_snapshot!(answers);
}

#[test]
fn a_worker_that_is_told_nonsense_says_so() {
    let place = Place::new();
    let mut command = place.command(&["worker", "--device", "cpu", "--threads", "1"]);
    let mut worker =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    worker.stdin.take().unwrap().write_all(b"nonsense\n").unwrap();
    let ended = worker.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert_snapshot!(String::from_utf8(ended.stderr).unwrap());
}

#[test]
fn queries_that_would_do_more_than_read_end_with_code_2() {
    let place = Place::new();
    place.write("quick.toml", "name = 'quick'\n[data]\nset = 'synthetic'\nlimit = 20\n[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n");
    place.succeed(&["run", "quick.toml"]);
    let before = fs::read(place.path("results.db")).unwrap();
    for query in [
        "VACUUM INTO 'copy.db'",
        "ATTACH 'copy.db' AS c",
        "PRAGMA user_version = 9",
        "SELECT load_extension('x')",
        "DELETE FROM job",
    ] {
        let ran = place.run(&["sql", query]);
        assert_eq!(ran.code, Some(2), "{query}: {}", ran.err);
    }
    assert!(!place.path("copy.db").exists());
    assert_eq!(fs::read(place.path("results.db")).unwrap(), before);
}
