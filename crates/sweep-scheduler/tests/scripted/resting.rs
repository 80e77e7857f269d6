//! Slots that get nothing for a while, and jobs that fail and are to be trained again.

use std::time::Duration;

use sweep_job::{FailureReason, JobEvent};
use sweep_scheduler::{Heard, Summary};
use tokio::time::Instant;

use crate::{
    executor::{
        Script, ScriptedExecutor,
        Step::{self, Ready, Say, Take},
    },
    giving_up::{Hesitant, sweep},
    support::{limits, order, orders, started},
};

/// A worker that says that its job failed, and goes on.
fn failing() -> Vec<Step> {
    let failed = JobEvent::Failed(FailureReason::Error { message: "no room".into() });
    vec![Ready, Take, Say(0, started()), Say(0, failed), Ready]
}

/// Has so many jobs, and lets a slot rest after the first failure.
fn with_a_rest(jobs: u64) -> Hesitant {
    let rest = Heard { rest: Some(Duration::from_secs(100)), ..Heard::default() };
    Hesitant { waiting: orders(jobs, 1).into(), failures: [rest].into(), ..Hesitant::default() }
}

#[test]
fn a_slot_that_rests_gets_nothing_and_others_do() {
    let mut client = with_a_rest(5);
    let mut executor = ScriptedExecutor::new([failing()]);
    let summary = sweep(&mut client, &mut executor, limits(2));
    assert_eq!(summary, Summary { finished: 4, failed: 1, ..Summary::default() });
    let lines = &client.witness.lines;
    let trained_by = |slot: &str| lines.iter().filter(|line| line.starts_with(slot)).count();
    assert!(trained_by("1: gets") == 4 && trained_by("0: gets") == 1, "{lines:#?}");
    assert_eq!(trained_by("0: worker ended"), 1, "a worker does not keep its memory while its slot rests");
}

#[test]
fn a_rest_ends() {
    let mut client = with_a_rest(2);
    let mut executor = ScriptedExecutor::new([failing()]);
    let summary = sweep(&mut client, &mut executor, limits(1));
    assert_eq!((summary.finished, summary.failed, executor.starts), (1, 1, 2));
}

#[test]
fn a_job_that_is_to_be_trained_again_did_not_fail() {
    let again = Heard { trains_again: true, rest: None };
    let mut client =
        Hesitant { waiting: [order(7, &[1])].into(), failures: [again].into(), ..Hesitant::default() };
    let summary = sweep(&mut client, &mut ScriptedExecutor::new([failing()]), limits(1));
    assert_eq!(summary, Summary { interrupted: 1, ..Summary::default() });
}

#[test]
fn starts_that_fail_are_followed_by_a_pause() {
    let pause = Duration::from_secs(30);
    let scripts = vec![Script::Impossible; 2].into();
    let mut executor = ScriptedExecutor { scripts, pause, ..ScriptedExecutor::default() };
    let mut client = Hesitant { waiting: orders(3, 1).into(), ..Hesitant::default() };
    let waited = crate::in_virtual_time(async {
        let begin = Instant::now();
        let (_stop_sender, stops) = tokio::sync::mpsc::unbounded_channel();
        let summary = sweep_scheduler::run(&mut client, &mut executor, limits(1), stops).await.unwrap();
        assert_eq!(summary.finished, 3);
        begin.elapsed()
    });
    assert!(waited >= 2 * pause && waited < 3 * pause, "{waited:?}");
}
