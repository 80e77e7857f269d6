//! Workers that die.

use sweep_scheduler::{SchedulerError, Summary};

use crate::{
    executor::{
        Script, ScriptedExecutor,
        Step::{Die, Ready, Say, Take, Train},
    },
    support::{epoch, finished, order, orders, started},
    sweep, sweep_with,
};

#[test]
fn the_executor_says_how_many_starts_may_fail_in_a_row() {
    for patience in [0, 3] {
        let scripts = vec![Script::Impossible; 9].into();
        let mut executor = ScriptedExecutor { scripts, patience, ..ScriptedExecutor::default() };
        let (result, _) = sweep_with::<std::io::Error>(orders(5, 1), &mut executor, 1, |_, _| Ok(None));
        let SchedulerError::CannotStart { failures, .. } = result.unwrap_err() else { panic!("it started") };
        assert_eq!((failures.get(), executor.starts), (3 + patience, 3 + patience as usize));
    }
}

#[test]
fn a_death_takes_one_bundle_and_the_sweep_goes_on() {
    let dying = vec![Ready, Take, Say(0, started()), Say(0, epoch(1)), Die("killed by signal 9 (SIGKILL)")];
    let mut executor = ScriptedExecutor::new([dying]);
    let (summary, witness) = sweep(vec![order(0, &[2]), order(1, &[1])], &mut executor, 1);
    assert_eq!(summary, Summary { finished: 1, failed: 1, ..Summary::default() });
    assert_eq!(executor.starts, 2);
    insta::assert_snapshot!(witness.text(), @r"
    0: worker started
    0: gets 0x2
    0: 0x2 started
    0: 0x2 epoch 1
    0: worker ended: killed by signal 9 (SIGKILL)
    0: 0x2 worker died: killed by signal 9 (SIGKILL)
    0: worker started
    0: gets 1x1
    0: 1x1 started
    0: 1x1 epoch 1
    0: 1x1 finished
    0: worker ended: closed
    ");
}

#[test]
fn jobs_that_finished_before_the_death_stay_finished() {
    let dying = vec![
        Ready,
        Take,
        Say(0, started()),
        Say(1, started()),
        Say(2, started()),
        Say(0, epoch(1)),
        Say(0, finished(1)),
        Say(1, epoch(1)),
        Die("exit code 1"),
    ];
    let (summary, witness) = sweep(vec![order(0, &[1, 2, 3])], &mut ScriptedExecutor::new([dying]), 1);
    assert_eq!(summary, Summary { finished: 1, failed: 2, ..Summary::default() });
    let end = &witness.lines[witness.lines.len() - 3..];
    assert_eq!(
        end,
        [
            "0: worker ended: exit code 1",
            "0: 0x2 worker died: exit code 1",
            "0: 0x3 worker died: exit code 1"
        ]
    );
}

#[test]
fn a_death_between_bundles_costs_none() {
    let dying = vec![Ready, Take, Train, Die("exit code 0")];
    let mut executor = ScriptedExecutor::new([dying]);
    let (summary, _) = sweep(orders(2, 1), &mut executor, 1);
    assert_eq!((summary.finished, summary.failed, executor.starts), (2, 0, 2));
}

#[test]
fn a_death_after_the_last_bundle_costs_none() {
    let dying = vec![Ready, Take, Train, Ready, Die("exit code 101")];
    let mut executor = ScriptedExecutor::new([dying]);
    let (summary, _) = sweep(orders(1, 1), &mut executor, 1);
    assert_eq!((summary.finished, summary.failed, executor.starts), (1, 0, 1));
}

#[test]
fn every_worker_may_die_once_it_was_ready() {
    let mut executor = ScriptedExecutor::new(vec![vec![Ready, Take, Die("exit code 1")]; 20]);
    let (summary, _) = sweep(orders(20, 1), &mut executor, 2);
    assert_eq!((summary.failed, executor.starts), (20, 20));
}

#[test]
fn two_workers_that_do_not_start_are_no_matter() {
    let mut executor = ScriptedExecutor::new(vec![vec![Die("exit code 1")]; 2]);
    let (summary, _) = sweep(orders(3, 1), &mut executor, 1);
    assert_eq!((summary.finished, executor.starts), (3, 3));
}

#[test]
fn a_worker_that_gets_ready_clears_the_count() {
    let unready = || vec![Die("exit code 1")];
    let ready = || vec![Ready, Take, Train, Die("exit code 1")];
    let scripts = [unready(), unready(), ready(), unready(), unready(), ready(), unready(), unready()];
    let (summary, _) = sweep(orders(3, 1), &mut ScriptedExecutor::new(scripts), 1);
    assert_eq!(summary.finished, 3);
}

#[test]
fn three_workers_that_do_not_start_end_the_sweep() {
    let mut executor = ScriptedExecutor::new(vec![vec![Die("exit code 2: no such device")]; 9]);
    let (result, witness) = sweep_with::<std::io::Error>(orders(5, 1), &mut executor, 1, |_, _| Ok(None));
    let error = result.unwrap_err();
    assert!(
        matches!(&error, SchedulerError::CannotStart { failures, .. } if failures.get() == 3),
        "{error:?}"
    );
    insta::assert_snapshot!(error, @"no worker can be started: 3 in a row ended before they were ready. The last: exit code 2: no such device");
    assert_eq!((executor.starts, witness.workers, witness.ended), (3, 0, 0));
}

#[test]
fn a_program_that_cannot_be_run_ends_the_sweep() {
    let scripts = vec![Script::Impossible; 9].into();
    let mut executor = ScriptedExecutor { scripts, ..ScriptedExecutor::default() };
    let (result, _) = sweep_with::<std::io::Error>(orders(5, 1), &mut executor, 4, |_, _| Ok(None));
    assert!(matches!(result, Err(SchedulerError::CannotStart { .. })), "{result:?}");
    assert!(executor.starts <= 4 + 2, "{} starts", executor.starts);
}

/// Where memory suffices for two workers but not for three, two train it all.
#[test]
fn slots_without_workers_are_given_up_while_others_work() {
    let scripts = [Script::Plays(vec![])].into_iter().chain(vec![Script::Impossible; 9]).collect();
    let mut executor = ScriptedExecutor { scripts, ..ScriptedExecutor::default() };
    let (summary, witness) = sweep(orders(6, 2), &mut executor, 2);
    assert_eq!(summary.finished, 6);
    assert!(witness.lines.contains(&"1: retired: no room".to_owned()), "{}", witness.text());
}

#[test]
fn a_worker_that_its_executor_loses_is_a_dead_one() {
    let mut executor = ScriptedExecutor { scripts: [Script::Lost].into(), ..ScriptedExecutor::default() };
    let (summary, witness) = sweep(orders(1, 1), &mut executor, 1);
    assert_eq!((summary.finished, executor.starts), (1, 2));
    assert_eq!(witness.lines[1], "0: worker ended: its executor lost sight of it");
}
