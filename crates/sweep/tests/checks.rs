//! What is checked before training: `plan` and `run` refuse the same in the same words, and warn of the same; recorded paths are found from any
//! folder.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, path::Path};

use support::{Place, repository};
use sweep_data::{ArrayValues, NamedArray, write_npz};

/// Trials of noise, `[trial, time, channel]`, with two labels in turn; `change` is applied to every sample.
fn archive(path: &Path, [trials, samples, channels]: [usize; 3], change: impl Fn(usize, f32) -> f32) {
    let noise = |index: usize| ((index * 7919 + index * index) as f32 * 0.37).sin() * 20.0;
    let values = samples * channels;
    let signal: Vec<f32> = (0..trials * values).map(|index| change(index / values, noise(index))).collect();
    let labels: Vec<i64> = (0..trials as i64).map(|trial| trial % 2).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &[trials, samples, channels], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[trials], values: ArrayValues::I64(&labels) },
    ];
    write_npz(path, &arrays).unwrap();
}

const OWN: &str = r#"name = "own"
[data]
set = "npz"
train = ["data/train.npz"]
test = ["data/test.npz"]
[grid]
model = ["eegnet", "deepconvnet"]
activation = "elu"
batch_size = 16
epochs = 1
"#;

/// A folder with own.toml and its data, of so many samples.
fn own(samples: usize) -> Place {
    let place = Place::new();
    fs::create_dir(place.path("data")).unwrap();
    for part in ["train", "test"] {
        archive(&place.path("data").join(part).with_extension("npz"), [24, samples, 3], |_, value| value);
    }
    place.write("own.toml", OWN);
    place
}

#[test]
fn plan_and_run_refuse_the_same_with_the_line_that_is_to_blame() {
    let place = own(64);
    archive(&place.path("data/longer.npz"), [8, 65, 3], |_, value| value);
    place.write("data/words.npz", "These are no trials.\n");
    fs::write(place.path("data/rec.npz"), [b"GDF 2.20".as_slice(), &[0; 300]].concat()).unwrap();
    fs::create_dir(place.path("lab")).unwrap();
    let cases: [(&str, &[&str]); 8] = [
        ("a network that is too large for the trials", &[]),
        ("a file that is not there", &["--set", "model=eegnet", "--set", "data.test=data/tset.npz"]),
        ("trials of different length", &["--set", "data.train=data/train.npz,data/longer.npz"]),
        ("a recording", &["--set", "data.train=data/rec.npz"]),
        ("text", &["--set", "data.test=data/words.npz"]),
        ("too few trials for validation", &["--set", "model=eegnet", "--set", "data.validation=0.01"]),
        ("too small a limit", &["--set", "data.limit=1"]),
        ("the lab's files are not there", &["--set", "data.set=bci3b", "--set", "data.dir=lab"]),
    ];
    let mut answers = String::new();
    for (what, set) in cases {
        let [plan, run] = ["plan", "run"].map(|command| place.run(&[&[command, "own.toml"], set].concat()));
        assert_eq!((plan.code, run.code), (Some(2), Some(2)), "{what}: {}{}", plan.err, run.err);
        assert_eq!(plan.err, run.err, "{what}");
        // What can be told without the data is told all the same.
        assert!(plan.out.starts_with("own: "), "{what}: {}", plan.out);
        answers.push_str(&format!("## {what}\n{}\n", plan.err));
    }
    insta::assert_snapshot!(answers);
    assert!(!place.path("results.db").exists());
    let plan = place.run(&["plan", "own.toml"]);
    assert!(plan.out.contains("deepconvnet  cannot be built for these trials"), "{}", plan.out);
}

#[test]
fn what_looks_wrong_is_said_by_inspect_plan_and_run_alike() {
    let place = Place::new();
    fs::create_dir(place.path("data")).unwrap();
    for part in ["train", "test"] {
        // In volts, with a trial that was not recorded. The axes are in another order than the sweep file says.
        let change = |trial, value: f32| if trial == 5 { f32::NAN } else { value * 1e-6 };
        archive(&place.path("data").join(part).with_extension("npz"), [24, 100, 150], change);
    }
    place.write("own.toml", OWN);
    let set = ["--set", "model=eegnet", "--set", "data.validation=0.2"];
    let plan = place.succeed(&[&["plan", "own.toml"], set.as_slice()].concat());
    insta::assert_snapshot!(plan.err);
    assert!(!plan.out.contains("warning"), "{}", plan.out);
    let run = place.succeed(&[&["run", "own.toml", "--quiet"], set.as_slice()].concat());
    assert_eq!(run.err, plan.err);
    // Nothing is trained: what the sets share is known, and the data are not looked at again.
    let again = place.succeed(&[&["run", "own.toml"], set.as_slice()].concat());
    let told: Vec<&str> = again.err.lines().collect();
    assert!(told.len() == 3 && told[1..].iter().all(|line| line.contains("trials are also")), "{told:?}");
    let inspected = place.succeed(&[&["data", "inspect", "own.toml"], set.as_slice()].concat());
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What the sets share stands before what looks wrong.
    let (shared, wrong): (Vec<&str>, Vec<&str>) =
        plan.err.lines().partition(|line| line.contains("trials are also"));
    let inspected = one_line(&inspected.out);
    assert!(inspected.ends_with(&one_line(&wrong.join(" "))), "{inspected}");
    assert!(shared.iter().all(|line| inspected.contains(&one_line(line))), "{inspected}");
    let archive = place.succeed(&["data", "inspect", "data/train.npz", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&archive.out).unwrap();
    let kinds: Vec<_> = found["findings"].as_array().unwrap().iter().map(|it| &it["finding"]).collect();
    assert_eq!(kinds, ["more_channels_than_samples", "small_signal", "missing_trials"]);
    assert_eq!(found["findings"][2]["trials"][0], 5);
}

#[test]
fn recorded_paths_are_found_from_any_folder() {
    let place = own(128);
    let folder = fs::canonicalize(place.path(".")).unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    place.succeed(&["run", "own.toml", "--set", "model=eegnet", "--quiet"]);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let recorded = place.sql("SELECT spec FROM data_sets").remove(0);
    assert!(recorded.contains(folder.join("data/train.npz").to_str().unwrap()), "{recorded}");
    assert_eq!(place.sql("SELECT data_title FROM trials"), ["\"data/train.npz, data/test.npz\""]);
    let eval = |folder: &Path, database: &str| {
        let mut command = place.command(&["eval", &job, "--db", database]);
        support::Ran::from(command.current_dir(folder).output().unwrap())
    };
    let from_elsewhere = eval(&place.path("elsewhere"), "../results.db");
    assert!(from_elsewhere.out.contains("equal: every logit"), "{}", from_elsewhere.err);

    // The same data set from another folder: nothing is trained or recorded anew.
    let own = fs::read_to_string(place.path("own.toml")).unwrap().replace("data/", "../data/");
    place.write("elsewhere/own.toml", &own);
    let mut again = place.command(&["run", "own.toml", "--set", "model=eegnet", "--db", "../results.db"]);
    let again = support::Ran::from(again.current_dir(place.path("elsewhere")).output().unwrap());
    assert!(again.err.starts_with("nothing to do"), "{}", again.err);
    assert_eq!(place.sql("SELECT count(*) FROM data_sets"), ["1"]);

    // The project is moved: its files lie below its new folder as they did below the old one.
    let moved = place.path("moved");
    fs::create_dir(&moved).unwrap();
    for name in ["data", "results.db", "results.weights"] {
        fs::rename(place.path(name), moved.join(name)).unwrap();
    }
    for (folder, database) in
        [(moved.clone(), "results.db"), (place.path("elsewhere"), "../moved/results.db")]
    {
        let ran = eval(&folder, database);
        assert!(ran.out.contains("equal: every logit"), "{}", ran.err);
    }
    // Files of another project with the same names are not taken for them.
    fs::create_dir(place.path("data")).unwrap();
    for part in ["train.npz", "test.npz"] {
        archive(&place.path("data").join(part), [24, 128, 3], |_, value| value + 1.0);
    }
    let beside = eval(&place.path("."), "moved/results.db");
    assert!(beside.out.contains("equal: every logit"), "{}", beside.err);
    fs::remove_dir_all(place.path("data")).unwrap();
    fs::remove_file(moved.join("data/test.npz")).unwrap();
    let gone = eval(&moved, "results.db");
    assert_eq!(gone.code, Some(2));
    let shown = gone.err.replace(&format!("{}", folder.display()), "PLACE");
    insta::assert_snapshot!(shown, @"
    error: cannot find the data file PLACE/data/test.npz; also looked below PLACE/moved
    help: put the files back, or run the command in the folder in which the sweep was run
    ");
}

#[test]
fn initial_weights_are_recorded_with_their_whole_path_and_shown_without() {
    let place = own(128);
    let set = ["--set", "model=eegnet", "--quiet"];
    place.succeed(&[&["run", "own.toml"], set.as_slice()].concat());
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let weights = format!("results.weights/{job}/last.safetensors");
    let initial = format!("initial_weights={weights}");
    place.succeed(&[&["run", "own.toml", "--set", &initial], set.as_slice()].concat());
    let [row] =
        &place.sql("SELECT job_id, initial_weights FROM trials WHERE initial_weights IS NOT NULL")[..]
    else {
        panic!("one job has initial weights")
    };
    let (second, path) = row.split_once(',').unwrap();
    assert_eq!(Path::new(path), fs::canonicalize(place.path(".")).unwrap().join(&weights));
    let shown = place.succeed(&["show", second]).out;
    assert!(shown.contains(&weights) && !shown.contains(path), "{shown}");
    // It is trained once more from another folder, and from that path.
    fs::create_dir(place.path("elsewhere")).unwrap();
    let mut rerun = place.command(&["rerun", second, "--db", "../results.db"]);
    let rerun = support::Ran::from(rerun.current_dir(place.path("elsewhere")).output().unwrap());
    assert!(rerun.out.contains("the same bits"), "{}{}", rerun.out, rerun.err);
}

#[test]
fn the_sweep_files_of_the_repository_plan() {
    let place = Place::new();
    let mut planned = 0;
    for entry in fs::read_dir(repository("sweeps")).unwrap() {
        let path = entry.unwrap().path();
        let ran = place.run(&["plan", path.to_str().unwrap()]);
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(ran.out.starts_with(&format!("{name}: ")), "{}", ran.out);
        // The data of some are not here: that is said behind the plan.
        let needs_data = !fs::read_to_string(&path).unwrap().contains("set = \"synthetic\"");
        assert_eq!(ran.code, Some(if needs_data { 2 } else { 0 }), "{name}: {}", ran.err);
        assert_eq!(ran.err.is_empty(), !needs_data, "{name}: {}", ran.err);
        planned += 1;
    }
    assert!(planned >= 2);
}

#[test]
fn names_do_not_steer_the_terminal() {
    let place = Place::new();
    let turned = r#"name = "\u202Eabc"
[data]
set = "synthetic"
limit = 20
[grid]
model = "eegnet"
activation = "elu"
epochs = 1
"#;
    place.write("\u{1b}[31mred.toml", "name = 1");
    place.write("turned.toml", turned);
    let red = place.run(&["plan", "\u{1b}[31mred.toml"]);
    assert!(!red.err.contains('\u{1b}') && red.err.contains("--> \\u{1b}[31mred.toml:1:8"), "{}", red.err);
    let plan = place.succeed(&["plan", "turned.toml"]);
    assert!(plan.out.starts_with("\\u{202e}abc: 1 job"), "{}", plan.out);
    let run = place.succeed(&["run", "turned.toml"]);
    let told = [run.err, place.succeed(&["report"]).out, place.succeed(&["status"]).out].concat();
    assert!(told.contains("\\u{202e}abc") && !told.contains('\u{202e}'), "{told}");
}

#[test]
fn mistyped_names_are_answered_with_the_closest() {
    let place = Place::new();
    let mut answers = String::new();
    for arguments in [&["reprt"][..], &["modles"], &["models", "egnet"], &["models", "transformer"]] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2));
        answers.push_str(&format!("$ sweep {}\n{}\n", arguments.join(" "), ran.err));
    }
    insta::assert_snapshot!(answers);
}
