//! Signal that the train and the test set share is found, recorded, and told wherever an accuracy is.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;

use support::{Place, repository};
use sweep_data::{ArrayValues, NamedArray, write_npz};

const CHANNELS: usize = 2;
const SAMPLES: usize = 160;
const WARNING: &str =
    "warning: 12 of 12 test trials share signal with train trials (test trial 0 and train trial ";

/// Windows of noise, `step` samples apart, as an archive with labels in turn.
fn write_windows(place: &Place, name: &str, begin: usize, step: usize, trials: usize) {
    // The finaliser of SplitMix64, so that a sample is a function of its place.
    let mixed = |mut number: u64| {
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    };
    let sample = |channel: usize, at: usize| {
        (mixed((2 * at + channel + 1) as u64 * 0x9e37_79b9) % 2000) as f32 / 100.0
    };
    let mut signal = Vec::new();
    for trial in 0..trials {
        for channel in 0..CHANNELS {
            let from = begin + trial * step;
            signal.extend((from..from + SAMPLES).map(|at| sample(channel, at)));
        }
    }
    let labels: Vec<i64> = (0..trials as i64).map(|trial| trial % 2).collect();
    let subjects: Vec<i64> = (0..trials as i64).map(|trial| 10 * (begin as i64 + 1) + trial / 6).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &[trials, CHANNELS, SAMPLES], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[trials], values: ArrayValues::I64(&labels) },
        NamedArray { name: "subject", shape: &[trials], values: ArrayValues::I64(&subjects) },
    ];
    write_npz(&place.path(name), &arrays).unwrap();
}

fn write_sweep(place: &Place, name: &str, data: &str) {
    let text = format!(
        "name = \"{name}\"\n[data]\nset = \"npz\"\nlayout = \"trial,channel,time\"\n{data}\n[grid]\nmodel = \"eegnet\"\n\
         activation = [\"relu\", \"elu\"]\nepochs = 1\nbatch_size = 12\nseed = 0\n"
    );
    place.write(&format!("{name}.toml"), &text);
}

#[test]
fn overlapping_windows_are_told_everywhere() {
    let place = Place::new();
    // Test windows lie half in one train window and half in the next.
    write_windows(&place, "train.npz", 0, SAMPLES, 13);
    write_windows(&place, "test.npz", SAMPLES / 2, SAMPLES, 12);
    write_sweep(&place, "overlap", "train = [\"train.npz\"]\ntest = [\"test.npz\"]");
    let says = |text: &str| assert!(text.replace('\n', " ").contains(WARNING), "{text}");

    says(&place.succeed(&["plan", "overlap.toml"]).err);
    says(&place.succeed(&["data", "inspect", "overlap.toml"]).out);
    let ran = place.succeed(&["run", "overlap.toml", "--workers", "1", "--report"]);
    says(&ran.err);
    says(&ran.out);
    // Also if there is nothing left to train.
    says(&place.succeed(&["run", "overlap.toml"]).err);
    let jobs = place.sql("SELECT job_id FROM trials");
    says(&place.succeed(&["report"]).out);
    says(&place.succeed(&["report", "--best"]).out);
    says(&place.succeed(&["report", "--by", "activation"]).out);
    says(&place.succeed(&["report", "--by", "activation", "--format", "csv"]).err.replace("note", "warning"));
    says(&place.succeed(&["show", &jobs[0]]).out);
    says(&place.succeed(&["compare", &jobs[0], &jobs[1]]).out);
    place.succeed(&["report", "--html", "report.html"]);
    says(&format!(
        "warning: {}",
        fs::read_to_string(place.path("report.html")).unwrap().replace("<li>", "warning: ")
    ));
    assert_eq!(place.sql("SELECT DISTINCT test_trials_shared_with_train FROM trials"), ["12"]);
    assert_eq!(place.sql("SELECT test_trials_identical_to_train FROM data_sets"), ["0"]);
    let rows =
        place.succeed(&["report", "--format", "csv", "--where", "test_trials_shared_with_train > 0"]).out;
    let (head, rows) = rows.split_once('\n').unwrap();
    let from_end = head.split(',').rev().position(|name| name == "test_trials_shared_with_train").unwrap();
    let shared: Vec<_> = rows.lines().map(|row| row.rsplit(',').nth(from_end)).collect();
    assert_eq!(shared, [Some("12"); 2]);
}

#[test]
fn what_shares_nothing_is_not_warned_of() {
    let place = Place::new();
    write_windows(&place, "train.npz", 0, SAMPLES / 2, 24);
    write_windows(&place, "test.npz", 100 * SAMPLES, SAMPLES / 2, 12);
    let data = "train = [\"train.npz\"]\ntest = [\"test.npz\"]";
    write_sweep(&place, "apart", data);
    for arguments in [["plan", "apart.toml"].as_slice(), &["run", "apart.toml", "--workers", "1", "--report"]]
    {
        let ran = place.succeed(arguments);
        assert!(!ran.err.contains("warning") && !ran.out.contains("warning"), "{}{}", ran.err, ran.out);
    }
    assert_eq!(place.sql("SELECT test_trials_shared_with_train FROM data_sets"), ["0"]);
}

#[test]
fn subjects_are_held_out_as_a_whole_on_request() {
    let place = Place::new();
    write_windows(&place, "train.npz", 0, SAMPLES / 2, 24);
    write_windows(&place, "test.npz", 100 * SAMPLES, SAMPLES / 2, 12);
    let data = "train = [\"train.npz\"]\ntest = [\"test.npz\"]\nvalidation = 0.25\n";
    write_sweep(&place, "trials", data);
    write_sweep(&place, "subjects", &format!("{data}validation_by = \"subject\""));
    let by_trial = place.succeed(&["plan", "trials.toml"]).err;
    assert!(by_trial.contains("validation trials share signal with train trials"), "{by_trial}");
    assert!(by_trial.contains("all 2 test subjects are new"), "{by_trial}");
    assert!(by_trial.contains("Set `validation_by = \"subject\"`"), "{by_trial}");
    // Windows of neighbouring subjects overlap here, as they would not in recordings: one of six.
    let by_subject = place.succeed(&["plan", "subjects.toml"]);
    assert!(!by_subject.err.contains("test subjects"), "{}", by_subject.err);
    assert!(by_subject.out.contains("as whole subjects"), "{}", by_subject.out);
    place.succeed(&["run", "subjects.toml", "--workers", "1"]);
    assert_eq!(place.sql("SELECT train_trials, validation_trials FROM data_sets"), ["18,6"]);

    fs::copy(place.path("train.npz"), place.path("many.npz")).unwrap();
    write_windows(&place, "train.npz", 0, SAMPLES / 2, 6);
    let ran = place.run(&["run", "subjects.toml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("needs at least two subjects in the train set"), "{}", ran.err);
    let planned = place.run(&["plan", "subjects.toml"]);
    assert_eq!(planned.code, Some(2));
    assert!(planned.out.contains("2 jobs") && !planned.out.contains("Memory"), "{}", planned.out);
    assert_eq!(planned.err, ran.err);
}

#[test]
fn what_an_earlier_version_did_not_look_for_is_looked_for() {
    let place = Place::new();
    let kept = repository("crates/sweep-store/tests/databases/version_3.db");
    fs::copy(kept, place.path("results.db")).unwrap();
    // The sweep file of that database.
    place.write(
        "finished.toml",
        "name = \"finished\"\n[data]\nset = \"synthetic\"\nlimit = 40\n\n[grid]\nmodel = \"eegnet\"\nbatch_size = 20\n\
         activation = [\"relu\", \"elu\"]\nepochs = [1, 3]\nseed = 0\n",
    );
    let ran = place.succeed(&["run", "finished.toml"]);
    assert!(ran.err.contains("nothing to do"), "{}", ran.err);
    let found =
        place.sql("SELECT validation_trials, test_trials_shared_with_train FROM data_sets ORDER BY 1");
    assert_eq!(found, ["0,0", "10,"], "the other data set is still to be looked at");
}
