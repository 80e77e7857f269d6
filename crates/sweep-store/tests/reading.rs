//! What a reader that is kept for long, and a page of a job, ask.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;

use std::{fs, num::NonZeroU32, time::Duration};

use scene::{Scene, lab, life, live, planned, seeds, spec};
use sweep_job::{Activation, JobSpec, MaxNorm, ModelKind, SettingColumn, SnapshotKind};
use sweep_store::{Filter, JobSelection, Store, StoreError};

#[test]
fn a_reader_notices_that_its_file_is_another_or_has_another_form() {
    let scene = Scene::new();
    drop(scene.with_sweep(&lab()));
    let reader = Store::open_read_only(&scene.path()).unwrap();
    assert!(reader.is_current().unwrap());
    let aside = scene.folder.path().join("aside.db");
    fs::rename(scene.path(), &aside).unwrap();
    assert!(!reader.is_current().unwrap());
    fs::copy(&aside, scene.path()).unwrap();
    assert!(!reader.is_current().unwrap());
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let connection = rusqlite::Connection::open(scene.path()).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    assert!(matches!(reader.is_current(), Err(StoreError::Newer { .. })));
}

#[test]
fn who_does_not_want_to_wait_is_told_soon() {
    let scene = Scene::new();
    drop(scene.with_sweep(&lab()));
    let connection = rusqlite::Connection::open(scene.path()).unwrap();
    connection.pragma_update(None, "locking_mode", "exclusive").unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; UPDATE job SET attempts = attempts; COMMIT").unwrap();
    let refused = Store::open_read_only_waiting(&scene.path(), Duration::from_millis(50));
    assert!(matches!(refused, Err(StoreError::Busy { .. })));
}

#[test]
fn a_job_is_read_with_all_that_belongs_to_it() {
    let scene = Scene::new();
    let jobs = lab();
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    let view = store.reader().job_view(&jobs[0].id).unwrap();
    assert_eq!(view.job.id, jobs[0].id);
    assert_eq!((view.epochs.len(), view.attempts.len()), (3, 1));
    assert_eq!(view.snapshots.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), SnapshotKind::ALL);
    assert!(view.run.is_some() && view.weights_dir.ends_with("results.weights"), "{}", view.weights_dir);
    let waits = store.reader().job_view(&jobs[1].id).unwrap();
    assert!(waits.epochs.is_empty() && waits.snapshots.is_empty() && waits.run.is_none());
}

#[test]
fn evidence_has_what_is_asked_for_and_no_more() {
    let scene = Scene::new();
    let jobs = lab();
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    let reader = store.reader();
    let mut evidence = reader.evidence(reader.jobs(JobSelection::All).unwrap(), NonZeroU32::MIN).unwrap();
    assert_eq!((evidence.jobs.len(), evidence.data_sets.len(), evidence.tail_epochs), (jobs.len(), 1, 1));
    let last = evidence.jobs[0].last.unwrap().test.accuracy;
    assert_eq!(evidence.tails.iter().collect::<Vec<_>>(), [(&jobs[0].id, &last)]);
    assert!(evidence.curves.is_empty() && evidence.predictions.is_empty());
    reader.add_curves(&mut evidence, [jobs[0].id]).unwrap();
    assert_eq!(evidence.curves[&jobs[0].id].len(), 3);
    let wanted = [(jobs[0].id, SnapshotKind::Last), (jobs[1].id, SnapshotKind::Last)];
    reader.add_predictions(&mut evidence, wanted).unwrap();
    assert_eq!(evidence.predictions.keys().collect::<Vec<_>>(), [&wanted[0]]);
}

fn varying(store: &Store, filter: &str) -> Vec<&'static str> {
    let filter = Filter::parse(filter).unwrap();
    let places = store.reader().varying_settings(JobSelection::All.matching(Some(&filter))).unwrap();
    places.into_iter().map(SettingColumn::name).collect()
}

#[test]
fn settings_vary_where_jobs_of_one_model_differ() {
    let scene = Scene::new();
    let base = spec(ModelKind::EegNet, Activation::Relu);
    let bounded = MaxNorm { convolution: 1.0, dense: 0.25 };
    let more = [
        JobSpec { learning_rate: 0.1, ..base.clone() },
        JobSpec { max_norm: Some(bounded), ..base.clone() },
        JobSpec { batch_size: 540, ..spec(ModelKind::DeepConvNet, Activation::Relu) },
        JobSpec { activation: Activation::LeakyRelu { slope: 0.2 }, ..base },
    ];
    let jobs = [seeds(3), more.map(planned).to_vec()].concat();
    let store = scene.with_sweep(&jobs);
    let all = varying(&store, "seed >= 0");
    assert_eq!(all, ["learning_rate", "seed", "max_norm_convolution", "max_norm_dense"]);
    // Models differ in their batch size, and only one activation has a slope.
    assert_eq!(varying(&store, "learning_rate < 0.05 and seed = 0 and max_norm_dense is null"), [""; 0]);
    assert_eq!(varying(&store, "seed > 0"), ["seed"]);
    assert_eq!(varying(&store, "seed = 77"), [""; 0]);
}
