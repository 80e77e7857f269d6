//! Signals to a run: to the program, to its workers, to all of them, once and twice.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    os::unix::process::CommandExt,
    process::{Child, Command, Output, Stdio},
};

use support::{Place, children, send_signal, wait_until};

/// One job that takes longer than any test.
const ENDLESS: &str = r#"
name = "endless"
[data]
set = "synthetic"
limit = 40
[grid]
model = "eegnet"
activation = "elu"
batch_size = 20
epochs = 100000
seed = 5
"#;

/// Saves no checkpoint unless it stops, and forgives no crash.
const RUN: [&str; 8] =
    ["run", "endless.toml", "--workers", "1", "--retries", "0", "--checkpoint-every", "30min"];

/// A run of the endless job, with the place that it runs in.
fn start(program: Option<&str>) -> (Place, Child) {
    let place = Place::new();
    place.write("endless.toml", ENDLESS);
    let mut program_file = place.command(&RUN).get_program().to_owned();
    if let Some(program) = program {
        let copy = place.path(program);
        fs::copy(&program_file, &copy).unwrap();
        program_file = copy.into();
    }
    // Whoever started the tests may ignore hangups, as `nohup` does, and the run would ignore them too.
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP").arg(program_file).args(RUN);
    command.current_dir(place.path(".")).env_remove("RUST_LOG").stdin(Stdio::null());
    // A group of its own, as a shell makes one: the system suspends no group that nobody could continue.
    let run = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_epoch(&place, 1);
    (place, run)
}

/// A number that a query gives, once the database is there.
fn number(place: &Place, query: &str) -> Option<u64> {
    let ran = place.run(&["sql", query, "--format", "csv"]);
    ran.out.lines().nth(1)?.parse().ok()
}

fn epochs(place: &Place) -> u64 {
    number(place, "SELECT max(epochs_finished) FROM trials").unwrap_or(0)
}

/// Waits until an epoch of this attempt is recorded, and gives its number.
fn wait_for_epoch(place: &Place, attempt: u64) -> u64 {
    let query = format!(
        "SELECT count(*) FROM trials WHERE attempts = {attempt} AND status = 'running' AND epochs_finished > 0"
    );
    wait_until("an epoch of the attempt is recorded", || {
        place.path("results.db").exists() && number(place, &query) == Some(1)
    });
    epochs(place)
}

/// Waits until another epoch is recorded.
fn wait_for_progress(place: &Place) {
    let before = epochs(place);
    wait_until("another epoch is recorded", || epochs(place) > before);
}

/// Sends a signal to all of them, so often, with nothing in between. Who is gone by then needs none.
fn signal_all(signal: &str, times: usize, pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    let script = format!("kill -s {signal} {pids}; ").repeat(times);
    Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status().unwrap();
}

/// Checks that the run was stopped after an epoch, that nothing failed, and that its job goes on from there.
fn check_interrupted(place: &Place, ended: &Output, attempts: &[&str]) {
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(told.contains("jobs: 1 interrupted\n") && !told.contains("FAILED"), "{told}");
    assert_eq!(place.sql("SELECT status, reason FROM trials"), ["queued,"]);
    assert_eq!(place.sql("SELECT attempt, ending, reason FROM attempts ORDER BY attempt"), attempts);
    let folders = fs::read_dir(place.path("results.weights/checkpoints")).unwrap();
    let checkpoints: usize =
        folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum();
    assert!(checkpoints > 0, "no checkpoint");
}

#[test]
fn a_signal_to_every_process_stops_after_the_epoch_and_saves_it() {
    for (signal, times) in [("TERM", 1), ("TERM", 2), ("HUP", 1), ("INT", 1)] {
        let (place, run) = start(None);
        let all = [vec![run.id()], children(&run)].concat();
        assert_eq!(all.len(), 2);
        signal_all(signal, times, &all);
        check_interrupted(&place, &run.wait_with_output().unwrap(), &["1,interrupted,"]);
    }
}

#[test]
fn a_repeated_sigterm_to_the_program_is_the_same_request() {
    let (place, run) = start(None);
    signal_all("TERM", 2, &[run.id()]);
    check_interrupted(&place, &run.wait_with_output().unwrap(), &["1,interrupted,"]);
}

#[test]
fn a_worker_that_is_told_to_end_is_replaced_and_its_job_goes_on() {
    let (place, run) = start(None);
    let worker = children(&run)[0];
    send_signal("TERM", worker);
    let resumed_at = wait_for_epoch(&place, 2);
    assert!(resumed_at > 1, "it began anew");
    assert_ne!(children(&run), [worker]);
    send_signal("TERM", run.id());
    let ended = run.wait_with_output().unwrap();
    check_interrupted(&place, &ended, &["1,interrupted,", "2,interrupted,"]);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("a worker got SIGTERM and stopped after its epoch"), "{told}");
}

#[test]
fn a_rerun_that_is_told_to_end_says_so() {
    let place = Place::new();
    place.write("endless.toml", ENDLESS);
    place.succeed(&["run", "endless.toml", "--quiet", "--set", "epochs=60"]);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let rerun = place.command(&["rerun", &job]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_until("it has a worker", || !children(&rerun).is_empty());
    signal_all("TERM", 1, &[vec![rerun.id()], children(&rerun)].concat());
    let ended = rerun.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(!told.contains("FAILED"), "{told}");
}

/// Whether all threads of a process are stopped. The system tells orphans to go on only if they had stopped whole.
fn is_stopped(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads
        .map(|thread| fs::read_to_string(thread.unwrap().path().join("stat")).unwrap_or_default())
        .all(|stat| stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T')))
}

#[test]
fn a_program_that_is_suspended_takes_its_workers_with_it() {
    let (place, run) = start(None);
    let worker = children(&run)[0];
    send_signal("TSTP", run.id());
    wait_until("both are stopped", || is_stopped(run.id()) && is_stopped(worker));
    let before = epochs(&place);
    assert_eq!(epochs(&place), before);
    send_signal("CONT", run.id());
    wait_for_progress(&place);
    assert_eq!(children(&run), [worker]);
    send_signal("TERM", run.id());
    check_interrupted(&place, &run.wait_with_output().unwrap(), &["1,interrupted,"]);
}

#[test]
fn workers_of_a_suspended_program_end_with_it() {
    let (_place, mut run) = start(None);
    let worker = children(&run)[0];
    send_signal("TSTP", run.id());
    wait_until("both are stopped", || is_stopped(run.id()) && is_stopped(worker));
    send_signal("KILL", run.id());
    run.wait().unwrap();
    wait_until("the worker has ended", || !support::is_alive(worker));
}

#[test]
fn a_hangup_that_is_to_be_ignored_is_ignored() {
    let place = Place::new();
    place.write("endless.toml", ENDLESS);
    let program = place.command(&RUN);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(program.get_program()).args(RUN);
    command.current_dir(place.path(".")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let run = command.spawn().unwrap();
    wait_for_epoch(&place, 1);
    signal_all("HUP", 1, &[vec![run.id()], children(&run)].concat());
    wait_for_progress(&place);
    wait_for_progress(&place);
    send_signal("TERM", run.id());
    check_interrupted(&place, &run.wait_with_output().unwrap(), &["1,interrupted,"]);
}

#[test]
fn a_program_file_that_is_replaced_changes_nothing_for_a_run() {
    let (place, run) = start(Some("copy"));
    // Another program under its name: every worker that it became would fail.
    fs::remove_file(place.path("copy")).unwrap();
    place.write("copy", "#!/bin/sh\nexit 9\n");
    fs::set_permissions(place.path("copy"), fs::Permissions::from_mode(0o755)).unwrap();
    send_signal("TERM", children(&run)[0]);
    wait_for_epoch(&place, 2);
    let worker = children(&run)[0];
    assert_eq!(fs::read_to_string(format!("/proc/{worker}/comm")).unwrap(), "sweep\n");
    send_signal("TERM", run.id());
    check_interrupted(&place, &run.wait_with_output().unwrap(), &["1,interrupted,", "2,interrupted,"]);
}

#[test]
fn a_worker_of_another_build_refuses_to_work() {
    let place = Place::new();
    let ran = place.run(&["worker", "--device", "cpu", "--threads", "1", "--build", "0123456789abcdef"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("the run that started it is build 0123456789abcdef"), "{}", ran.err);
    assert!(ran.err.contains("help: the program file was replaced"), "{}", ran.err);
}
