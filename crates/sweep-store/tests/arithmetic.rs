//! Results of an older arithmetic stay until they are given up, and are trained again then.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use rusqlite::Connection;
use scene::*;
use sweep_job::{ARITHMETIC, FailureReason, JobEvent, LossKind, Status};
use sweep_store::{CheckReport, Store};

/// Jobs that are finished with an older arithmetic, finished with this one, diverged with an older one, failed, and queued.
fn scene_of_five() -> Scene {
    let scene = Scene::new();
    let jobs = seeds(5);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    live(&mut store, &jobs[1].id, &life());
    let diverged = FailureReason::Diverged { epoch: 2, step: 1, loss: LossKind::Train };
    live(&mut store, &jobs[2].id, &[started(), epoch(1, Some(0.5), 0.5), JobEvent::Failed(diverged)]);
    live(&mut store, &jobs[3].id, &[started(), JobEvent::Failed(FailureReason::Cancelled)]);
    drop(store);
    Connection::open(scene.path())
        .unwrap()
        .execute_batch("UPDATE job SET arithmetic = 0 WHERE key IN (1, 3, 4); UPDATE attempt SET arithmetic = 0 WHERE job IN (1, 3, 4)")
        .unwrap();
    scene
}

fn check(scene: &Scene) -> CheckReport {
    Store::open_to_check(&scene.path()).unwrap().check().unwrap()
}

#[test]
fn finished_jobs_stay_finished() {
    let scene = scene_of_five();
    let jobs = seeds(5);
    let mut store = Store::open(&scene.path()).unwrap();
    let recorded = store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    assert_eq!((recorded.finished, recorded.diverged_before), (2, 1));
}

#[test]
fn older_results_are_given_up_and_trained_again() {
    let scene = scene_of_five();
    let jobs = seeds(5);
    let mut store = Store::open(&scene.path()).unwrap();
    assert_eq!(store.renew(ARITHMETIC).unwrap(), 2);
    let status = |store: &Store, index: usize| store.reader().job(&jobs[index].id).unwrap().status.status();
    let all: Vec<Status> = (0..5).map(|index| status(&store, index)).collect();
    assert_eq!(all, [Status::Queued, Status::Finished, Status::Queued, Status::Cancelled, Status::Queued]);
    assert_eq!(store.reader().epochs(&jobs[0].id).unwrap(), []);
    assert_eq!(store.reader().job(&jobs[0].id).unwrap().best, None);
    assert_eq!(store.renew(ARITHMETIC).unwrap(), 0);
    drop(store);
    assert_eq!(check(&scene), CheckReport { finished: 1, readable: 1, ..CheckReport::default() });

    let mut store = Store::open(&scene.path()).unwrap();
    live(&mut store, &jobs[0].id, &life());
    assert_eq!(store.reader().job(&jobs[0].id).unwrap().attempts, 2);
    drop(store);
    assert_eq!(check(&scene), CheckReport { finished: 2, readable: 2, ..CheckReport::default() });
}
