//! Workers that a signal tells to end.

use sweep_job::JobEvent;
use sweep_scheduler::{StopRequest, Summary};

use crate::{
    executor::{
        ScriptedExecutor,
        Step::{self, Die, Leave, Ready, Say, Take},
    },
    giving_up::{Hesitant, sweep},
    support::{Witness, epoch, limits, order, started},
};

/// Trains a bundle with workers that play these scripts, and then with good ones. What is interrupted waits again.
fn trained(scripts: Vec<Vec<Step>>) -> (Summary, Witness, usize) {
    let mut client = Hesitant { waiting: [order(0, &[4])].into(), ..Hesitant::default() };
    let mut executor = ScriptedExecutor::new(scripts);
    let summary = sweep(&mut client, &mut executor, limits(1));
    client.witness.close();
    (summary, client.witness, executor.starts)
}

fn leaves_in_the_middle() -> Vec<Step> {
    let said = [started(), epoch(1), JobEvent::Interrupted].map(|event| Say(0, event));
    [Ready, Take].into_iter().chain(said).chain([Leave, Die("exit code 0")]).collect()
}

#[test]
fn a_worker_that_leaves_is_replaced_and_its_job_is_trained_again() {
    let (summary, witness, _) = trained(vec![leaves_in_the_middle()]);
    assert_eq!(summary, Summary { finished: 1, ..Summary::default() });
    insta::assert_snapshot!(witness.text(), @"
    0: worker started
    0: gets 0x4
    0: 0x4 started
    0: 0x4 epoch 1
    0: 0x4 interrupted
    0: worker leaves: SIGTERM
    0: worker ended: exit code 0
    0: worker started
    0: gets 0x4
    0: 0x4 started
    0: 0x4 epoch 1
    0: 0x4 epoch 2
    0: 0x4 epoch 3
    0: 0x4 epoch 4
    0: 0x4 finished
    0: worker ended: closed
    ");
}

#[test]
fn a_bundle_that_was_handed_to_a_leaving_worker_is_not_lost() {
    let (summary, witness, starts) = trained(vec![vec![Ready, Take, Leave, Die("exit code 0")]]);
    assert_eq!((summary, starts), (Summary { finished: 1, ..Summary::default() }, 2));
    assert!(witness.lines.contains(&"0: 0x4 interrupted".to_owned()), "{}", witness.text());
}

#[test]
fn a_worker_that_leaves_before_it_is_ready_is_no_failed_start() {
    let (summary, _, starts) = trained(vec![vec![Leave, Die("exit code 0")]; 3]);
    assert_eq!((summary, starts), (Summary { finished: 1, ..Summary::default() }, 4));
}

#[test]
fn a_slot_whose_workers_leave_again_and_again_stops_the_sweep() {
    let (summary, witness, starts) = trained(vec![leaves_in_the_middle(); 9]);
    let stop = Some(StopRequest::AfterEpoch);
    assert_eq!(
        (summary, starts),
        (Summary { interrupted: 1, not_started: 1, stop, ..Summary::default() }, 4)
    );
    let told = "0: worker leaves: SIGTERM, and the sweep stops".to_owned();
    assert!(witness.lines.contains(&told), "{}", witness.text());
}
