//! Workers that break the protocol: they are killed, and the jobs that they held fail.

use sweep_scheduler::{SchedulerError, Summary};

use crate::{
    executor::{
        ScriptedExecutor,
        Step::{self, AwaitKill, Garbage, Ready, Say, SayOf, Take, Train},
    },
    support::{epoch, finished, job, order, orders, started},
    sweep, sweep_with,
};

/// Plays the steps with a bundle of one job of two epochs, and then waits to be killed. How the job failed.
fn failure(steps: impl IntoIterator<Item = Step>) -> String {
    let steps = [Ready, Take, Say(0, started())].into_iter().chain(steps).chain([AwaitKill]).collect();
    let (summary, witness) =
        sweep(vec![order(7, &[2]), order(8, &[1])], &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { finished: 1, failed: 1, ..Summary::default() });
    witness.lines.iter().find_map(|line| line.strip_prefix("0: 7x2 worker died: ")).unwrap().to_owned()
}

#[test]
fn each_breach_has_its_words() {
    let breaches = [
        failure([Garbage]),
        failure([SayOf(job(9, 1).id)]),
        failure([Say(0, epoch(2))]),
        failure([Say(0, finished(1))]),
        failure([Say(0, started())]),
        failure([Ready]),
    ];
    insta::assert_snapshot!(breaches.join("\n"), @"
    killed, since it wrote garbage
    killed, since it reported on the job e8ccdcd053ac5df51fec3fbee477418f, which it does not train
    killed, since it reported what cannot be of the job ce98400f1f0f2a4413699e940f1cf976: a running job cannot take the event `epoch 2 finished`
    killed, since it reported what cannot be of the job ce98400f1f0f2a4413699e940f1cf976: a running job cannot take the event `finished after epoch 1`
    killed, since it reported what cannot be of the job ce98400f1f0f2a4413699e940f1cf976: a running job cannot take the event `started`
    killed, since it asked for the next bundle before the job ce98400f1f0f2a4413699e940f1cf976 was trained
    ");
}

#[test]
fn what_follows_a_breach_is_not_heard() {
    failure([Garbage, Say(0, epoch(1)), Say(0, epoch(2)), Say(0, finished(2)), Ready]);
}

#[test]
fn an_event_after_the_end_of_a_job_fails_only_the_others() {
    let steps = vec![
        Ready,
        Take,
        Say(0, started()),
        Say(1, started()),
        Say(0, epoch(1)),
        Say(0, finished(1)),
        Say(0, epoch(2)),
        AwaitKill,
    ];
    let (summary, _) = sweep(vec![order(0, &[1, 2])], &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { finished: 1, failed: 1, ..Summary::default() });
}

#[test]
fn a_program_that_does_not_speak_the_protocol_ends_the_sweep() {
    let mut executor = ScriptedExecutor::new(vec![vec![Garbage, AwaitKill]; 9]);
    let (result, _) = sweep_with::<std::io::Error>(orders(5, 1), &mut executor, 1, |_, _| Ok(None));
    let error = result.unwrap_err();
    assert!(matches!(&error, SchedulerError::CannotStart { .. }), "{error:?}");
    assert_eq!(executor.starts, 3);
    insta::assert_snapshot!(error, @"no worker can be started: 3 in a row ended before they were ready. The last: killed, since it wrote garbage");
}

#[test]
fn a_worker_that_is_asked_to_end_may_say_what_it_likes() {
    let steps = vec![Ready, Take, Train, Ready, Garbage, SayOf(job(9, 1).id), Ready, AwaitKill];
    let (summary, _) = sweep(orders(1, 1), &mut ScriptedExecutor::new([steps]), 1);
    assert_eq!(summary, Summary { finished: 1, ..Summary::default() });
}
