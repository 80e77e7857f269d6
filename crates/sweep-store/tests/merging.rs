//! Results of another database come in.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::fs;

use rusqlite::Connection;
use scene::*;
use sha2::{Digest, Sha256};
use sweep_job::{FailureReason, JobEvent, JobId, JobStatus, LossKind, Outcome};
use sweep_store::{Comparison, Conflict, JobSelection, Merged, Store, compare, weights_dir};

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A life whose weights lie beside the database.
fn life_with_files(scene: &Scene, job: &JobId) -> Vec<JobEvent> {
    let mut events = life();
    let Some(JobEvent::Finished(outcome)) = events.last_mut() else { panic!("a life ends") };
    let Outcome { best, selected, last } = outcome.as_mut();
    let folder = weights_dir(&scene.path()).join(job.to_string());
    fs::create_dir_all(&folder).unwrap();
    for (name, snapshot) in [("best", Some(best)), ("selected", selected.as_mut()), ("last", Some(last))] {
        let Some(snapshot) = snapshot else { continue };
        let bytes = format!("{name} weights of {job}");
        fs::write(folder.join(name), &bytes).unwrap();
        snapshot.weights.file = format!("{job}/{name}");
        snapshot.weights.sha256 = hex(bytes.as_bytes());
    }
    events
}

fn diverged() -> JobEvent {
    JobEvent::Failed(FailureReason::Diverged { epoch: 2, step: 1, loss: LossKind::Train })
}

#[test]
fn results_come_in_with_their_weights_and_nothing_is_overwritten() {
    let (here, there) = (Scene::new(), Scene::new());
    let jobs = seeds(7);
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let mut store = here.with_sweep(&jobs);
    let mut other = there.with_sweep(&jobs);
    // 0: the same in both. 1: other bits. 2: only there. 3: only here. 4: diverged there. 5: failed here, finished there.
    for scene_and_store in [(&here, &mut store, vec![0, 1, 3]), (&there, &mut other, vec![0, 1, 2, 5])] {
        let (scene, store, finished) = scene_and_store;
        for index in finished {
            live(store, &ids[index], &life_with_files(scene, &ids[index]));
        }
    }
    live(&mut other, &ids[4], &[started(), epoch(1, Some(0.5), 0.5), diverged()]);
    let unsuitable = FailureReason::Unsuitable { message: "no".into() };
    live(&mut store, &ids[5], &[started(), JobEvent::Failed(unsuitable)]);
    Connection::open(there.path())
        .unwrap()
        .execute("UPDATE epoch SET train_loss = train_loss * 1.5 WHERE job = 2", [])
        .unwrap();

    let merged = store.merge(other.reader()).unwrap();
    let Merged { brought, same, without_result, held, without_weights, other_arithmetic, conflicts } = merged;
    assert_eq!((brought, same, without_result), (3, 1, 2));
    assert!(held.is_empty() && without_weights.is_empty() && other_arithmetic == 0);
    let [(conflict, Conflict::Results(differences))] = conflicts[..] else { panic!("{conflicts:?}") };
    assert_eq!((conflict, differences.first), (ids[1], Some((1, "train loss"))));
    assert!((differences.first_train_loss - 0.5).abs() < 1e-9);
    let statuses: Vec<_> =
        store.reader().jobs(JobSelection::All).unwrap().iter().map(|job| job.status.name()).collect();
    assert_eq!(statuses, ["finished", "finished", "finished", "finished", "diverged", "finished", "queued"]);
    for index in [2, 5] {
        let path = format!("{}/best", ids[index]);
        let read = |scene: &Scene| fs::read(weights_dir(&scene.path()).join(&path)).unwrap();
        assert_eq!(read(&here), read(&there));
        let (job, theirs) =
            (store.reader().job(&ids[index]).unwrap(), other.reader().job(&ids[index]).unwrap());
        assert_eq!((job.started_at, job.finished_at), (theirs.started_at, theirs.finished_at));
    }
    let report = store.reader().check().unwrap();
    assert!(report.broken.is_empty() && report.damage.is_empty(), "{report:?}");

    // Once more, nothing is left to do.
    let again = store.merge(other.reader()).unwrap();
    assert_eq!((again.brought, again.same, again.conflicts.len()), (0, 4, 1));

    // Another revision of the arithmetic may give other bits.
    Connection::open(there.path()).unwrap().execute("UPDATE job SET arithmetic = 0", []).unwrap();
    let again = store.merge(other.reader()).unwrap();
    assert_eq!((again.same, again.other_arithmetic, again.conflicts.len()), (4, 1, 0));
}

#[test]
fn a_conflict_says_how_the_results_contradict_each_other() {
    let (here, there) = (Scene::new(), Scene::new());
    let jobs = seeds(2);
    let [one, two] = [jobs[0].id, jobs[1].id];
    let mut store = here.with_sweep(&jobs);
    let mut other = there.with_sweep(&jobs);
    live(&mut store, &one, &life_with_files(&here, &one));
    live(&mut other, &one, &[started(), epoch(1, Some(0.5), 0.5), diverged()]);
    live(&mut store, &two, &[started(), epoch(1, Some(0.5), 0.5), diverged()]);
    let of_test = JobEvent::Failed(FailureReason::Diverged { epoch: 2, step: 1, loss: LossKind::Test });
    live(&mut other, &two, &[started(), epoch(1, Some(0.5), 0.5), of_test]);
    let merged = store.merge(other.reader()).unwrap();
    assert_eq!(merged.conflicts, [(one, Conflict::Ends), (two, Conflict::Divergences)]);
}

#[test]
fn a_job_that_is_being_trained_here_is_left_alone() {
    let (here, there) = (Scene::new(), Scene::new());
    let jobs = seeds(1);
    let mut run = here.with_sweep(&jobs);
    run.record(&jobs[0].id, &started()).unwrap();
    let mut other = there.with_sweep(&jobs);
    live(&mut other, &jobs[0].id, &life_with_files(&there, &jobs[0].id));
    let mut hand = Store::open(&here.path()).unwrap();
    assert_eq!(hand.merge(other.reader()).unwrap().held, [jobs[0].id]);
    assert_eq!(run.reader().job(&jobs[0].id).unwrap().status, JobStatus::Running);
}

#[test]
fn weights_that_are_gone_changed_or_outside_do_not_come_in() {
    for mishap in ["gone", "changed", "outside"] {
        let (here, there) = (Scene::new(), Scene::new());
        let jobs = seeds(1);
        let mut store = here.with_sweep(&jobs);
        let mut other = there.with_sweep(&jobs);
        live(&mut other, &jobs[0].id, &life_with_files(&there, &jobs[0].id));
        let file = weights_dir(&there.path()).join(format!("{}/last", jobs[0].id));
        match mishap {
            "gone" => fs::remove_file(file).unwrap(),
            "changed" => fs::write(file, "other").unwrap(),
            _ => {
                fs::rename(file, there.folder.path().join("last")).unwrap();
                let sql = "UPDATE snapshot SET weights_file = '../last' WHERE kind = 'last'";
                Connection::open(there.path()).unwrap().execute(sql, []).unwrap();
            }
        }
        let merged = store.merge(other.reader()).unwrap();
        assert_eq!((merged.brought, merged.without_weights), (0, vec![jobs[0].id]), "{mishap}");
        assert_eq!(store.reader().job(&jobs[0].id).unwrap().status, JobStatus::Queued);
        assert!(!here.folder.path().join("last").exists());
    }
}

/// A safetensors file of one tensor, with metadata.
fn weights(metadata: &str, value: u8) -> Vec<u8> {
    let header = format!(
        r#"{{"__metadata__":{{"sweep":"{metadata}"}},"w":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#
    );
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[value]].concat()
}

/// A life all of whose weights files hold `bytes`.
fn life_with_weights(scene: &Scene, job: &JobId, bytes: &[u8]) -> Vec<JobEvent> {
    let mut events = life_with_files(scene, job);
    let Some(JobEvent::Finished(outcome)) = events.last_mut() else { panic!("a life ends") };
    let Outcome { best, selected, last } = outcome.as_mut();
    for snapshot in [Some(best), selected.as_mut(), Some(last)].into_iter().flatten() {
        fs::write(weights_dir(&scene.path()).join(&snapshot.weights.file), bytes).unwrap();
        snapshot.weights.sha256 = hex(bytes);
    }
    events
}

/// Versions of the program write other metadata; the weights are the same.
#[test]
fn weights_files_are_compared_by_their_tensors() {
    let jobs = seeds(1);
    let id = &jobs[0].id;
    for (value, expected) in [(7, Comparison::Same), (8, Comparison::Differs(Default::default()))] {
        let (here, there) = (Scene::new(), Scene::new());
        let (mut store, mut other) = (here.with_sweep(&jobs), there.with_sweep(&jobs));
        live(&mut store, id, &life_with_weights(&here, id, &weights("model=eegnet", 7)));
        live(&mut other, id, &life_with_weights(&there, id, &weights("{}", value)));
        assert_eq!(compare(store.reader(), other.reader(), id).unwrap(), expected);
        let merged = store.merge(other.reader()).unwrap();
        assert_eq!((merged.same, merged.conflicts.len()), if value == 7 { (1, 0) } else { (0, 1) });

        fs::remove_dir_all(weights_dir(&there.path())).unwrap();
        let compared = compare(store.reader(), other.reader(), id).unwrap();
        assert_eq!(compared, Comparison::SameButWeightsUnknown, "nobody knows without the files");
    }
}

#[test]
fn a_pipe_in_the_place_of_weights_is_not_waited_for() {
    let (here, there) = (Scene::new(), Scene::new());
    let jobs = seeds(1);
    let mut store = here.with_sweep(&jobs);
    let mut other = there.with_sweep(&jobs);
    live(&mut other, &jobs[0].id, &life_with_files(&there, &jobs[0].id));
    let file = weights_dir(&there.path()).join(format!("{}/last", jobs[0].id));
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert_eq!(store.merge(other.reader()).unwrap().without_weights, [jobs[0].id]);
}
