//! `sweep run` with trainings side by side in one worker: what is recorded is what trainings one after the other leave, and whatever
//! happens to one of them or to their worker, each goes on or ends by itself.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::{Child, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use support::{Place, children, send_signal, wait_until};

/// Two networks, of which one has eight trainings that differ in all but their shape, two of them of two jobs.
const VARIOUS: &str = r#"
name = "various"
[data]
set = "synthetic"
limit = 40
validation = 0.2
[grid]
batch_size = 16
[[rows]]
model = "eegnet"
activation = ["relu", "elu"]
learning_rate = [1e-3, 1e-2]
epochs = 6
seed = 1
[[rows]]
model = "eegnet"
activation = "elu"
optimizer = "sgd"
dropout = [0.1, 0.5]
epochs = [2, 5]
seed = 2
[[rows]]
model = "eegnet"
activation = "elu"
learning_rate = 1e30
optimizer = "sgd"
epochs = 3
seed = 3
[[rows]]
model = "eegnet"
activation = "leaky_relu"
max_norm = true
epochs = 3
seed = 4
[[rows]]
model = "deepconvnet"
activation = "relu"
epochs = 2
seed = [5, 6]
"#;

/// Everything but times, in a fixed order.
const METRICS: &str = "SELECT job_id, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, \
    test_loss, test_accuracy FROM epochs ORDER BY job_id, epoch";
const WEIGHTS: &str = "SELECT hex(weights_sha256) FROM snapshots ORDER BY 1";
const ENDS: &str = "SELECT job_id, status, reason FROM trials ORDER BY 1";

fn contents(place: &Place) -> [Vec<String>; 3] {
    [METRICS, WEIGHTS, ENDS].map(|query| place.sql(query))
}

/// What the sweep leaves if its trainings run one after the other. One diverges, so that the exit code is 1.
fn one_after_the_other() -> [Vec<String>; 3] {
    let place = Place::new();
    place.write("various.toml", VARIOUS);
    assert_eq!(place.run(&["run", "various.toml", "--workers", "1", "--quiet"]).code, Some(1));
    contents(&place)
}

#[test]
fn what_is_recorded_does_not_depend_on_the_company() {
    let expected = one_after_the_other();
    assert_eq!(expected[2].iter().filter(|row| row.contains(",finished,")).count(), 11, "{:?}", expected[2]);
    for arguments in [["--side-by-side", "3", "--workers", "1"], ["--side-by-side", "64", "--workers", "2"]] {
        let place = Place::new();
        place.write("various.toml", VARIOUS);
        let ran = place.run(&[&["run", "various.toml"], arguments.as_slice()].concat());
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("jobs: 11 finished, 1 diverged"), "{}", ran.err);
        assert_eq!(contents(&place), expected, "{arguments:?}");
        assert_eq!(place.sql("SELECT DISTINCT attempts FROM trials"), ["1"]);
    }
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    place.command(arguments).stderr(Stdio::piped()).spawn().unwrap()
}

fn counts(place: &Place, query: &str, expected: u32) -> bool {
    place.path("results.db").exists()
        && place.run(&["sql", query, "--format", "csv"]).out.ends_with(&format!("\n{expected}\n"))
}

#[test]
fn a_run_that_is_killed_goes_on_in_other_company_to_the_same_bits() {
    let place = Place::new();
    place.write("various.toml", VARIOUS);
    let bundles =
        |width| ["run", "various.toml", "--workers", "1", "--checkpoint-every", "1", "--side-by-side", width];
    let mut run = start(&place, &bundles("4"));
    wait_until("epochs are recorded", || {
        counts(&place, "SELECT count(DISTINCT job_id) > 2 FROM epochs WHERE epoch > 1", 1)
    });
    send_signal("KILL", run.id());
    run.wait().unwrap();
    let again = place.run(&bundles("3"));
    assert_eq!(again.code, Some(1), "{}", again.err);
    assert_eq!(contents(&place), one_after_the_other());
}

/// Three trainings that take longer than any test.
const ENDLESS: [&str; 11] = [
    "run",
    "various.toml",
    "--workers",
    "1",
    "--side-by-side",
    "3",
    "--set",
    "epochs=100000",
    "--set",
    "seed=1,2,3",
    "--quiet",
];

/// One kind of training.
const PLAIN: &str = r#"
name = "various"
[data]
set = "synthetic"
limit = 40
[grid]
model = "eegnet"
activation = "elu"
batch_size = 16
epochs = 1
seed = 1
"#;

const RUNNING: &str = "SELECT count(*) FROM trials WHERE status = 'running' AND epochs_finished > 1";

#[test]
fn a_worker_that_dies_again_and_again_leaves_each_training_a_chance_of_its_own() {
    let place = Place::new();
    place.write("various.toml", PLAIN);
    let run = start(&place, &ENDLESS);
    // The retries that are allowed are two; at the last one each training has a worker for itself.
    for (attempt, running) in [(1, 3), (2, 3), (3, 1)] {
        let query = format!("{RUNNING} AND attempts = {attempt}");
        wait_until("its trainings run", || counts(&place, &query, running));
        let [worker] = children(&run)[..] else { panic!("one worker") };
        if attempt < 3 {
            send_signal("KILL", worker);
        }
    }
    send_signal("INT", run.id());
    let ended = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert_eq!(told.matches("are trained again in 1 s").count(), 1, "{told}");
    assert_eq!(
        place.sql("SELECT attempt, ending, count(*) FROM attempts GROUP BY 1, 2 ORDER BY 1"),
        ["1,failed,3", "2,failed,3", "3,interrupted,1"]
    );
    assert_eq!(place.sql("SELECT DISTINCT status FROM trials"), ["queued"]);
}

#[test]
fn a_job_of_a_bundle_is_cancelled_alone() {
    let place = Place::new();
    place.write("various.toml", PLAIN);
    // Each of the three trainings serves a shorter job as well.
    let epochs = ["--set", "epochs=50000,100000"];
    let arguments = [&ENDLESS[..6], &epochs, &ENDLESS[8..]].concat();
    let run = start(&place, &arguments);
    wait_until("the trainings run", || counts(&place, RUNNING, 6));
    let workers = children(&run);
    let of_training =
        |seed| place.sql(&format!("SELECT job_id FROM trials WHERE seed = {seed} ORDER BY epochs"));
    let (second, third) = (of_training(2), of_training(3));
    // The longer job of one training, and both of another.
    for job in [&second[1], &third[0], &third[1]] {
        place.succeed(&["cancel", job]);
    }
    wait_until("the jobs are cancelled", || {
        counts(&place, "SELECT count(*) FROM trials WHERE status = 'cancelled'", 3)
    });
    let epochs = || place.sql("SELECT min(epochs_finished) FROM trials WHERE status = 'running'").remove(0);
    let before = epochs();
    wait_until("the others go on", || epochs() != before);
    assert_eq!(children(&run), workers, "in the same worker");
    send_signal("INT", run.id());
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(130));
    assert_eq!(
        place.sql("SELECT seed, epochs, status, attempts FROM trials ORDER BY 1, 2"),
        [
            "1,50000,queued,1",
            "1,100000,queued,1",
            "2,50000,queued,1",
            "2,100000,cancelled,1",
            "3,50000,cancelled,1",
            "3,100000,cancelled,1"
        ]
    );
}

#[test]
fn runs_with_bundles_share_a_database() {
    let place = Place::new();
    place.write("various.toml", VARIOUS);
    let runs = ["2", "3", "5"]
        .map(|width| start(&place, &["run", "various.toml", "--workers", "1", "--side-by-side", width]));
    for run in runs {
        let ended = run.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{told}");
    }
    assert_eq!(contents(&place), one_after_the_other());
    assert_eq!(place.sql("SELECT DISTINCT attempts FROM trials"), ["1"]);
}

/// Small trainings that take long enough to be seen, and then large ones.
const SMALL_THEN_LARGE: &str = r#"
name = "growing"
[data]
set = "synthetic"
limit = 400
[grid]
activation = "relu"
[[rows]]
model = "eegnet"
batch_size = 16
epochs = 5
seed = [0, 1]
[[rows]]
model = "deepconvnet"
batch_size = 400
epochs = 1
seed = [0, 1]
"#;

#[test]
fn a_bundle_that_runs_out_of_memory_is_split_and_tried_again() {
    let place = Place::new();
    place.write("growing.toml", SMALL_THEN_LARGE);
    let arguments =
        ["run", "growing.toml", "--workers", "1", "--side-by-side", "2", "--retries", "0", "--quiet"];
    let run = start(&place, &arguments);
    wait_until("the small jobs train", || counts(&place, "SELECT count(DISTINCT job_id) FROM epochs", 2));
    // Whatever the worker has it keeps, and it gets nothing new.
    let worker = Pid::from_raw(children(&run)[0].try_into().unwrap());
    prlimit(worker, Resource::As, Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) }).unwrap();
    let ended = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{told}");
    let split = "2 trainings side by side ran out of memory: they continue with up to 1 at a time";
    assert_eq!(told.matches(split).count(), 1, "{told}");
    assert_eq!(place.sql("SELECT DISTINCT status FROM trials"), ["finished"]);
    assert_eq!(
        place.sql("SELECT ending, count(*) FROM attempts GROUP BY 1 ORDER BY 1"),
        ["finished,4", "interrupted,2"]
    );
}
