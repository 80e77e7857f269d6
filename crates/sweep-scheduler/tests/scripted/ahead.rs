//! Workers that ask for the next bundle while the ends of their last jobs are still to come.

use sweep_scheduler::{StopRequest, Summary};

use crate::{
    executor::{
        ScriptedExecutor,
        Step::{self, AwaitKill, Die, Ready, Say, SayOf, Take},
    },
    support::{epoch, finished, job, order, orders, started},
    sweep, sweep_with,
};

/// Trains the job `0x1`, takes `1x1` and trains it, and has said the end of neither.
fn two_without_ends() -> Vec<Step> {
    let train = [Ready, Take, Say(0, started()), Say(0, epoch(1))];
    [train.clone(), train].concat()
}

#[test]
fn a_trained_job_may_end_during_the_next_training() {
    let steps = [two_without_ends(), vec![SayOf(job(0, 1).id), Say(0, finished(1))]].concat();
    let mut executor = ScriptedExecutor::new([steps]);
    let (summary, witness) = sweep(orders(3, 1), &mut executor, 1);
    assert_eq!(summary, Summary { finished: 3, ..Summary::default() });
    assert_eq!(executor.starts, 1);
    insta::assert_snapshot!(witness.text(), @r"
    0: worker started
    0: gets 0x1
    0: 0x1 started
    0: 0x1 epoch 1
    0: gets 1x1
    0: 1x1 started
    0: 1x1 epoch 1
    0: 0x1 finished
    0: 1x1 finished
    0: gets 2x1
    0: 2x1 started
    0: 2x1 epoch 1
    0: 2x1 finished
    0: worker ended: closed
    ");
}

#[test]
fn a_worker_is_not_ended_before_it_has_said_all() {
    let steps =
        [two_without_ends(), vec![Ready, Say(0, finished(1)), SayOf(job(0, 1).id), AwaitKill]].concat();
    let (summary, witness) = sweep(orders(2, 1), &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { finished: 2, ..Summary::default() });
    assert_eq!(witness.lines.last().map(String::as_str), Some("0: worker ended: closed"));
}

#[test]
fn a_death_takes_all_that_was_held() {
    let steps = [two_without_ends(), vec![Ready, Die("exit code 1")]].concat();
    let (summary, witness) = sweep(orders(2, 1), &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { failed: 2, ..Summary::default() });
    for end in ["0: 0x1 worker died: exit code 1", "0: 1x1 worker died: exit code 1"] {
        assert!(witness.lines.iter().any(|line| line == end), "{}", witness.text());
    }
}

#[test]
fn a_stop_waits_for_the_ends_and_hands_nothing_out() {
    let steps =
        [two_without_ends(), vec![Ready, SayOf(job(0, 1).id), Say(0, finished(1)), AwaitKill]].concat();
    let (result, _) = sweep_with(orders(3, 1), &mut ScriptedExecutor::new([steps]), 1, |witness, _| {
        let is_trained = witness.lines.last().is_some_and(|line| line == "0: 1x1 epoch 1");
        Ok::<_, std::convert::Infallible>(is_trained.then_some(StopRequest::AfterEpoch))
    });
    assert_eq!(
        result.ok(),
        Some(Summary {
            finished: 2,
            not_started: 1,
            stop: Some(StopRequest::AfterEpoch),
            ..Summary::default()
        })
    );
}

#[test]
fn one_that_asks_twice_breaks_the_protocol() {
    let steps = [two_without_ends(), vec![Ready, Ready, AwaitKill]].concat();
    let (summary, witness) = sweep(orders(2, 1), &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { failed: 2, ..Summary::default() });
    let failure = "0: 0x1 worker died: killed, since it said that it is ready when it had said so before";
    assert!(witness.lines.iter().any(|line| line == failure), "{}", witness.text());
}

#[test]
fn one_that_has_not_trained_all_epochs_must_not_ask() {
    let steps = vec![
        Ready,
        Take,
        Say(0, started()),
        Say(1, started()),
        Say(0, epoch(1)),
        Say(1, epoch(1)),
        Ready,
        AwaitKill,
    ];
    let (summary, witness) = sweep(vec![order(0, &[1, 2])], &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { failed: 2, ..Summary::default() });
    let asked = format!("asked for the next bundle before the job {} was trained", job(0, 2).id);
    assert!(witness.text().contains(&asked), "{}", witness.text());
}
