//! Several runs share one database.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{collections::BTreeMap, sync::Mutex, thread};

use rusqlite::Connection;
use scene::*;
use sweep_job::{FailureReason, JobEvent, JobId, JobState, JobStatus, RunDetails, RunLife};
use sweep_store::{Cancelled, ClaimOutcome, JobSelection, Store, StoreError};

fn failed() -> JobEvent {
    JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() })
}

fn status(store: &Store, job: &JobId) -> JobStatus {
    store.reader().job(job).unwrap().status
}

#[test]
fn a_claimed_job_is_one_runs_alone_until_it_ends() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let mut one = scene.with_sweep(&jobs);
    let mut other = Store::open(&scene.path()).unwrap();
    let ids = [jobs[0].id, jobs[1].id];
    assert_eq!(one.claim(&ids[..1]).unwrap(), [ClaimOutcome::Claimed]);
    assert_eq!(other.claim(&ids).unwrap(), [ClaimOutcome::HeldElsewhere, ClaimOutcome::Claimed]);
    for event in [started(), failed(), JobEvent::Interrupted, epoch(1, Some(0.5), 0.5)] {
        assert!(other.record(&ids[0], &event).is_err());
    }
    let refused = other.record(&ids[0], &started()).unwrap_err();
    assert!(matches!(refused, StoreError::NotOurs { owner: Some(_), .. }), "{refused}");
    live(&mut one, &ids[0], &life());
    assert_eq!(other.claim(&ids[..1]).unwrap(), [ClaimOutcome::Finished]);
    // What a run claims twice is still its own.
    assert_eq!(other.claim(&ids[1..]).unwrap(), [ClaimOutcome::Claimed]);
}

#[test]
fn what_a_run_has_claimed_is_free_when_it_ends() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let mut one = scene.with_sweep(&jobs);
    let mut other = Store::open(&scene.path()).unwrap();
    one.claim(&[jobs[0].id, jobs[1].id]).unwrap();
    live(&mut one, &jobs[1].id, &life()[..3]);
    one.close().unwrap();
    assert_eq!(other.claim(&[jobs[0].id, jobs[1].id]).unwrap(), [ClaimOutcome::Claimed; 2]);
    assert_eq!(other.requeued(), []);
    live(&mut other, &jobs[1].id, &life());
}

#[test]
fn the_jobs_of_a_dead_run_are_claimed_at_once() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let mut one = scene.with_sweep(&jobs);
    let mut other = Store::open(&scene.path()).unwrap();
    one.claim(&[jobs[0].id, jobs[1].id]).unwrap();
    live(&mut one, &jobs[0].id, &life()[..3]);
    die_while_running(one, &scene.path(), &jobs[0].id);
    assert_eq!(other.claim(&[jobs[0].id]).unwrap(), [ClaimOutcome::Claimed]);
    assert_eq!(other.requeued(), [jobs[0].id]);
    live(&mut other, &jobs[0].id, &life());
    let attempts = other.reader().attempts(&jobs[0].id).unwrap();
    let endings: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.ending.as_deref().unwrap_or("none")))
        .collect();
    assert_eq!(endings, [(1, "interrupted"), (2, "finished")]);
    assert_eq!(other.reader().run_of(&jobs[0].id).unwrap().unwrap().id, attempts[1].run.unwrap());
    assert_eq!(scene.query("SELECT run_id, ending FROM runs WHERE ending = 'lost'"), ["1 lost"]);
}

#[test]
fn a_running_job_of_a_program_without_runs_waits_again() {
    let scene = Scene::new();
    let jobs = seeds(1);
    drop(scene.with_sweep(&jobs));
    Connection::open(scene.path()).unwrap().execute_batch("UPDATE job SET status = 'running'").unwrap();
    let store = Store::open(&scene.path()).unwrap();
    assert_eq!(store.requeued(), [jobs[0].id]);
    assert_eq!(status(&store, &jobs[0].id), JobStatus::Queued);
}

#[test]
fn a_run_leaves_a_row_that_says_who_it_was() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    let details = RunDetails {
        command_line: "sweep run a.toml".into(),
        program_version: "1.2.3".into(),
        git_commit: Some("abc-dirty".into()),
        compiler: "rustc 1".into(),
        target: "x86_64".into(),
        features: "cuda".into(),
    };
    store.describe_run(details.clone());
    store.claim(&[jobs[0].id]).unwrap();
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let [run] = reader.open_runs().unwrap().try_into().unwrap();
    assert_eq!((run.life, run.jobs, run.details), (RunLife::Alive, 1, details));
    assert_eq!(run.process.process, std::process::id());
    assert!(run.process.boot_id.is_some() && run.process.process_started.is_some());
    store.close().unwrap();
    assert_eq!(reader.open_runs().unwrap(), []);
    assert_eq!(scene.query("SELECT ending, ended_at IS NOT NULL FROM runs"), ["ended 1"]);
}

#[test]
fn a_crash_that_is_to_be_retried_is_never_seen_as_an_end() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    store.record(&jobs[0].id, &started()).unwrap();
    let state = store.record_all(&jobs[0].id, &[failed(), JobEvent::Requeued]).unwrap();
    assert_eq!(state, JobState::Queued);
    // All or none.
    assert!(store.record_all(&jobs[0].id, &[started(), JobEvent::Requeued]).is_err());
    assert_eq!(status(&store, &jobs[0].id), JobStatus::Queued);
    let attempts = scene.query("SELECT attempt, ending, reason FROM attempts");
    assert_eq!(attempts, ["1 failed worker died: signal 9"]);
}

#[test]
fn jobs_are_cancelled_and_queued_again() {
    let scene = Scene::new();
    let jobs = seeds(4);
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let mut run = scene.with_sweep(&jobs);
    let mut hand = Store::open(&scene.path()).unwrap();
    live(&mut run, &ids[0], &life());
    live(&mut run, &ids[1], &life()[..2]);
    run.claim(&ids[2..3]).unwrap();
    let outcome = hand.cancel(&ids).unwrap();
    assert_eq!(outcome, Cancelled { cancelled: 1, requested: 2, over: 1 });
    assert_eq!(run.cancel_requests().unwrap(), ids[1..3]);
    run.record(&ids[1], &JobEvent::Failed(FailureReason::Cancelled)).unwrap();
    // What would wait again is not wanted either.
    let state = run.record(&ids[2], &JobEvent::Interrupted).unwrap();
    assert_eq!(state, JobState::Failed(FailureReason::Cancelled));
    assert_eq!(run.cancel_requests().unwrap(), []);
    assert_eq!(status(&run, &ids[1]), JobStatus::Failed(FailureReason::Cancelled));
    assert_eq!(
        run.claim(&ids).unwrap(),
        [ClaimOutcome::Finished, ClaimOutcome::Cancelled, ClaimOutcome::Cancelled, ClaimOutcome::Cancelled]
    );
    // What is cancelled stays so when its sweep is asked for again.
    let recorded = hand.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    assert_eq!((recorded.cancelled_before, recorded.to_run), (3, vec![]));
    assert_eq!(hand.requeue(&ids).unwrap(), 3);
    assert_eq!(hand.reader().counts().unwrap()[0].queued, 3);
    assert!(matches!(hand.requeue(&[planned(spec_of_seed(99)).id]), Err(StoreError::UnknownJob { .. })));
}

/// What a worker had said before its run saw the request is true, and stays.
#[test]
fn a_job_that_ends_before_its_run_sees_the_request_keeps_its_result() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut run = scene.with_sweep(&jobs);
    let mut hand = Store::open(&scene.path()).unwrap();
    let (end, before) = life().split_last().map(|(end, before)| (end.clone(), before.to_vec())).unwrap();
    live(&mut run, &jobs[0].id, &before);
    assert_eq!(hand.cancel(&[jobs[0].id]).unwrap().requested, 1);
    run.record(&jobs[0].id, &end).unwrap();
    assert_eq!(status(&run, &jobs[0].id), JobStatus::Finished);
    assert_eq!(run.cancel_requests().unwrap(), []);
    assert_eq!(hand.cancel(&[jobs[0].id]).unwrap(), Cancelled { over: 1, ..Cancelled::default() });
}

#[test]
fn a_wish_to_cancel_outlives_the_run_that_was_asked() {
    let scene = Scene::new();
    let jobs = seeds(4);
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let mut run = scene.with_sweep(&jobs);
    let mut hand = Store::open(&scene.path()).unwrap();
    // One crashes and would be tried again, one is claimed when its run ends, and one is running when its run dies.
    live(&mut run, &ids[0], &life()[..2]);
    live(&mut run, &ids[1], &life()[..2]);
    run.claim(&ids[2..]).unwrap();
    assert_eq!(hand.cancel(&[ids[0], ids[2]]).unwrap().requested, 2);
    let state = run.record_all(&ids[0], &[failed(), JobEvent::Requeued]).unwrap();
    assert_eq!(state, JobState::Failed(FailureReason::Cancelled));
    die_while_running(run, &scene.path(), &ids[1]);
    let wish = format!("UPDATE job SET cancel_requested = 1 WHERE id = '{}'", ids[1]);
    Connection::open(scene.path()).unwrap().execute_batch(&wish).unwrap();
    assert_eq!(
        hand.claim(&ids).unwrap(),
        [ClaimOutcome::Cancelled, ClaimOutcome::Cancelled, ClaimOutcome::Cancelled, ClaimOutcome::Claimed]
    );
    assert_eq!(hand.requeued(), []);
    let attempts = scene.query("SELECT ending, reason FROM attempts");
    assert_eq!(attempts, ["cancelled cancelled", "cancelled cancelled"]);
    // Who asks again is told the same.
    assert_eq!(hand.cancel(&ids[1..2]).unwrap(), Cancelled { over: 1, ..Cancelled::default() });
}

#[test]
fn many_runs_at_once_train_every_job_once() {
    let scene = Scene::new();
    let jobs = seeds(200);
    drop(scene.with_sweep(&jobs));
    let trained = Mutex::new(BTreeMap::<JobId, u32>::new());
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut store = Store::open(&scene.path()).unwrap();
                for job in &jobs {
                    if store.claim(&[job.id]).unwrap() == [ClaimOutcome::Claimed] {
                        live(&mut store, &job.id, &life());
                        *trained.lock().unwrap().entry(job.id).or_default() += 1;
                    }
                }
            });
        }
    });
    let trained = trained.into_inner().unwrap();
    assert!(trained.len() == 200 && trained.values().all(|count| *count == 1), "{trained:?}");
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let jobs = reader.jobs(JobSelection::All).unwrap();
    assert!(jobs.iter().all(|job| job.status == JobStatus::Finished && job.attempts == 1));
}

#[test]
fn many_make_one_database_at_once() {
    let scene = Scene::new();
    let path = scene.path();
    thread::scope(|scope| {
        for seed in 0..16 {
            let path = &path;
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                if !store.reader().has_data_set(&identity()).unwrap() {
                    store.record_data_set(&data_set()).unwrap();
                }
                let jobs = [planned(spec_of_seed(seed))];
                store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
            });
        }
    });
    assert_eq!(Store::open_read_only(&path).unwrap().jobs(JobSelection::All).unwrap().len(), 16);
}
