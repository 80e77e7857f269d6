//! `sweep run` as a whole: what is recorded, what is not done twice, and what a death or a signal leaves.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs::{self, File},
    process::Stdio,
};

use safetensors::SafeTensors;
use support::{Place, children, is_alive, send_signal, wait_until};

/// Two networks x two activations on a little of the built-in set.
const SMALL: &str = r#"
name = "small"
[data]
set = "synthetic"
limit = 40
validation = 0.2
[grid]
model = ["eegnet", "deepconvnet"]
activation = ["relu", "elu"]
batch_size = 16
epochs = [1, 3]
seed = 5
"#;

/// One long training and two short ones.
const LONG: &str = r#"
name = "long"
[data]
set = "synthetic"
limit = 60
[grid]
model = "eegnet"
activation = "elu"
batch_size = 16
[[rows]]
epochs = 100000
seed = 0
[[rows]]
epochs = 1
seed = 1
[[rows]]
epochs = 2
seed = 2
"#;

/// Everything but times, in a fixed order.
const METRICS: &str = "SELECT job_id, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, \
    test_loss, test_accuracy FROM epochs ORDER BY job_id, epoch";

#[test]
fn a_sweep_is_recorded_once_and_with_the_same_bits_for_any_number_of_workers_and_threads() {
    let (one, two) = (Place::new(), Place::new());
    for place in [&one, &two] {
        place.write("small.toml", SMALL);
    }
    one.succeed(&["run", "small.toml", "--workers", "1"]);
    two.succeed(&["run", "small.toml", "--workers", "3", "--threads", "2"]);

    let rows = one.sql(METRICS);
    assert_eq!(rows.len(), 4 * (1 + 3));
    assert_eq!(rows, two.sql(METRICS));
    let weights = "SELECT hex(weights_sha256) FROM snapshots ORDER BY 1";
    let files = one.sql(weights);
    assert_eq!(files.len(), 8 * 3, "best, selected and last of eight jobs");
    assert_eq!(files, two.sql(weights));

    let again = one.succeed(&["run", "small.toml"]);
    assert_eq!(again.err, "nothing to do: sweep \"small\" is complete in results.db, 8 jobs finished\n");
    assert_eq!(one.sql("SELECT max(attempts) FROM trials"), ["1"]);

    for job in one.sql("SELECT job_id FROM trials") {
        for weights in ["best", "selected", "last"] {
            let ran = one.succeed(&["eval", &job, "--weights", weights]);
            assert!(ran.out.contains("equal: every logit to the last bit"), "{}", ran.out);
        }
        let ran = one.succeed(&["show", &job[..8]]);
        assert!(ran.out.contains(&job) && ran.out.contains("attempt 1 finished"), "{}", ran.out);
    }
}

#[test]
fn only_what_is_new_of_a_changed_sweep_is_trained() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let narrow = ["--set", "model=eegnet", "--set", "epochs=1"];
    place.succeed(&[&["run", "small.toml", "--quiet"], narrow.as_slice()].concat());
    let wider = place.succeed(&["run", "small.toml", "--set", "model=eegnet", "--set", "epochs=1,2"]);
    assert!(wider.err.contains("2 of 4 jobs to train (2 already finished)"), "{}", wider.err);
    assert_eq!(
        place.sql("SELECT epochs, count(*), max(attempts) FROM trials GROUP BY 1"),
        ["1,2,1", "2,2,1"]
    );
}

#[test]
fn a_killed_worker_fails_its_job_alone_and_the_same_command_trains_only_that() {
    let place = Place::new();
    place.write("long.toml", LONG);
    let mut run = place
        .command(&["run", "long.toml", "--workers", "2", "--retries", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The long training is handed out first; when both others have ended, its worker is the only one that is left.
    let short_ones = "SELECT count(*) FROM trials WHERE status = 'finished'";
    wait_until("the short jobs are finished", || {
        place.path("results.db").exists()
            && place.run(&["sql", short_ones, "--format", "csv"]).out.ends_with("2\n")
    });
    wait_until("one worker is left", || children(&run).len() == 1);
    send_signal("KILL", children(&run)[0]);
    assert_eq!(run.wait().unwrap().code(), Some(1));

    let failed = place.sql("SELECT status, epochs, attempts, reason FROM trials WHERE status <> 'finished'");
    assert_eq!(failed.len(), 1);
    assert!(failed[0].starts_with("failed,100000,1,"), "{failed:?}");
    assert!(failed[0].contains("worker died: killed by signal 9 (SIGKILL)"), "{failed:?}");

    // The same again, and only that one; it is stopped by the user this time.
    let mut again = place.command(&["run", "long.toml"]).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("its first epochs are recorded", || {
        place.sql("SELECT epochs_finished > 1 FROM trials WHERE status = 'running'") == ["1"]
    });
    assert_eq!(children(&again).len(), 1);
    send_signal("INT", again.id());
    assert_eq!(again.wait().unwrap().code(), Some(130));
    assert_eq!(
        place.sql("SELECT status, attempts FROM trials ORDER BY epochs"),
        ["finished,1", "finished,1", "queued,2"]
    );
}

#[test]
fn when_the_program_dies_its_workers_end_and_the_next_command_goes_on() {
    let place = Place::new();
    place.write("long.toml", LONG);
    let mut run =
        place.command(&["run", "long.toml", "--workers", "1"]).stderr(Stdio::null()).spawn().unwrap();
    wait_until("an epoch is recorded", || {
        place.path("results.db").exists()
            && place.run(&["sql", "SELECT count(*) > 0 FROM epochs", "--format", "csv"]).out.ends_with("1\n")
    });
    let workers = children(&run);
    assert_eq!(workers.len(), 1);
    send_signal("KILL", run.id());
    run.wait().unwrap();
    wait_until("the worker has ended", || !is_alive(workers[0]));

    let report = place.succeed(&["report"]);
    assert!(report.out.contains("running"), "{}", report.out);
    assert_eq!(place.succeed(&["plot", "--kind", "curves"]).out.lines().count(), 1);
    let narrowed = place.succeed(&["run", "long.toml", "--set", "epochs=3"]);
    assert!(narrowed.err.contains("jobs: 3 finished"), "{}", narrowed.err);
    assert_eq!(place.sql("SELECT status FROM trials WHERE epochs = 100000"), ["queued"]);
}

/// One job that takes longer than any test.
const ENDLESS: [&str; 6] = ["run", "small.toml", "--workers", "1", "--set", "epochs=100000"];
const ONE: [&str; 4] = ["--set", "model=eegnet", "--set", "activation=elu"];

fn shows(place: &Place, query: &str, expected: &str) -> bool {
    place.path("results.db").exists()
        && place.run(&["sql", query, "--format", "csv"]).out.ends_with(&format!("\n{expected}\n"))
}

#[test]
fn programs_that_share_a_database_share_the_jobs() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let start =
        || place.command(&["run", "small.toml", "--workers", "1"]).stderr(Stdio::piped()).spawn().unwrap();
    let runs = [start(), start(), start()].map(|run| run.wait_with_output().unwrap());
    for run in runs {
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(0), "{told}");
    }
    assert_eq!(place.sql("SELECT DISTINCT status, attempts FROM trials"), ["finished,1"]);
    assert_eq!(place.sql("SELECT count(*) FROM runs WHERE ending = 'ended'"), ["3"]);
    assert_eq!(place.sql("SELECT DISTINCT ending FROM attempts"), ["finished"]);
}

#[test]
fn a_crashed_training_is_tried_again_and_gives_up_in_the_end() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let one = [ENDLESS.as_slice(), &ONE, &["--retries", "1"]].concat();
    let run = place.command(&one).stderr(Stdio::piped()).spawn().unwrap();
    for crash in 1..=2 {
        let attempts = format!("{crash}");
        wait_until("an epoch of the attempt is recorded", || {
            let query = "SELECT attempts FROM trials WHERE epochs_finished > 0 AND status = 'running'";
            shows(&place, query, &attempts)
        });
        send_signal("KILL", children(&run)[0]);
    }
    let ended = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("are trained again in 1 s"), "{told}");
    let attempts = place.sql("SELECT attempt, ending FROM attempts ORDER BY attempt");
    assert_eq!(attempts, ["1,failed", "2,failed"]);
}

#[test]
fn what_takes_too_long_fails_and_enough_failures_end_the_sweep() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let limits = ["--set", "seed=1,2", "--timeout", "1s", "--max-failures", "1"];
    let ran = place.run(&[ENDLESS.as_slice(), &ONE, &limits].concat());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("no further jobs were begun"), "{}", ran.err);
    assert_eq!(
        place.sql("SELECT status, reason FROM trials ORDER BY seed"),
        ["failed,timed out: its training took more than 1 s", "queued,"]
    );
}

#[test]
fn a_result_that_cannot_be_saved_ends_the_sweep() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let four =
        ["run", "small.toml", "--workers", "1", "--set", "seed=1,2,3,4", "--set", "epochs=1", ONE[0], ONE[1]];
    place.succeed(&four);
    let jobs = place.sql("SELECT job_id FROM trials");
    std::fs::remove_file(place.path("results.db")).unwrap();
    std::fs::remove_dir_all(place.path("results.weights")).unwrap();
    // Files where folders are to be: it fails as a full disk does, for every user.
    std::fs::create_dir(place.path("results.weights")).unwrap();
    jobs.iter().for_each(|job| place.write(&format!("results.weights/{job}"), ""));
    let ran = place.run(&four);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("no further jobs were begun, since results cannot be saved"), "{}", ran.err);
    let reasons = place.sql("SELECT DISTINCT substr(reason, 1, 24) FROM trials WHERE status = 'failed'");
    assert_eq!(reasons, ["not saved: cannot write "]);
    assert!(!place.sql("SELECT 1 FROM trials WHERE status = 'queued'").is_empty());
    jobs.iter().for_each(|job| std::fs::remove_file(place.path(&format!("results.weights/{job}"))).unwrap());
    place.succeed(&four);
    assert_eq!(place.sql("SELECT DISTINCT status FROM trials"), ["finished"]);
}

#[test]
fn a_job_is_cancelled_in_another_process_and_queued_again() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let one = [ENDLESS.as_slice(), &ONE].concat();
    let mut run = place.command(&one).stderr(Stdio::null()).spawn().unwrap();
    wait_until("an epoch is recorded", || {
        shows(&place, "SELECT count(*) FROM trials WHERE epochs_finished > 0", "1")
    });
    let status = place.succeed(&["status"]).out;
    assert!(status.contains(", 1 running") && status.contains(&format!("process {}", run.id())), "{status}");
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let told = place.succeed(&["cancel", &job]).err;
    assert!(told.contains("1 running job will be cancelled within seconds"), "{told}");
    assert_eq!(run.wait().unwrap().code(), Some(1));
    assert_eq!(place.sql("SELECT status, reason FROM trials"), ["cancelled,cancelled"]);

    let again = place.run(&one);
    assert!(again.code == Some(1) && again.err.contains("1 cancelled"), "{}", again.err);
    let told = place.succeed(&["retry", "--cancelled"]).err;
    assert!(told.contains("1 job queued again"), "{told}");
    assert_eq!(place.sql("SELECT status FROM trials"), ["queued"]);
}

#[test]
fn a_training_that_diverges_is_data_and_the_sweep_goes_on() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let one = ["--set", "model=eegnet", "--set", "activation=elu", "--set", "epochs=1"];
    let rates = ["--set", "optimizer=sgd", "--set", "learning_rate=1e30,1e-3"];
    let ran = place.run(&[&["run", "small.toml"], one.as_slice(), &rates].concat());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let rows = place.sql("SELECT status, reason FROM trials ORDER BY learning_rate");
    assert_eq!(rows[0], "finished,");
    assert!(rows[1].starts_with("diverged,") && rows[1].contains("in epoch 1, step"), "{rows:?}");

    // It would diverge again, bit for bit.
    let again = place.run(&[&["run", "small.toml"], one.as_slice(), &rates].concat());
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("1 already finished, 1 diverged before, and would again"), "{}", again.err);
    assert_eq!(place.sql("SELECT max(attempts) FROM trials"), ["1"]);
}

#[test]
fn exported_data_and_saved_weights_give_the_recorded_accuracy() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    place.succeed(&["run", "small.toml", "--quiet", "--set", "model=deepconvnet", "--set", "activation=elu"]);
    place.succeed(&["data", "export", "small.toml", "--dir", "exported"]);
    for (job, accuracy) in place
        .sql("SELECT job_id, printf('%.2f', 100 * best_test_accuracy) FROM trials")
        .iter()
        .map(|row| row.split_once(',').unwrap())
    {
        let weights = format!("results.weights/{job}/best.safetensors");
        let ran = place.succeed(&[
            "predict",
            "--model",
            "deepconvnet",
            "--activation",
            "elu",
            "--weights",
            &weights,
            "--data",
            "exported/test.npz",
            "--out",
            "logits.npz",
        ]);
        assert!(ran.out.contains(&format!("accuracy {accuracy} %")), "{accuracy}: {}", ran.out);
        assert!(place.path("logits.npz").exists());
    }
}

#[test]
fn a_sweep_goes_on_where_its_progress_cannot_be_shown() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = place.command(&["run", "small.toml", "--set", "model=eegnet", "--set", "epochs=1"]);
    assert!(command.stderr(full).status().unwrap().success());
    assert_eq!(place.sql("SELECT count(*) FROM trials WHERE status = 'finished'"), ["2"]);
}

#[test]
fn a_database_that_is_moved_away_stops_the_sweep() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let one = [["run", "small.toml", "--set", "epochs=40"], ONE].concat();
    let run = place.command(&one).stderr(Stdio::piped()).spawn().unwrap();
    // In the middle of a training, so that the next that matters is its end.
    wait_until("an epoch is recorded", || {
        shows(&place, "SELECT count(*) FROM trials WHERE epochs_finished > 0", "1")
    });
    fs::rename(place.path("results.db"), place.path("moved.db")).unwrap();
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(3));
    // First the store, then the screen: what could not be recorded is not shown.
    fs::rename(place.path("results.db-wal"), place.path("moved.db-wal")).unwrap();
    let count = "SELECT count(*) FROM trials WHERE status = 'finished'";
    let recorded = place.succeed(&["sql", count, "--format", "csv", "--db", "moved.db"]).out;
    let shown = String::from_utf8_lossy(&ended.stderr).matches("finished: best").count();
    assert!(recorded.ends_with(&format!("\n{shown}\n")), "{recorded} {shown}");
}

#[test]
fn training_goes_on_from_initial_weights() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let one = ["--set", "model=eegnet", "--set", "activation=elu", "--set", "epochs=3", "--quiet"];
    place.succeed(&[&["run", "small.toml"], one.as_slice()].concat());
    let first = place.sql("SELECT job_id FROM trials").remove(0);
    let initial = format!("initial_weights=\"results.weights/{first}/last.safetensors\"");
    // At no learning rate to speak of, the weights stay what they were; running statistics do not.
    place.succeed(
        &[&["run", "small.toml", "--set", &initial, "--set", "learning_rate=1e-30"], one.as_slice()].concat(),
    );
    let second = place.sql("SELECT job_id FROM trials WHERE learning_rate < 1e-20").remove(0);
    let tensor = |job: &str, name: &str| {
        let bytes = fs::read(place.path(&format!("results.weights/{job}/last.safetensors"))).unwrap();
        SafeTensors::deserialize(&bytes).unwrap().tensor(name).unwrap().data().to_vec()
    };
    for name in ["firstconv.0.weight", "depthwiseConv.1.bias", "classify.0.weight"] {
        assert_eq!(tensor(&first, name), tensor(&second, name), "{name}");
    }
    assert_ne!(tensor(&first, "firstconv.1.running_mean"), tensor(&second, "firstconv.1.running_mean"));
}
