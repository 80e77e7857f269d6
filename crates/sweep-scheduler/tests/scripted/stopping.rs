//! Sweeps that are stopped.

use std::{convert::Infallible, sync::atomic::Ordering};

use sweep_job::JobEvent;
use sweep_scheduler::{
    StopRequest::{self, AfterEpoch, Now},
    Summary, run,
};
use tokio::{sync::mpsc, task};

use crate::{
    executor::{
        ScriptedExecutor,
        Step::{self, AwaitKill, AwaitStop, Die, Ready, Say, Take},
    },
    support::{FixedList, Witness, epoch, finished, limits, order, orders, started},
    sweep_with,
};

/// Runs a sweep in one slot that is stopped at the given lines, whenever they are said.
fn stopped(steps: Vec<Vec<Step>>, at: &[(&str, StopRequest)]) -> (Summary, Witness, usize) {
    let mut executor = ScriptedExecutor::new(steps);
    let bundles = vec![order(0, &[1, 3]), order(1, &[1]), order(2, &[1, 2])];
    let (result, witness) = sweep_with(bundles, &mut executor, 1, |witness, _| {
        let last = witness.lines.last().unwrap();
        Ok::<_, Infallible>(at.iter().find(|(line, _)| line == last).map(|&(_, request)| request))
    });
    witness.close();
    (result.unwrap(), witness, executor.starts)
}

fn in_the_middle(rest: impl IntoIterator<Item = Step>) -> Vec<Vec<Step>> {
    let begin = [Ready, Take, Say(0, started()), Say(1, started())];
    vec![begin.into_iter().chain(rest).collect()]
}

fn short_job_finishes() -> [Step; 3] {
    [Say(0, epoch(1)), Say(0, finished(1)), Say(1, epoch(1))]
}

#[test]
fn a_stop_after_the_epoch_waits_for_the_worker() {
    let rest =
        [Say(0, epoch(1)), AwaitStop, Say(0, finished(1)), Say(1, epoch(1)), Say(1, JobEvent::Interrupted)];
    let (summary, witness, _) = stopped(in_the_middle(rest), &[("0: 0x1 epoch 1", AfterEpoch)]);
    assert_eq!(
        summary,
        Summary { finished: 1, interrupted: 1, not_started: 3, stop: Some(AfterEpoch), ..Summary::default() }
    );
    assert!(!summary.all_finished());
    insta::assert_snapshot!(witness.text(), @r"
    0: worker started
    0: gets 0x1 and 0x3
    0: 0x1 started
    0: 0x3 started
    0: 0x1 epoch 1
    0: 0x1 finished
    0: 0x3 epoch 1
    0: 0x3 interrupted
    0: worker ended: closed
    ");
}

#[test]
fn a_second_stop_kills_what_the_first_waits_for() {
    let rest =
        short_job_finishes().into_iter().chain([AwaitStop, Say(1, epoch(2)), AwaitKill, Die("killed")]);
    let at = [("0: 0x1 finished", AfterEpoch), ("0: 0x3 epoch 2", Now)];
    let (summary, witness, _) = stopped(in_the_middle(rest), &at);
    assert_eq!(
        summary,
        Summary { finished: 1, interrupted: 1, not_started: 3, stop: Some(Now), ..Summary::default() }
    );
    assert_eq!(witness.lines[witness.lines.len() - 2..], ["0: worker ended: killed", "0: 0x3 interrupted"]);
}

#[test]
fn a_stop_at_once_interrupts_every_job_that_was_held() {
    let (summary, _, _) = stopped(in_the_middle([AwaitKill, Die("killed")]), &[("0: 0x3 started", Now)]);
    assert_eq!(summary, Summary { interrupted: 2, not_started: 3, stop: Some(Now), ..Summary::default() });
}

#[test]
fn what_was_said_before_the_kill_counts() {
    let rest = [AwaitKill].into_iter().chain(short_job_finishes()).chain([Die("killed")]);
    let (summary, _, _) = stopped(in_the_middle(rest), &[("0: 0x3 started", Now)]);
    assert_eq!((summary.finished, summary.interrupted), (1, 1));
}

#[test]
fn a_weaker_request_changes_nothing() {
    let rest = [AwaitKill, Say(0, epoch(1)), Die("killed")];
    let at = [("0: 0x3 started", Now), ("0: 0x1 epoch 1", AfterEpoch)];
    assert_eq!(stopped(in_the_middle(rest), &at).0.stop, Some(Now));
}

#[test]
fn a_worker_that_dies_while_it_stops_has_died() {
    let rest = [AwaitStop, Die("exit code 101")];
    let (summary, _, starts) = stopped(in_the_middle(rest), &[("0: 0x3 started", AfterEpoch)]);
    assert_eq!((summary.failed, summary.interrupted, starts), (2, 0, 1));
}

#[test]
fn workers_without_a_bundle_end_at_a_stop() {
    for request in [AfterEpoch, Now] {
        let (summary, witness, starts) = stopped(vec![], &[("0: worker started", request)]);
        assert_eq!(summary, Summary { not_started: 5, stop: Some(request), ..Summary::default() });
        assert_eq!((starts, witness.lines.len()), (1, 2));
    }
}

#[test]
fn a_stop_of_many_workers_leaves_none_and_loses_none() {
    for (request, slots) in [(AfterEpoch, 3), (Now, 3), (AfterEpoch, 16), (Now, 16)] {
        let mut executor = ScriptedExecutor::default();
        let (result, witness) = sweep_with(orders(50, 4), &mut executor, slots, |witness, _| {
            Ok::<_, Infallible>((witness.lines.len() == 100).then_some(request))
        });
        witness.close();
        let summary = result.unwrap();
        assert_eq!(summary.finished + summary.interrupted + summary.not_started, 50, "{summary:?}");
        assert!(summary.not_started > 0, "{summary:?}");
    }
}

#[tokio::test]
async fn a_sweep_that_is_dropped_kills_its_workers() {
    let mut executor = ScriptedExecutor::new(vec![vec![Ready, Take, AwaitKill, Die("killed")]; 3]);
    let alive = std::sync::Arc::clone(&executor.alive);
    let (_stop_sender, stops) = mpsc::unbounded_channel();
    let (handed_out_sender, mut handed_out) = mpsc::unbounded_channel();
    let observer = |run_event: sweep_scheduler::RunEvent<'_>| {
        if matches!(run_event, sweep_scheduler::RunEvent::BundleHandedOut { .. }) {
            let _ = handed_out_sender.send(());
        }
        Ok::<_, Infallible>(())
    };
    let mut client = FixedList::new(orders(3, 1), observer);
    let sweep = run(&mut client, &mut executor, limits(3), stops);
    tokio::select! {
        _ = sweep => panic!("the sweep cannot end by itself"),
        () = async { for _ in 0..3 { handed_out.recv().await.unwrap(); } } => {}
    }
    assert_eq!(alive.load(Ordering::Relaxed), 3);
    while alive.load(Ordering::Relaxed) > 0 {
        task::yield_now().await;
    }
}
