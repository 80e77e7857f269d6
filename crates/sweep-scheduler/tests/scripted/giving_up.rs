//! Jobs that are given up while they are trained, and clients that have something later.

use std::{collections::VecDeque, convert::Infallible, num::NonZeroUsize, time::Duration};

use sweep_job::{BundleOrder, JobEvent, JobId};
use sweep_scheduler::{Client, Heard, Limits, RunEvent, Summary, Supply, run};
use tokio::{sync::mpsc, time};

use crate::{
    executor::{
        ScriptedExecutor,
        Step::{AwaitCancel, AwaitKill, Die, Ready, Say, Take},
    },
    support::{Witness, epoch, finished, job, limits, order, side_by_side, started},
};

/// A client that holds back, cancels and asks again.
#[derive(Default)]
pub(crate) struct Hesitant {
    pub(crate) waiting: VecDeque<BundleOrder>,
    /// So often it says `Later` before each bundle.
    pub(crate) pauses: u32,
    pub(crate) left_of_pause: u32,
    pub(crate) cancelled: Vec<JobId>,
    /// How many slots were free each time it was asked.
    pub(crate) free: Vec<usize>,
    /// What it makes of each job that fails, in turn.
    pub(crate) failures: VecDeque<Heard>,
    pub(crate) witness: Witness,
}

impl Client for Hesitant {
    type Error = Infallible;

    fn next_bundle(&mut self, free_slots: NonZeroUsize) -> Result<Supply, Infallible> {
        self.free.push(free_slots.get());
        if self.waiting.is_empty() {
            return Ok(Supply::Exhausted);
        }
        if self.left_of_pause > 0 {
            self.left_of_pause -= 1;
            return Ok(Supply::Later);
        }
        self.left_of_pause = self.pauses;
        Ok(self.waiting.pop_front().map_or(Supply::Exhausted, |order| Supply::Bundle(Box::new(order))))
    }

    fn take_back(&mut self, order: BundleOrder) -> Result<(), Infallible> {
        self.waiting.push_front(order);
        Ok(())
    }

    fn jobs_left(&self) -> usize {
        self.waiting.len()
    }

    fn cancelled(&mut self) -> Result<Vec<JobId>, Infallible> {
        Ok(self.cancelled.clone())
    }

    fn hear(&mut self, run_event: RunEvent<'_>) -> Result<Heard, Infallible> {
        self.witness.hear(run_event);
        if let RunEvent::Job { job, event, .. } = run_event {
            if matches!(event, JobEvent::Interrupted) {
                self.waiting.push_back(order(0, &[4]));
            }
            self.cancelled.retain(|cancelled| *cancelled != job || !matches!(event, JobEvent::Failed(_)));
            if matches!(event, JobEvent::Failed(_)) {
                return Ok(self.failures.pop_front().unwrap_or_default());
            }
        }
        Ok(Heard::default())
    }
}

pub(crate) fn sweep(client: &mut Hesitant, executor: &mut ScriptedExecutor, limits: Limits) -> Summary {
    let (_stop_sender, stops) = mpsc::unbounded_channel();
    let outcome = crate::in_virtual_time(async {
        time::timeout(Duration::from_secs(3600), run(client, executor, limits, stops)).await
    });
    outcome.expect("the sweep hangs").unwrap()
}

#[test]
fn a_client_is_told_how_many_slots_wait() {
    let waiting = [order(0, &[1]), order(1, &[1])].into();
    let mut client = Hesitant { waiting, ..Hesitant::default() };
    sweep(&mut client, &mut ScriptedExecutor::default(), limits(3));
    assert_eq!(client.free[..3], [3, 2, 1]);
}

fn stuck_in_the_middle() -> ScriptedExecutor {
    ScriptedExecutor::new([vec![
        Ready,
        Take,
        Say(0, started()),
        Say(1, started()),
        Say(0, epoch(1)),
        AwaitKill,
        Die("killed"),
    ]])
}

#[test]
fn a_client_that_has_something_later_is_asked_again() {
    let mut client = Hesitant {
        waiting: [order(0, &[1]), order(1, &[1])].into(),
        pauses: 3,
        left_of_pause: 3,
        ..Hesitant::default()
    };
    let summary = sweep(&mut client, &mut ScriptedExecutor::default(), limits(2));
    assert_eq!(summary, Summary { finished: 2, ..Summary::default() });
}

#[test]
fn a_cancelled_job_takes_its_worker_with_it_and_the_others_come_back() {
    let cancelled = job(0, 3).id;
    let mut client =
        Hesitant { waiting: [order(0, &[3, 4])].into(), cancelled: vec![cancelled], ..Hesitant::default() };
    let summary = sweep(&mut client, &mut stuck_in_the_middle(), limits(1));
    assert_eq!(summary, Summary { finished: 1, cancelled: 1, ..Summary::default() });
    insta::assert_snapshot!(client.witness.text(), @"
    0: worker started
    0: gets 0x3 and 0x4
    0: 0x3 started
    0: 0x4 started
    0: 0x3 epoch 1
    0: worker ended: killed
    0: 0x3 failed: cancelled
    0: 0x4 interrupted
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

/// Trainings of the seeds 0, of jobs of 3 and 4 epochs, and 1, of a job of one.
fn two_trainings(cancelled: &[JobId]) -> Hesitant {
    let bundle = side_by_side(&[(0, &[3, 4]), (1, &[1])]);
    Hesitant { waiting: [bundle].into(), cancelled: cancelled.to_vec(), ..Hesitant::default() }
}

#[test]
fn a_cancelled_job_beside_other_trainings_ends_alone() {
    let mut executor = ScriptedExecutor::new([vec![
        Ready,
        Take,
        Say(0, started()),
        Say(1, started()),
        Say(2, started()),
        AwaitCancel,
        Say(2, epoch(1)),
        Say(2, finished(1)),
    ]]);
    let mut client = two_trainings(&[job(0, 3).id, job(0, 4).id]);
    let summary = sweep(&mut client, &mut executor, limits(1));
    assert_eq!(summary, Summary { finished: 1, cancelled: 2, ..Summary::default() });
    insta::assert_snapshot!(client.witness.text(), @"
    0: worker started
    0: gets 0x3 and 0x4 and 1x1
    0: 0x3 started
    0: 0x4 started
    0: 1x1 started
    0: 0x3 failed: cancelled
    0: 0x4 failed: cancelled
    0: 1x1 epoch 1
    0: 1x1 finished
    0: worker ended: closed
    ");
}

#[test]
fn a_worker_that_holds_cancelled_jobs_alone_is_killed() {
    let mut client = two_trainings(&[job(0, 3).id, job(0, 4).id, job(1, 1).id]);
    let summary = sweep(&mut client, &mut stuck_in_the_middle(), limits(1));
    assert_eq!(summary, Summary { cancelled: 3, ..Summary::default() });
    let ended = client.witness.lines.iter().position(|line| line == "0: worker ended: killed").unwrap();
    assert!(client.witness.lines[ended + 1..].iter().all(|line| line.ends_with("failed: cancelled")));
}

#[test]
fn a_training_that_takes_too_long_fails_and_says_so() {
    let mut client = Hesitant { waiting: [order(0, &[3, 4]), order(1, &[1])].into(), ..Hesitant::default() };
    let limits = Limits { timeout: Some(Duration::from_secs(90)), ..limits(1) };
    let summary = sweep(&mut client, &mut stuck_in_the_middle(), limits);
    assert_eq!(summary, Summary { finished: 1, failed: 2, ..Summary::default() });
    insta::assert_snapshot!(client.witness.text(), @"
    0: worker started
    0: gets 0x3 and 0x4
    0: 0x3 started
    0: 0x4 started
    0: 0x3 epoch 1
    0: worker ended: killed
    0: 0x3 failed: timed out: its training took more than 90 s
    0: 0x4 failed: timed out: its training took more than 90 s
    0: worker started
    0: gets 1x1
    0: 1x1 started
    0: 1x1 epoch 1
    0: 1x1 finished
    0: worker ended: closed
    ");
}

#[test]
fn a_training_within_its_time_is_left_alone() {
    let mut client = Hesitant { waiting: [order(0, &[3])].into(), ..Hesitant::default() };
    let limits = Limits { timeout: Some(Duration::from_secs(90)), ..limits(1) };
    assert!(sweep(&mut client, &mut ScriptedExecutor::default(), limits).all_finished());
}
