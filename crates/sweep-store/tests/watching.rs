//! What someone sees who watches a database while it is written.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::num::NonZeroU32;

use scene::*;
use sweep_job::{
    Activation, EpochCursor, EpochKind, JobEvent, JobId, JobSpec, ModelKind, Pace, Progress, RunningTraining,
    SettingValue, SweepId, TailMean, WorkLeft,
};
use sweep_store::{JobSelection, Store, StoreError};

#[test]
fn every_record_changes_the_data_version_and_nothing_else_does() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let mut seen = reader.data_version().unwrap();
    for event in life() {
        reader.jobs(JobSelection::All).unwrap();
        store.reader().counts().unwrap();
        assert_eq!(reader.data_version().unwrap(), seen);
        store.record(&jobs[0].id, &event).unwrap();
        let now = reader.data_version().unwrap();
        assert_ne!(now, seen, "{event:?}");
        seen = now;
    }
}

#[test]
fn the_first_question_of_a_moment_is_it_also_where_it_is_for_the_data_version() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let queued = || reader.counts().map(|counts| counts[0].queued);
    let seen = reader.at_one_moment(|| {
        let version = reader.data_version()?;
        store.record(&jobs[0].id, &started())?;
        assert_eq!(reader.data_version()?, version);
        queued()
    });
    assert_eq!((seen.unwrap(), queued().unwrap()), (1, 0));
}

#[test]
fn epochs_are_read_as_they_come_and_anew_after_a_new_start() {
    let scene = Scene::new();
    let job = seeds(1)[0].clone();
    let mut store = scene.with_sweep(std::slice::from_ref(&job));
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let mut cursor = EpochCursor::default();
    let mut look = || {
        let new = reader.epochs_after(&job.id, cursor).unwrap();
        let before = std::mem::replace(&mut cursor, new.cursor);
        (before.attempt == new.cursor.attempt, new.epochs.iter().map(|epoch| epoch.epoch).collect::<Vec<_>>())
    };
    assert_eq!(look(), (true, vec![]));
    live(&mut store, &job.id, &[started(), epoch(1, None, 0.5), epoch(2, None, 0.5)]);
    assert_eq!(look(), (false, vec![1, 2]));
    assert_eq!(look(), (true, vec![]));
    live(&mut store, &job.id, &[epoch(3, None, 0.5)]);
    assert_eq!(look(), (true, vec![3]));
    live(&mut store, &job.id, &[JobEvent::Interrupted]);
    assert_eq!(look(), (true, vec![]));
    live(&mut store, &job.id, &[started()]);
    assert_eq!(look(), (false, vec![]));
    live(&mut store, &job.id, &[epoch(1, None, 0.5)]);
    assert_eq!(look(), (true, vec![1]));
    let unknown = seeds(2)[1].id;
    assert!(matches!(reader.epochs_after(&unknown, cursor), Err(StoreError::UnknownJob { .. })));
}

#[test]
fn the_last_epochs_of_jobs_have_means() {
    let scene = Scene::new();
    let jobs = seeds(5);
    let mut store = scene.with_sweep(&jobs[..4]);
    live(&mut store, &jobs[0].id, &life());
    live(&mut store, &jobs[1].id, &[started(), epoch(1, None, 0.25)]);
    live(&mut store, &jobs[2].id, &[started()]);
    // Jobs 3 and 4 never started; the database does not know 4.
    let ids: Vec<JobId> = [1, 0, 2, 3, 4].map(|index: usize| jobs[index].id).to_vec();
    let means = |epochs| store.reader().tail_means(&ids, NonZeroU32::new(epochs).unwrap()).unwrap();
    let mean = |index: usize, epochs, test_accuracy, validation_accuracy| TailMean {
        job: jobs[index].id,
        epochs,
        test_accuracy,
        validation_accuracy,
    };
    let nothing = [mean(2, 0, None, None), mean(3, 0, None, None), mean(4, 0, None, None)];
    let last = [mean(1, 1, Some(0.25), None), mean(0, 1, Some(0.6), Some(0.7))];
    assert_eq!(means(1), [&last[..], &nothing].concat());
    let two = [mean(1, 1, Some(0.25), None), mean(0, 2, Some((0.75 + 0.6) / 2.0), Some((0.6 + 0.7) / 2.0))];
    assert_eq!(means(2), [&two[..], &nothing].concat());
    for (found, epochs) in [(means(3), 3), (means(u32::MAX), 3)] {
        assert_eq!((found[1].epochs, found[0].epochs), (epochs, 1));
        assert!((found[1].test_accuracy.unwrap() - (0.5 + 0.75 + 0.6) / 3.0).abs() < 1e-12);
    }
}

fn kind(model: ModelKind) -> EpochKind {
    let settings = model.descriptor().settings.iter().map(|setting| match setting.default {
        SettingValue::Wholes(list) => format!("\"{list}\""),
        value => value.to_string(),
    });
    let network = format!("[{}]", settings.collect::<Vec<_>>().join(","));
    EpochKind { data: identity(), model, batch_size: 108, network }
}

fn left(model: ModelKind, epochs: u64) -> WorkLeft {
    WorkLeft { kind: kind(model), epochs }
}

#[test]
fn work_that_is_left_counts_every_training_once() {
    use ModelKind::{DeepConvNet, EegNet};
    let scene = Scene::new();
    let job = |model, seed, epochs| planned(JobSpec { seed, epochs, ..spec(model, Activation::Relu) });
    let jobs = [job(EegNet, 0, 3), job(EegNet, 1, 3), job(EegNet, 2, 3), job(DeepConvNet, 0, 3)];
    let mut store = scene.with_sweep(&jobs);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let progress = reader.progress().unwrap();
    assert_eq!(progress.left, [left(EegNet, 9), left(DeepConvNet, 3)]);
    assert_eq!((progress.running, progress.paces), (vec![], vec![]));

    // A finished job takes what was left of it, and says how long an epoch takes.
    live(&mut store, &jobs[0].id, &life());
    let progress = reader.progress().unwrap();
    assert_eq!(progress.left, [left(EegNet, 6), left(DeepConvNet, 3)]);
    assert_eq!(progress.paces, [Pace { kind: kind(EegNet), seconds_per_epoch: 1.5 }]);

    // What runs says it better.
    let mut slow = metrics(1, Some(0.5), 0.5);
    slow.train_seconds = 9.5;
    live(&mut store, &jobs[1].id, &[started(), JobEvent::EpochFinished(slow)]);
    live(&mut store, &jobs[3].id, &[started()]);
    let progress = reader.progress().unwrap();
    assert_eq!(progress.left, [left(EegNet, 5), left(DeepConvNet, 3)]);
    assert_eq!(progress.paces, [Pace { kind: kind(EegNet), seconds_per_epoch: 10.0 }]);
    let run = reader.open_runs().unwrap()[0].id;
    let running = |job: JobId, model, epochs_finished, epochs_left, seconds_per_epoch| RunningTraining {
        job,
        owner: Some(run),
        kind: kind(model),
        epochs_finished,
        epochs_left,
        seconds_per_epoch,
    };
    assert_eq!(
        progress.running,
        [running(jobs[1].id, EegNet, 1, 2, Some(10.0)), running(jobs[3].id, DeepConvNet, 0, 3, None)]
    );

    // A longer job of the training that runs adds its epochs beyond it; a shorter one none. Each sweep has its own share.
    let longer = [jobs[1].clone(), job(EegNet, 1, 10), job(EegNet, 1, 2)];
    store.record_sweep(&entry("longer"), &identity(), &longer).unwrap();
    live(&mut store, &longer[1].id, &[started(), JobEvent::EpochFinished(slow)]);
    let progress = reader.progress().unwrap();
    assert_eq!(progress.left, [left(EegNet, 3 + 9), left(DeepConvNet, 3)]);
    assert_eq!(
        progress.sweeps,
        [(SweepId(1), vec![left(EegNet, 3 + 2), left(DeepConvNet, 3)]), (SweepId(2), vec![left(EegNet, 9)]),]
    );
    assert_eq!(progress.running[0], running(longer[1].id, EegNet, 1, 9, Some(10.0)));
    assert_eq!(progress.running.len(), 2);
}

#[test]
fn networks_of_different_sizes_are_timed_apart() {
    let scene = Scene::new();
    let job = |filters, seed, epochs| {
        let mut spec = JobSpec { seed, epochs, ..spec(ModelKind::EegNet, Activation::Relu) };
        spec.more.set("temporal_filters", Some(SettingValue::Whole(filters)));
        planned(spec)
    };
    let jobs = [job(8, 0, 3), job(8, 1, 3), job(64, 0, 3), job(64, 1, 3)];
    let mut store = scene.with_sweep(&jobs);
    let mut slow = life();
    for event in &mut slow {
        if let JobEvent::EpochFinished(metrics) = event {
            metrics.train_seconds = 8.0;
        }
    }
    live(&mut store, &jobs[0].id, &life());
    live(&mut store, &jobs[2].id, &slow);
    let times = |progress: &Progress| -> Vec<f64> {
        progress.paces.iter().map(|pace| pace.seconds_per_epoch).collect()
    };
    let progress = store.reader().progress().unwrap();
    assert_eq!(progress.left.iter().map(|left| left.epochs).collect::<Vec<_>>(), [3, 3]);
    let small = progress.left.iter().position(|left| left.kind.network.starts_with("[8,")).unwrap();
    assert_eq!(times(&progress)[small], 1.5);
    assert!(times(&progress)[1 - small] > 8.0);
    // The same if jobs share a training.
    store.record_sweep(&entry("longer"), &identity(), &[job(8, 1, 10), job(64, 1, 20)]).unwrap();
    let progress = store.reader().progress().unwrap();
    assert_eq!(progress.left[small].epochs, 10);
    assert_eq!(progress.left[1 - small].epochs, 20);
    assert_eq!(times(&progress).len(), 2);
}

#[test]
fn several_questions_see_one_moment() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = scene.with_sweep(&jobs);
    let reader = Store::open_read_only(&scene.path()).unwrap();
    let finished = || reader.counts().unwrap()[0].finished;
    let seen = reader.at_one_moment(|| {
        let before = finished();
        live(&mut store, &jobs[0].id, &life());
        // One moment within another is the same.
        let after = reader.at_one_moment(|| Ok::<_, StoreError>(finished()))?;
        Ok::<_, StoreError>((before, after))
    });
    assert_eq!(seen.unwrap(), (0, 0));
    assert_eq!(finished(), 1);
    // An error ends the moment too.
    let failed: Result<(), StoreError> =
        reader.at_one_moment(|| Err(StoreError::UnknownJob { id: jobs[0].id }));
    assert!(failed.is_err());
    assert_eq!(finished(), 1);
}
