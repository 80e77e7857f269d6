//! Sweeps in which nothing goes wrong.

use sweep_scheduler::Summary;

use crate::{
    executor::ScriptedExecutor,
    support::{order, orders},
    sweep,
};

#[test]
fn one_worker_trains_one_bundle_after_the_other() {
    let (summary, witness) = sweep(vec![order(0, &[2]), order(1, &[1])], &mut ScriptedExecutor::default(), 1);
    assert_eq!(summary, Summary { finished: 2, ..Summary::default() });
    assert!(summary.all_finished());
    insta::assert_snapshot!(witness.text(), @r"
    0: worker started
    0: gets 0x2
    0: 0x2 started
    0: 0x2 epoch 1
    0: 0x2 epoch 2
    0: 0x2 finished
    0: gets 1x1
    0: 1x1 started
    0: 1x1 epoch 1
    0: 1x1 finished
    0: worker ended: closed
    ");
}

#[test]
fn jobs_of_a_bundle_finish_one_by_one() {
    let (summary, witness) = sweep(vec![order(0, &[1, 2])], &mut ScriptedExecutor::default(), 1);
    assert_eq!(summary.finished, 2);
    insta::assert_snapshot!(witness.text(), @r"
    0: worker started
    0: gets 0x1 and 0x2
    0: 0x1 started
    0: 0x2 started
    0: 0x1 epoch 1
    0: 0x1 finished
    0: 0x2 epoch 1
    0: 0x2 epoch 2
    0: 0x2 finished
    0: worker ended: closed
    ");
}

#[test]
fn there_are_never_more_workers_than_bundles() {
    let mut executor = ScriptedExecutor::default();
    let (summary, witness) = sweep(orders(2, 3), &mut executor, 5);
    assert_eq!((summary.finished, executor.starts, witness.most_workers), (2, 2, 2));
}

#[test]
fn a_worker_serves_many_bundles() {
    let mut executor = ScriptedExecutor::default();
    let (summary, witness) = sweep(orders(40, 3), &mut executor, 2);
    assert_eq!((summary.finished, executor.starts, witness.most_workers), (40, 2, 2));
}

#[test]
fn without_bundles_nothing_happens() {
    let mut executor = ScriptedExecutor::default();
    let (summary, witness) = sweep(vec![], &mut executor, 2);
    assert_eq!((summary, executor.starts, witness.lines.len()), (Summary::default(), 0, 0));
}

#[test]
fn a_bundle_that_cannot_be_sent_fails_without_its_worker() {
    let mut executor = ScriptedExecutor { unsendable: vec![1], ..ScriptedExecutor::default() };
    let (summary, witness) = sweep(vec![order(0, &[1]), order(1, &[1, 2]), order(2, &[1])], &mut executor, 1);
    assert_eq!(summary, Summary { finished: 2, failed: 2, ..Summary::default() });
    assert_eq!(executor.starts, 1);
    assert!(
        witness.lines.contains(&"0: 1x2 failed: the path is not Unicode".to_owned()),
        "{}",
        witness.text()
    );
}

/// A hundred thousand bundles take a fraction of a second where the work per bundle is constant, and minutes where
/// each one looks at all that wait.
#[test]
fn the_work_per_bundle_does_not_grow_with_their_number() {
    let (summary, _) = sweep(orders(100_000, 1), &mut ScriptedExecutor::default(), 4);
    assert_eq!(summary.finished, 100_000);
}
