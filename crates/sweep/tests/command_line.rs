//! Help and messages, word for word.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use insta::assert_snapshot;
use support::Place;

#[test]
fn help_has_an_example_for_every_command() {
    let place = Place::new();
    let commands: [&[&str]; 25] = [
        &[],
        &["run"],
        &["plan"],
        &["status"],
        &["retry"],
        &["cancel"],
        &["rerun"],
        &["merge"],
        &["forget"],
        &["check-db"],
        &["report"],
        &["serve"],
        &["show"],
        &["compare"],
        &["plot"],
        &["export"],
        &["eval"],
        &["predict"],
        &["data"],
        &["data", "inspect"],
        &["data", "verify"],
        &["data", "export"],
        &["devices"],
        &["models"],
        &["sql"],
    ];
    for command in commands {
        let ran = place.succeed(&[command, &["--help"]].concat());
        assert!(command == ["data"] || ran.out.contains("Example"), "{command:?} has no example");
        assert_snapshot!(format!("help {}", command.join(" ")).trim(), ran.out);
    }
}

const GOOD: &str = r#"
name = "good"
[data]
set = "synthetic"
limit = 20
[grid]
model = "eegnet"
activation = "elu"
epochs = 1
"#;

/// What a wrong command says. Nothing of it may leave a database behind.
#[test]
fn mistakes_are_told_and_leave_nothing_behind() {
    let place = Place::new();
    place.write("good.toml", GOOD);
    place.write("bad.toml", &GOOD.replace("elu", "ulu").replace("epochs = 1", "epoch = 1"));
    place.write("lab.toml", &GOOD.replace("set = \"synthetic\"\nlimit = 20", "set = \"bci3b\""));
    place.write("nothing.safetensors", "no weights at all");
    place.write("broken.npz", "no archive at all");
    let cases: [(&str, &[&str]); 19] = [
        ("no such sweep file", &["run", "missing.toml"]),
        ("mistakes in the sweep file", &["run", "bad.toml"]),
        ("mistakes in overrides", &["plan", "good.toml", "--set", "batch_size=0", "--set", "lerning_rate=1"]),
        ("data files are missing", &["run", "lab.toml"]),
        ("verify finds nothing", &["data", "verify"]),
        ("unknown device", &["run", "good.toml", "--device", "tpu"]),
        ("no cuda in this build", &["run", "good.toml", "--device", "cuda"]),
        ("no database", &["report"]),
        ("no database for a query", &["sql", "SELECT 1"]),
        (
            "unknown model",
            &[
                "predict",
                "--model",
                "eegnets",
                "--activation",
                "elu",
                "--weights",
                "w",
                "--data",
                "d",
                "--out",
                "o",
            ],
        ),
        (
            "slope of elu",
            &[
                "predict",
                "--model",
                "eegnet",
                "--activation",
                "elu",
                "--slope",
                "1",
                "--weights",
                "w",
                "--data",
                "d",
                "--out",
                "o",
            ],
        ),
        (
            "broken archive",
            &[
                "predict",
                "--model",
                "eegnet",
                "--activation",
                "elu",
                "--weights",
                "nothing.safetensors",
                "--data",
                "broken.npz",
                "--out",
                "o",
            ],
        ),
        ("too few samples", &["models", "deepconvnet", "--samples", "40"]),
        ("setting of no network", &["models", "eegnet", "--set", "kernel_lenght=25"]),
        ("setting without value", &["models", "--set", "kernel_length"]),
        ("setting out of range", &["models", "deepconvnet", "--set", "filters=[25, 50]"]),
        (
            "settings too large",
            &[
                "models",
                "eegnet",
                "--set=temporal_filters=1024",
                "--set=spatial_filters=64",
                "--set=separable_kernel_length=4096",
            ],
        ),
        ("too many channels", &["models", "eegnet", "--channels", "18446744073709551615"]),
        (
            "initial weights that are none",
            &["run", "good.toml", "--set", "initial_weights=nothing.safetensors"],
        ),
    ];
    for (name, arguments) in cases {
        let ran = place.run(arguments);
        assert_ne!(ran.code, Some(0), "{name}");
        assert_snapshot!(name, ran.transcript());
    }
    assert!(!place.path("results.db").exists());
}

#[test]
fn a_database_that_is_none_is_left_alone() {
    let place = Place::new();
    place.write("good.toml", GOOD);
    place.write("results.db", &"this is no database ".repeat(50));
    for (name, arguments) in
        [("run on no database", ["run", "good.toml"].as_slice()), ("report of no database", &["report"])]
    {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(3));
        assert_snapshot!(name, ran.transcript());
    }
    assert!(std::fs::read_to_string(place.path("results.db")).unwrap().starts_with("this is no database"));
}

/// What `predict` and `run` write must not take the place of something else.
#[test]
fn outputs_that_would_destroy_something_are_refused() {
    let place = Place::new();
    place.write("good.toml", GOOD);
    place.write("x.npz", "trials");
    place.write("w.safetensors", "weights");
    place.write("other.weights", "no folder");
    let predict = ["predict", "--model", "eegnet", "--activation", "elu", "--weights", "w.safetensors"];
    let cases: [(&str, &[&str]); 4] = [
        ("output onto the data", &["--data", "x.npz", "--out", "x.npz"]),
        ("output onto the weights", &["--data", "x.npz", "--out", "./w.safetensors"]),
        ("output onto a folder", &["--data", "x.npz", "--out", "."]),
        ("weights folder is a file", &["run", "good.toml", "--db", "other.db"]),
    ];
    for (name, arguments) in cases {
        let arguments =
            if arguments[0] == "run" { arguments.to_vec() } else { [&predict, arguments].concat() };
        let ran = place.run(&arguments);
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
        assert_snapshot!(name, ran.transcript());
    }
    assert_eq!(std::fs::read_to_string(place.path("x.npz")).unwrap(), "trials");
    assert_eq!(std::fs::read_to_string(place.path("w.safetensors")).unwrap(), "weights");
    assert!(!place.path("other.db").exists());
}

#[test]
fn questions_to_a_database() {
    let place = Place::new();
    place.write("good.toml", GOOD);
    place.succeed(&["run", "good.toml", "--quiet"]);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let cases: [(&str, &[&str]); 9] = [
        ("unknown job", &["eval", "ffff"]),
        ("unknown job to show", &["show", "ffff"]),
        ("weights that no job has", &["eval", &job, "--weights", "selected"]),
        ("unknown sweep", &["report", "--sweep", "bad"]),
        ("writing is refused", &["sql", "DELETE FROM epoch"]),
        ("wrong query", &["sql", "SELECT accuracy FROM trials"]),
        ("two statements", &["sql", "SELECT 1; SELECT 2"]),
        ("query without quotes", &["sql", "SELECT", "1"]),
        ("no option and no query", &["sql", "--formt=csv", "SELECT 1"]),
    ];
    for (name, arguments) in cases {
        let ran = place.run(arguments);
        assert_ne!(ran.code, Some(0), "{name}");
        assert_snapshot!(name, ran.transcript());
    }
    assert_snapshot!("models", place.succeed(&["models"]).out);
    let set = ["models", "deepconvnet", "--set", "filters=[10, 20, 30, 40]", "--set", "pool=3"];
    assert_snapshot!("models with settings", place.succeed(&set).out);
}
