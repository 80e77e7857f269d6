//! How worker processes end: none is left, whatever they or the sweep do.

use std::{
    fs::{self, TryLockError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, WaitOptions, getpgid, waitpid},
};
use sweep_scheduler::{Limits, RunEvent, StopRequest, Summary};

use crate::{
    fake_worker::{DEAF, ENDLESS, GOOD, IGNORES_THE_END_OF_ITS_INPUT, PARENT},
    support::{limits, order, orders},
    sweep, sweep_with, sweep_within, trials, workers,
};

trials![
    many_bundles_are_trained_by_few_processes,
    a_worker_that_ignores_the_end_of_its_input_is_killed,
    a_stop_after_the_epoch_reaches_the_worker,
    a_stop_at_once_kills_the_worker,
    every_worker_is_reaped_and_leads_a_group_of_its_own,
    what_a_worker_started_dies_with_it,
    time_in_which_a_worker_is_stopped_does_not_count,
];

fn many_bundles_are_trained_by_few_processes() {
    let (summary, witness) = sweep(orders(200, 2), GOOD, 2);
    assert_eq!(summary, Summary { finished: 200, ..Summary::default() });
    assert_eq!(witness.lines.iter().filter(|line| line.ends_with("worker started")).count(), 2);
    assert_eq!(witness.lines.iter().filter(|line| line.ends_with("worker ended: exit code 0")).count(), 2);
}

fn a_worker_that_ignores_the_end_of_its_input_is_killed() {
    let mut workers = workers(IGNORES_THE_END_OF_ITS_INPUT);
    workers.grace = Duration::from_millis(50);
    let (result, witness) = sweep_with(orders(3, 1), &workers, 1, |_, _| None);
    witness.close();
    assert_eq!(result.unwrap().finished, 3);
    assert_eq!(witness.lines.last().unwrap(), "0: worker ended: killed by signal 9 (SIGKILL)");
}

/// The lines of a sweep of two bundles that is stopped once the first has trained an epoch.
fn stopped(seed: u64, request: StopRequest) -> (Summary, Vec<String>) {
    let bundles = vec![order(seed, &[5]), order(0, &[1])];
    let (result, witness) = sweep_with(bundles, &workers(GOOD), 1, |witness, _| {
        witness.lines.last().unwrap().ends_with("epoch 1").then_some(request)
    });
    witness.close();
    (result.unwrap(), witness.lines)
}

fn a_stop_after_the_epoch_reaches_the_worker() {
    let (summary, lines) = stopped(ENDLESS, StopRequest::AfterEpoch);
    let stop = Some(StopRequest::AfterEpoch);
    assert_eq!(summary, Summary { interrupted: 1, not_started: 1, stop, ..Summary::default() });
    assert_eq!(
        lines[4..],
        ["0: 901008x5 epoch 2", "0: 901008x5 interrupted", "0: worker ended: exit code 0"]
    );
}

fn a_stop_at_once_kills_the_worker() {
    let (summary, lines) = stopped(DEAF, StopRequest::Now);
    assert_eq!(
        summary,
        Summary { interrupted: 1, not_started: 1, stop: Some(StopRequest::Now), ..Summary::default() }
    );
    assert_eq!(lines[4..], ["0: worker ended: killed by signal 9 (SIGKILL)", "0: 901009x5 interrupted"]);
}

fn every_worker_is_reaped_and_leads_a_group_of_its_own() {
    let mut processes = Vec::new();
    let bundles = vec![order(DEAF, &[2]), order(0, &[1]), order(1, &[1]), order(2, &[1])];
    let (result, _) = sweep_with(bundles, &workers(GOOD), 2, |witness, run_event| {
        if let RunEvent::WorkerStarted { worker, .. } = run_event {
            let number = worker.strip_prefix("process ").unwrap().parse().unwrap();
            let process = Pid::from_raw(number).unwrap();
            assert_eq!(getpgid(Some(process)), Ok(process));
            processes.push(process);
        }
        (witness.ended == 3).then_some(StopRequest::Now)
    });
    assert_eq!((result.unwrap().finished, processes.len()), (3, 2));
    for process in processes {
        assert_eq!(
            waitpid(Some(process), WaitOptions::NOHANG).err(),
            Some(Errno::CHILD),
            "{process:?} is left"
        );
    }
}

fn what_a_worker_started_dies_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut bundle = order(PARENT, &[2]);
    bundle.weights_dir = folder.path().to_owned();
    let held = folder.path().join("lock.held");
    let (result, _) = sweep_with(vec![bundle], &workers(GOOD), 1, |witness, _| {
        if !witness.lines.last().unwrap().ends_with("epoch 1") {
            return None;
        }
        wait_until(|| held.exists());
        Some(StopRequest::Now)
    });
    assert_eq!(result.unwrap().interrupted, 1);
    let file = fs::File::open(&held).unwrap();
    // The system frees the lock when the process that holds it is gone.
    wait_until(|| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
}

fn time_in_which_a_worker_is_stopped_does_not_count() {
    let workers = workers(GOOD);
    let groups = workers.groups();
    let timeout = Duration::from_secs(2);
    let limits = Limits { timeout: Some(timeout), ..limits(1) };
    let (result, witness) = sweep_within(limits, vec![order(ENDLESS, &[5])], &workers, |witness, _| {
        if !witness.lines.last().unwrap().ends_with("epoch 1") {
            return None;
        }
        groups.stop();
        let groups = groups.clone();
        thread::spawn(move || {
            thread::sleep(2 * timeout);
            groups.resume();
        });
        // It hears of this when it goes on.
        Some(StopRequest::AfterEpoch)
    });
    witness.close();
    assert_eq!(result.unwrap().interrupted, 1, "{}", witness.text());
}

fn wait_until(condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not come to be");
        thread::sleep(Duration::from_millis(5));
    }
}
