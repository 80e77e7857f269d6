//! Memory that is short: what is refused before anything is recorded, and what becomes of a worker that gets no more.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use support::{Place, Ran, children, wait_until};

/// A job that fits nearly everywhere and one that does not.
const TWO_SIZES: &str = r#"
name = "sizes"
[data]
set = "synthetic"
limit = 400
[grid]
model = "deepconvnet"
activation = "relu"
epochs = 1
seed = 0
batch_size = [4, 400]
"#;

/// A small job that takes long enough to be seen, and then a large one.
const SMALL_THEN_LARGE: &str = r#"
name = "growing"
[data]
set = "synthetic"
limit = 400
[grid]
activation = "relu"
seed = 0
[[rows]]
model = "eegnet"
batch_size = 4
epochs = 12
[[rows]]
model = "deepconvnet"
batch_size = 400
epochs = 1
"#;

#[test]
fn jobs_that_do_not_fit_are_refused_before_anything_is_recorded() {
    let place = Place::new();
    place.write("sizes.toml", TWO_SIZES);
    let run = place.run(&["run", "sizes.toml", "--workers", "1", "--memory-limit", "100MiB"]);
    insta::assert_snapshot!("a job that does not fit", run.transcript());
    assert!(!place.path("results.db").exists());
    let plan = place.run(&["plan", "sizes.toml", "--memory-limit", "100MiB"]);
    insta::assert_snapshot!("a plan of a job that does not fit", plan.transcript());

    // Workers that do not fit beside each other.
    let run = place.run(&["run", "sizes.toml", "--workers", "2", "--memory-limit", "250MiB"]);
    insta::assert_snapshot!("workers that do not fit together", run.transcript());
    assert!(!place.path("results.db").exists());
    let wrong = place.run(&["plan", "sizes.toml", "--memory-limit", "12"]);
    insta::assert_snapshot!("no size of memory", wrong.transcript());
}

#[test]
fn what_is_finished_needs_no_memory() {
    let place = Place::new();
    place.write("sizes.toml", TWO_SIZES);
    let small = ["--set", "batch_size=4", "--set", "data.limit=20", "--quiet"];
    place.succeed(&[&["run", "sizes.toml"], small.as_slice()].concat());
    let again = place.succeed(&[&["run", "sizes.toml", "--memory-limit", "1MiB"], small.as_slice()].concat());
    assert!(again.err.starts_with("nothing to do: "), "{}", again.err);
}

#[test]
fn a_limit_of_the_address_space_is_found() {
    let place = Place::new();
    place.write("sizes.toml", TWO_SIZES);
    let limited = Command::new("sh")
        .args(["-c", "ulimit -v 250000; exec \"$0\" run sizes.toml --workers 1", env!("CARGO_BIN_EXE_sweep")])
        .current_dir(place.path("."))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    insta::assert_snapshot!("a limit of the address space", Ran::from(limited).transcript());
}

#[test]
fn a_worker_that_gets_no_more_memory_fails_its_job_with_that_reason() {
    let place = Place::new();
    place.write("growing.toml", SMALL_THEN_LARGE);
    let mut run = place
        .command(&["run", "growing.toml", "--workers", "1", "--checkpoint-every", "never", "--quiet"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let trains = "SELECT count(*) FROM epochs";
    wait_until("the small job trains", || {
        let ran = place.run(&["sql", trains, "--format", "csv"]);
        ran.code == Some(0) && !ran.out.ends_with("\n0\n")
    });
    // Whatever the worker has it keeps, and it gets nothing new.
    let worker = Pid::from_raw(children(&run)[0].try_into().unwrap());
    prlimit(worker, Resource::As, Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) }).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(1));
    // As a rule the large one; the small one, where it too needs what its allocator does not have.
    let ends = place.sql("SELECT status, reason FROM trials WHERE status <> 'finished'");
    let [starved] = &ends[..] else { panic!("{ends:?}") };
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"allocation of \d+ bytes", "allocation of N bytes");
    settings.bind(|| insta::assert_snapshot!("a worker that gets no more memory", starved));
}
