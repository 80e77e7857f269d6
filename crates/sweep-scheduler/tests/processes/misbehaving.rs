//! Worker processes that die, or say what they should not.

use std::{fs, time::Duration};

use sweep_scheduler::{LocalProcesses, SchedulerError, Summary, SystemFiles};

use crate::{
    LOG,
    fake_worker::{
        ABORTS, CLOSES_ITS_OUTPUT, EXITS, GOOD, GREEDY, KILLED, KILLED_FOR_MEMORY, NEVER_READY, PANICS,
        SPEAKS_ANOTHER_LANGUAGE, TALKATIVE, WRITES_GARBAGE, WRITES_HALF_A_LINE,
    },
    support::{order, orders},
    sweep, sweep_with, trials, workers,
};

trials![
    a_worker_that_is_killed_takes_one_bundle,
    each_death_has_its_words,
    want_of_memory_is_the_reason_where_there_is_evidence,
    a_worker_that_closes_its_output_is_dead,
    a_worker_that_does_not_start_ends_the_sweep,
    a_program_of_another_kind_ends_the_sweep,
    a_program_that_does_not_exist_ends_the_sweep,
    the_log_of_a_worker_is_passed_on,
];

/// How the job with this seed dies; the bundle after it is trained.
fn death(seed: u64) -> String {
    let (summary, witness) = sweep(vec![order(seed, &[2]), order(0, &[1])], GOOD, 1);
    assert_eq!(summary, Summary { finished: 1, failed: 1, ..Summary::default() });
    let begin = format!("0: {seed}x2 worker died: ");
    witness.lines.iter().find_map(|line| line.strip_prefix(&begin)).unwrap().to_owned()
}

fn a_worker_that_is_killed_takes_one_bundle() {
    let (summary, witness) = sweep(vec![order(KILLED, &[1, 3]), order(0, &[1]), order(1, &[1])], GOOD, 1);
    assert_eq!(summary, Summary { finished: 2, failed: 2, ..Summary::default() });
    insta::assert_snapshot!(witness.text(), @"
    0: worker started
    0: gets 901001x1 and 901001x3
    0: 901001x1 started
    0: 901001x1 epoch 1
    0: worker ended: killed by signal 9 (SIGKILL); the usual reason is the kernel's out-of-memory killer, whose count cannot be read here
    0: 901001x1 worker died: killed by signal 9 (SIGKILL); the usual reason is the kernel's out-of-memory killer, whose count cannot be read here
    0: 901001x3 worker died: killed by signal 9 (SIGKILL); the usual reason is the kernel's out-of-memory killer, whose count cannot be read here
    0: worker started
    0: gets 0x1
    0: 0x1 started
    0: 0x1 epoch 1
    0: 0x1 finished
    0: gets 1x1
    0: 1x1 started
    0: 1x1 epoch 1
    0: 1x1 finished
    0: worker ended: exit code 0
    ");
}

fn each_death_has_its_words() {
    let deaths = [KILLED, PANICS, WRITES_GARBAGE, EXITS, ABORTS, WRITES_HALF_A_LINE, TALKATIVE].map(death);
    let mut settings = insta::Settings::clone_current();
    settings
        .add_filter(r"' \(\d+\) panicked at [^|]*fake_worker.rs:\d+:\d+:", "' (PID) panicked at [PLACE]:");
    settings.bind(|| {
        insta::assert_snapshot!(deaths.join("\n"), @r"
        killed by signal 9 (SIGKILL); the usual reason is the kernel's out-of-memory killer, whose count cannot be read here
        exit code 101: thread 'main' (PID) panicked at [PLACE]: | index out of bounds
        killed, since it wrote a line that is no report: `loss: 0.69\txxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...` (expected value at line 1 column 1)
        exit code 3: first line | the disk is full
        killed by signal 6 (SIGABRT)
        exit code 0
        exit code 1: line 19994 | line 19995 | line 19996 | line 19997 | line 19998 | line 19999
        ");
    });
}

/// Why the job with this seed fails, in a system whose counters stand in a folder.
fn failure(seed: u64) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("proc")).unwrap();
    fs::write(folder.path().join("proc/vmstat"), "oom_kill 0\n").unwrap();
    let mut workers = workers(GOOD);
    workers.system = SystemFiles::below(folder.path());
    let mut bundle = order(seed, &[2]);
    bundle.weights_dir = folder.path().to_owned();
    let (result, witness) = sweep_with(vec![bundle, order(0, &[1])], &workers, 1, |_, _| None);
    witness.close();
    assert_eq!(result.unwrap(), Summary { finished: 1, failed: 1, ..Summary::default() });
    let begin = format!("0: {seed}x2 ");
    let mut said = witness.lines.iter().filter_map(|line| line.strip_prefix(&begin));
    said.next_back().unwrap().to_owned()
}

fn want_of_memory_is_the_reason_where_there_is_evidence() {
    let failures = [KILLED_FOR_MEMORY, GREEDY, KILLED].map(failure);
    insta::assert_snapshot!(failures.join("\n"), @"
    failed: out of memory: worker killed by signal 9 (SIGKILL), and the kernel counted an out-of-memory kill on this machine; fewer workers or a smaller batch size need less
    failed: out of memory: worker killed by signal 6 (SIGABRT): memory allocation of 2147483648 bytes failed; fewer workers or a smaller batch size need less
    worker died: killed by signal 9 (SIGKILL), and not by the kernel for want of memory: it counted no such kill
    ");
}

fn a_worker_that_closes_its_output_is_dead() {
    let mut workers = workers(GOOD);
    workers.grace = Duration::from_millis(50);
    let (result, witness) = sweep_with(vec![order(CLOSES_ITS_OUTPUT, &[2])], &workers, 1, |_, _| None);
    witness.close();
    assert_eq!(result.unwrap().failed, 1);
    let last = witness.lines.last().unwrap();
    assert_eq!(last, "0: 901005x2 worker died: it closed its standard output, and was killed");
}

fn cannot_start(workers: &LocalProcesses) -> String {
    let (result, _) = sweep_with(orders(5, 1), workers, 1, |_, _| None);
    let error = result.unwrap_err();
    assert!(matches!(error, SchedulerError::CannotStart { .. }), "{error:?}");
    error.to_string()
}

fn a_worker_that_does_not_start_ends_the_sweep() {
    insta::assert_snapshot!(cannot_start(&workers(NEVER_READY)), @"no worker can be started: 3 in a row ended before they were ready. The last: exit code 2: ERROR no such device: cuda:7");
}

fn a_program_of_another_kind_ends_the_sweep() {
    insta::assert_snapshot!(cannot_start(&workers(SPEAKS_ANOTHER_LANGUAGE)), @r#"no worker can be started: 3 in a row ended before they were ready. The last: killed, since it wrote a line that is no report: `usage: cat [OPTION]... "FILE"` (expected value at line 1 column 1)"#);
}

fn a_program_that_does_not_exist_ends_the_sweep() {
    insta::assert_snapshot!(cannot_start(&LocalProcesses::new("/no/such/program", ["worker"])), @"no worker can be started: 3 in a row ended before they were ready. The last: cannot start the worker program /no/such/program: No such file or directory (os error 2)");
}

fn the_log_of_a_worker_is_passed_on() {
    sweep(vec![order(EXITS, &[2])], GOOD, 1);
    let text = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(text.contains("DEBUG sweep_scheduler::process::log: worker: the disk is full slot=0"), "{text}");
}
