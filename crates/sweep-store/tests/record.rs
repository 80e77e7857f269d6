//! Events become rows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use proptest::prelude::*;
use scene::*;
use sweep_job::{
    Activation, FailureReason, InitialWeights, JobEvent, JobSpec, JobState, JobStatus, LossKind, MaxNorm,
    ModelKind, Optimizer, Shuffle, SnapshotKind,
};
use sweep_store::{JobSelection, Store, StoreError};

#[test]
fn a_life_comes_back_as_it_was() {
    let scene = Scene::new();
    let job = lab().remove(0);
    let mut store = scene.with_sweep(&lab());
    live(&mut store, &job.id, &life());
    let record = store.reader().job(&job.id).unwrap();
    assert_eq!(record.spec, job.spec);
    assert_eq!(record.status, JobStatus::Finished);
    assert_eq!(record.sweeps, ["lab2"]);
    assert_eq!((record.attempts, record.epochs_finished, record.seconds), (1, 3, 4.5));
    assert_eq!(record.best, Some(metrics(2, Some(0.6), 0.75)));
    assert_eq!(record.selected, Some(metrics(3, Some(0.7), 0.6)));
    assert_eq!(record.last, record.selected);
    assert_eq!(record.provenance.unwrap().hardware, "avx2");
    let reader = store.reader();
    assert_eq!(reader.epochs(&job.id).unwrap().len(), 3);
    for (kind, snapshot) in [(SnapshotKind::Best, outcome().best), (SnapshotKind::Last, outcome().last)] {
        assert_eq!(reader.snapshot(&job.id, kind).unwrap(), Some(snapshot));
    }
    assert_eq!(reader.state(&job.id).unwrap(), JobState::Finished(Box::new(outcome())));
    assert_eq!(reader.data_set(&identity()).unwrap(), data_set());
    assert!(reader.has_data_set(&identity()).unwrap());
}

#[test]
fn every_setting_has_its_column() {
    let scene = Scene::new();
    let relu = spec(ModelKind::EegNet, Activation::Relu);
    let jobs = [
        planned(JobSpec {
            activation: Activation::LeakyRelu { slope: 0.02 },
            optimizer: Optimizer::Sgd { momentum: 0.9, nesterov: true },
            max_norm: Some(MaxNorm { convolution: 2.0, dense: 0.5 }),
            shuffle: Shuffle::Never,
            initial_weights: Some(InitialWeights { path: "w.safetensors".into(), sha256: "ef".repeat(32) }),
            seed: i64::MAX as u64,
            ..relu.clone()
        }),
        planned(JobSpec {
            activation: Activation::Elu { alpha: 0.1 + 0.2 },
            optimizer: Optimizer::AdamW { beta1: 0.8, beta2: 0.9, epsilon: 1e-7 },
            weight_decay: 0.01,
            ..relu
        }),
    ];
    let store = scene.with_sweep(&jobs);
    let records = store.reader().jobs(JobSelection::All).unwrap();
    assert_eq!(records.iter().map(|record| &record.spec).collect::<Vec<_>>(), [&jobs[0].spec, &jobs[1].spec]);
    let table = sweep_store::sql(
        &scene.path(),
        "SELECT model, activation, slope, alpha, batch_size, learning_rate, epochs, seed, optimizer, beta1, beta2,
            epsilon, momentum, nesterov, weight_decay, dropout, max_norm_convolution, max_norm_dense, shuffle,
            initial_weights, initial_weights_sha256 FROM trials",
    )
    .unwrap();
    insta::assert_debug_snapshot!(table.rows);
}

#[test]
fn a_job_that_starts_again_forgets_its_earlier_attempt() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let id = jobs[0].id;
    let mut store = scene.with_sweep(&jobs);
    live(
        &mut store,
        &id,
        &[started(), epoch(1, Some(0.9), 0.9), epoch(2, Some(0.5), 0.5), JobEvent::Interrupted],
    );
    let waiting = store.reader().job(&id).unwrap();
    assert_eq!((waiting.status, waiting.epochs_finished), (JobStatus::Queued, 2));
    live(&mut store, &id, &[started()]);
    let again = store.reader().job(&id).unwrap();
    assert_eq!((again.status, again.attempts, again.epochs_finished), (JobStatus::Running, 2, 0));
    assert_eq!((again.best, again.selected, again.last, again.seconds), (None, None, None, 0.0));
    assert_eq!(store.reader().epochs(&id).unwrap(), []);
    live(&mut store, &id, &life()[1..]);
    assert_eq!(store.reader().job(&id).unwrap().best.unwrap().epoch, 2);
}

#[test]
fn a_failure_keeps_its_reason_until_it_is_queued_again() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let mut store = scene.with_sweep(&jobs);
    let diverged = FailureReason::Diverged { epoch: 2, step: 7, loss: LossKind::Train };
    live(&mut store, &jobs[0].id, &[started(), epoch(1, None, 0.5), JobEvent::Failed(diverged.clone())]);
    let unsuitable = FailureReason::Unsuitable { message: "T = 3 is too short".into() };
    live(&mut store, &jobs[1].id, &[JobEvent::Failed(unsuitable.clone())]);
    let records = store.reader().jobs(JobSelection::All).unwrap();
    assert_eq!(records[0].status, JobStatus::Failed(diverged.clone()));
    assert_eq!(records[0].status.name(), "diverged");
    assert_eq!(records[0].epochs_finished, 1);
    assert_eq!(records[1].status, JobStatus::Failed(unsuitable));
    assert!(records[1].provenance.is_none() && records[1].finished_at.is_some());
    drop(store);
    let mut store = Store::open(&scene.path()).unwrap();
    assert_eq!(store.reader().state(&jobs[0].id).unwrap(), JobState::Failed(diverged));
    live(&mut store, &jobs[0].id, &[JobEvent::Requeued]);
    live(&mut store, &jobs[0].id, &life());
    let record = store.reader().job(&jobs[0].id).unwrap();
    assert_eq!((record.status, record.attempts), (JobStatus::Finished, 2));
}

/// All rows of all tables, but for the times.
fn everything(scene: &Scene) -> String {
    ["trials", "epochs", "snapshots", "sweep_jobs"]
        .map(|view| {
            format!("{:?}", sweep_store::sql(&scene.path(), &format!("SELECT * FROM {view}")).unwrap())
        })
        .join("\n")
}

#[test]
fn what_cannot_happen_writes_nothing() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let (id, done) = (jobs[0].id, jobs[1].id);
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &done, &life());
    live(&mut store, &id, &life()[..3]);
    let before = everything(&scene);
    for (job, event, reason) in [
        (id, started(), "a running job cannot take the event `started`"),
        (id, epoch(2, Some(0.5), 0.5), "a running job cannot take the event `epoch 2 finished`"),
        (id, epoch(4, Some(0.5), 0.5), "a running job cannot take the event `epoch 4 finished`"),
        (done, started(), "a finished job cannot take the event `started`"),
        (done, JobEvent::Interrupted, "a finished job cannot take the event `interrupted`"),
    ] {
        let error = store.record(&job, &event).unwrap_err();
        assert!(matches!(error, StoreError::Transition { .. }), "{error}");
        assert_eq!(error.to_string(), format!("job {}: {reason}", job.short()));
    }
    assert_eq!(everything(&scene), before);
    let stranger = seeds(9)[8].id;
    assert!(
        matches!(store.record(&stranger, &started()), Err(StoreError::UnknownJob { id }) if id == stranger)
    );
    // The refused events leave the job where it was.
    live(&mut store, &id, &life()[3..]);
}

#[test]
fn an_end_that_contradicts_the_epochs_is_refused() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let id = jobs[0].id;
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &id, &life()[..4]);
    let before = everything(&scene);
    type Change = fn(&mut sweep_job::Outcome);
    let changes: [(Change, &str); 6] = [
        (
            |outcome| outcome.best.epoch = 1,
            "its `best` weights are of epoch 1, and its recorded epochs say 2",
        ),
        (
            |outcome| outcome.selected = None,
            "its `selected` weights are of epoch none, and its recorded epochs say 3",
        ),
        (|outcome| outcome.last.epoch = 2, "its last epoch is 2, and its settings ask for 3 epochs"),
        (
            |outcome| outcome.last.predictions.logits.truncate(7),
            "its `last` predictions have 7 numbers for 20 test trials and 2 classes",
        ),
        (
            |outcome| {
                outcome.last.predictions.logits.truncate(1);
                outcome.last.predictions.classes = 1;
            },
            "its `last` predictions have 1 number for 20 test trials and 1 class",
        ),
        (
            |outcome| outcome.best.predictions.classes = 0,
            "its `best` predictions have 40 numbers for 20 test trials and 0 classes",
        ),
    ];
    for (change, contradiction) in changes {
        let mut outcome = outcome();
        change(&mut outcome);
        let error = store.record(&id, &JobEvent::Finished(Box::new(outcome))).unwrap_err();
        assert_eq!(error.to_string(), format!("job {} cannot finish: {contradiction}", id.short()));
    }
    assert_eq!(everything(&scene), before);
    live(&mut store, &id, &[finished()]);
}

#[test]
fn a_write_that_sqlite_refuses_changes_nothing() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let id = jobs[0].id;
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &id, &life()[..2]);
    let before = everything(&scene);
    // SQLite has no NaN: it would become NULL, which the column refuses.
    let error = store.record(&id, &epoch(2, None, f64::NAN)).unwrap_err();
    assert!(error.to_string().starts_with("the database cannot record an epoch: NOT NULL"), "{error}");
    assert_eq!(everything(&scene), before);
    live(&mut store, &id, &life()[2..]);
}

#[test]
fn a_validation_result_that_is_nan_is_refused_and_not_recorded_as_none() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let id = jobs[0].id;
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &id, &life()[..2]);
    let before = everything(&scene);
    let error = store.record(&id, &epoch(2, Some(f64::NAN), 0.5)).unwrap_err();
    assert!(matches!(error, StoreError::NotANumber { epoch: 2, .. }), "{error}");
    assert_eq!(everything(&scene), before);
    live(&mut store, &id, &life()[2..]);
}

fn any_event() -> impl Strategy<Value = JobEvent> {
    prop_oneof![
        2 => Just(started()),
        6 => (1_u32..4, proptest::option::of(0.0..1.0), 0.0..1.0).prop_map(|(n, validation, test)| epoch(n, validation, test)),
        1 => Just(finished()),
        1 => Just(JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() })),
        1 => Just(JobEvent::Interrupted),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever happens, the rows say what the state machine says, and so does a store opened afresh.
    #[test]
    fn rows_and_state_machine_agree(events in proptest::collection::vec(any_event(), 0..25)) {
        let scene = Scene::new();
        let jobs = seeds(1);
        let id = jobs[0].id;
        let mut store = scene.with_sweep(&jobs);
        let mut state = JobState::Queued;
        for event in &events {
            match store.record(&id, event) {
                Ok(after) => {
                    state = state.apply(event).unwrap();
                    prop_assert_eq!(&after, &state);
                }
                Err(StoreError::Transition { .. }) => prop_assert!(state.clone().apply(event).is_err()),
                Err(StoreError::Contradiction { .. }) => {}
                Err(error) => prop_assert!(false, "{error}"),
            }
            prop_assert_eq!(&store.reader().state(&id).unwrap(), &state);
        }
        drop(store);
        let reopened = Store::open(&scene.path()).unwrap();
        let expected = match state {
            JobState::Running { .. } => JobState::Queued,
            state => state,
        };
        prop_assert_eq!(reopened.reader().state(&id).unwrap(), expected);
    }
}
