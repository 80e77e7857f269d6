//! Sweeps enter the database, and jobs are found in it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use scene::*;
use sweep_job::{DataSetRecord, FailureReason, JobEvent, JobId, Leaks, LossKind};
use sweep_store::{JobSelection, Store, StoreError};

#[test]
fn the_same_command_runs_only_what_is_missing() {
    let scene = Scene::new();
    let jobs = lab();
    let mut store = scene.with_sweep(&jobs);
    live(&mut store, &jobs[0].id, &life());
    let died = JobEvent::Failed(FailureReason::WorkerDied { how: "signal 9".into() });
    live(&mut store, &jobs[1].id, &[started(), died]);
    live(&mut store, &jobs[2].id, &[started(), epoch(1, None, 0.5), JobEvent::Interrupted]);
    let recorded = store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    assert_eq!((recorded.finished, recorded.failed_before, recorded.new), (1, 1, 0));
    assert_eq!(recorded.to_run, jobs[1..].iter().map(|job| job.id).collect::<Vec<JobId>>());
    assert_eq!(store.reader().sweeps().unwrap().len(), 1);
    for job in &jobs[1..] {
        live(&mut store, &job.id, &life());
    }
    let recorded = store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    assert_eq!((recorded.finished, recorded.to_run.len()), (6, 0));
}

#[test]
fn a_diverged_job_is_a_result_and_does_not_run_again() {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = scene.with_sweep(&jobs);
    let diverged = FailureReason::Diverged { epoch: 1, step: 2, loss: LossKind::Train };
    live(&mut store, &jobs[0].id, &[started(), JobEvent::Failed(diverged)]);
    let failed = FailureReason::Error { message: "the disk is full".into() };
    live(&mut store, &jobs[1].id, &[started(), JobEvent::Failed(failed)]);
    let recorded = store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    assert_eq!((recorded.finished, recorded.failed_before, recorded.diverged_before), (0, 1, 1));
    assert_eq!(recorded.to_run, [jobs[1].id, jobs[2].id]);
}

#[test]
fn another_list_of_jobs_is_another_sweep_of_the_name() {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = scene.with_sweep(&jobs[..2]);
    live(&mut store, &jobs[0].id, &life());
    let reversed = [jobs[2].clone(), jobs[0].clone()];
    let recorded = store.record_sweep(&entry("lab2"), &identity(), &reversed).unwrap();
    assert_eq!((recorded.finished, recorded.new, recorded.to_run), (1, 1, vec![jobs[2].id]));
    store.record_sweep(&entry("another"), &identity(), &jobs[..1]).unwrap();

    let sweeps = store.reader().sweeps().unwrap();
    let told: Vec<_> =
        sweeps.iter().map(|sweep| (sweep.name.as_str(), sweep.jobs, sweep.finished_jobs)).collect();
    assert_eq!(told, [("lab2", 2, 1), ("lab2", 2, 1), ("another", 1, 1)]);
    assert_eq!(sweeps[1].id, recorded.sweep);
    let ids = |selection| {
        store.reader().jobs(selection).unwrap().into_iter().map(|job| job.id).collect::<Vec<JobId>>()
    };
    assert_eq!(ids(JobSelection::All), [jobs[0].id, jobs[1].id, jobs[2].id]);
    assert_eq!(ids(JobSelection::Named("lab2")), ids(JobSelection::All));
    assert_eq!(ids(JobSelection::Sweep(sweeps[1].id)), [jobs[2].id, jobs[0].id]);
    assert_eq!(ids(JobSelection::Named("another")), [jobs[0].id]);
    assert_eq!(store.reader().job(&jobs[0].id).unwrap().sweeps, ["lab2", "another"]);
}

#[test]
fn a_sweep_that_cannot_be_leaves_nothing_behind() {
    let scene = Scene::new();
    let jobs = seeds(3);
    let mut store = Store::open(&scene.path()).unwrap();
    let unknown = store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap_err();
    assert!(matches!(unknown, StoreError::UnknownDataSet { .. }), "{unknown}");
    store.record_data_set(&data_set()).unwrap();

    let mut foreign = jobs.clone();
    foreign[2].id = foreign[1].id;
    foreign.remove(1);
    let error = store.record_sweep(&entry("lab2"), &identity(), &foreign).unwrap_err();
    assert!(matches!(error, StoreError::ForeignId { right, .. } if right == jobs[2].id), "{error}");

    let twice = [jobs[0].clone(), jobs[0].clone()];
    assert!(matches!(
        store.record_sweep(&entry("lab2"), &identity(), &twice),
        Err(StoreError::Sqlite { .. })
    ));

    let mut large = jobs[0].clone();
    large.spec.seed = u64::MAX;
    large.id = JobId::new(&large.spec, &identity());
    let error = store.record_sweep(&entry("lab2"), &identity(), &[large]).unwrap_err();
    assert!(matches!(error, StoreError::OutOfRange { value: u64::MAX, .. }), "{error}");

    assert_eq!(store.reader().jobs(JobSelection::All).unwrap(), []);
    assert_eq!(store.reader().sweeps().unwrap(), []);
}

#[test]
fn a_known_data_set_stays_as_it_is() {
    let scene = Scene::new();
    let mut store = Store::open(&scene.path()).unwrap();
    assert!(!store.reader().has_data_set(&identity()).unwrap());
    store.record_data_set(&data_set()).unwrap();
    let mut other = data_set();
    other.title = "another title".into();
    store.record_data_set(&other).unwrap();
    assert_eq!(store.reader().data_set(&identity()).unwrap(), data_set());
    other.identity.0 = "cd".repeat(32);
    other.test_labels[0] = 65_536;
    assert!(matches!(store.record_data_set(&other), Err(StoreError::OutOfRange { value: 65_536, .. })));
}

#[test]
fn a_job_is_found_by_its_first_digits() {
    let scene = Scene::new();
    let jobs = seeds(40);
    let store = scene.with_sweep(&jobs);
    let find = |prefix: &str| store.reader().find_job(prefix);
    for job in &jobs {
        assert_eq!(find(&job.id.to_string()).unwrap(), job.id);
        assert_eq!(find(&job.id.short().to_ascii_uppercase()).unwrap(), job.id);
    }
    let mut ids: Vec<String> = jobs.iter().map(|job| job.id.to_string()).collect();
    ids.sort();
    let ambiguous = ids.windows(2).find(|pair| pair[0][..1] == pair[1][..1]).unwrap()[0][..1].to_owned();
    let expected = ids.iter().filter(|id| id.starts_with(&ambiguous)).count();
    match find(&ambiguous).unwrap_err() {
        StoreError::AmbiguousJob { count, matches, .. } => {
            assert_eq!(count as usize, expected);
            assert!(matches.iter().all(|id| id.to_string().starts_with(&ambiguous)));
        }
        error => panic!("{error}"),
    }
    let absent =
        (0..=0xfff).map(|n| format!("{n:03x}")).find(|p| !ids.iter().any(|id| id.starts_with(p))).unwrap();
    assert!(matches!(find(&absent), Err(StoreError::NoSuchJob { prefix }) if prefix == absent));
    for prefix in ["", "xyz", &"0".repeat(33), "é", "12 "] {
        assert!(matches!(find(prefix), Err(StoreError::NotAPrefix { .. })), "{prefix}");
    }
}

#[test]
fn messages_say_what_would_be_right() {
    let scene = Scene::new();
    let jobs = seeds(64);
    let store = scene.with_sweep(&jobs);
    let messages = [
        store.reader().find_job("best").unwrap_err().to_string(),
        store.reader().find_job(&"0".repeat(32)).unwrap_err().to_string(),
        ("0123456789abcdef".chars().map(|digit| store.reader().find_job(&digit.to_string())))
            .find_map(|found| found.err().filter(|error| matches!(error, StoreError::AmbiguousJob { .. })))
            .unwrap()
            .to_string(),
        store.reader().jobs(JobSelection::Named("lab3")).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(messages.join("\n\n"));
}

/// Databases of earlier versions hold data sets that nobody has checked.
#[test]
fn leaks_are_filled_in_once() {
    let scene = Scene::new();
    let jobs = seeds(1);
    let mut store = Store::open(&scene.path()).unwrap();
    store.record_data_set(&DataSetRecord { leaks: None, ..data_set() }).unwrap();
    store.record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
    let found = |store: &Store| {
        let job = store.reader().job(&jobs[0].id).unwrap();
        let data = store.reader().data_set(&identity()).unwrap();
        assert_eq!(job.data.leaks, data.leaks);
        data.leaks
    };
    assert_eq!(found(&store), None);
    assert_eq!(scene.query("SELECT test_trials_shared_with_train IS NULL FROM trials"), ["1"]);
    for later in [leaks(), Leaks::default()] {
        store.record_data_set(&DataSetRecord { leaks: Some(later), ..data_set() }).unwrap();
        assert_eq!(found(&store), Some(leaks()), "what was found once stays");
    }
    assert_eq!(scene.query("SELECT test_trials_shared_with_train FROM trials"), ["1"]);
    let numbers =
        "test_trials_shared_with_train, test_trials_identical_to_train, validation_trials_shared_with_train,
        test_trials_shared_with_validation, json_extract(leaks, '$.test_with_train.example.samples')";
    assert_eq!(scene.query(&format!("SELECT {numbers} FROM data_sets")), ["1 0 0 0 300"]);
}
