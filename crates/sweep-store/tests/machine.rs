//! Whatever happens to jobs, one by one or many at once, the database has them where the state machine says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use std::{fs, path::Path};

use proptest::prelude::*;
use rusqlite::Connection;
use scene::*;
use sweep_job::{
    ARITHMETIC, BulkTransition, FailureReason, JobEvent, JobId, JobState, LossKind, PlannedJob, Status,
};
use sweep_store::{ClaimOutcome, Store};

/// One thing that is done to a database of a few jobs.
#[derive(Debug, Clone)]
enum Deed {
    /// An event of a job, which may be impossible.
    Record(usize, JobEvent),
    /// The whole life of a job from its start to its end, if it can be started.
    Live(usize),
    /// The run claims jobs.
    Claim(Vec<usize>),
    /// The run ends in order, and another one begins.
    Close,
    /// The run dies and leaves what it held; the next one finds it.
    Die,
    /// Someone retries jobs.
    Retry(Vec<usize>),
    /// The sweep is requested again.
    Request,
    /// Someone gives up the results of an older arithmetic, to train the jobs again.
    Renew,
    /// Someone cancels jobs while the run lives.
    Cancel(Vec<usize>),
    /// Another process forgets what it knew of the jobs.
    Reopen,
}

const JOBS: usize = 4;

fn deed() -> impl Strategy<Value = Deed> {
    let reasons = prop::sample::select(vec![
        FailureReason::WorkerDied { how: "signal 9".into() },
        FailureReason::Diverged { epoch: 1, step: 2, loss: LossKind::Train },
        FailureReason::Cancelled,
    ]);
    let event = prop_oneof![
        3 => Just(started()),
        3 => (1_u32..4).prop_map(|number| epoch(number, Some(0.5), 0.5)),
        3 => reasons.prop_map(JobEvent::Failed),
        1 => Just(JobEvent::Interrupted),
        1 => Just(JobEvent::Requeued),
    ];
    let some = || prop::collection::vec(0..JOBS, 1..JOBS);
    prop_oneof![
        8 => (0..JOBS, event).prop_map(|(job, event)| Deed::Record(job, event)),
        1 => (0..JOBS).prop_map(Deed::Live),
        2 => some().prop_map(Deed::Claim),
        1 => Just(Deed::Close),
        1 => Just(Deed::Die),
        1 => some().prop_map(Deed::Retry),
        1 => Just(Deed::Request),
        1 => Just(Deed::Renew),
        1 => some().prop_map(Deed::Cancel),
        1 => Just(Deed::Reopen),
    ]
}

/// A job as the state machine has it.
#[derive(Debug, Clone)]
struct Model {
    state: JobState,
    is_held: bool,
    is_unwanted: bool,
    /// Whether something was trained that was not given up since.
    was_started: bool,
}

impl Model {
    /// Whether the machine allows the event. What would wait again and is not wanted is cancelled.
    fn apply(&mut self, event: &JobEvent) -> bool {
        let cancel = JobEvent::Failed(FailureReason::Cancelled);
        let waits_again = matches!(event, JobEvent::Interrupted | JobEvent::Requeued);
        let event = if self.is_unwanted && waits_again { &cancel } else { event };
        let needs_a_run = matches!(event, JobEvent::EpochFinished(_) | JobEvent::Finished(_));
        let Ok(state) = self.state.clone().apply(event) else { return false };
        if needs_a_run && !self.is_held {
            return false;
        }
        self.is_held = matches!(state, JobState::Running { .. });
        self.is_unwanted &= self.is_held;
        self.was_started |= self.is_held;
        self.state = state;
        true
    }

    /// A transition of many jobs, of which this may be one.
    fn make(&mut self, transition: BulkTransition) {
        if transition.changes(self.state.status()) {
            self.state = self.state.clone().apply(&transition.event()).unwrap();
            (self.is_held, self.is_unwanted) = (false, false);
        }
    }

    /// Its run is gone.
    fn lose_its_run(&mut self) {
        if self.is_held {
            if self.is_unwanted {
                self.make(BulkTransition::Cancelled);
            }
            self.make(BulkTransition::Released);
        }
        (self.is_held, self.is_unwanted) = (false, false);
    }
}

struct World {
    scene: Scene,
    jobs: Vec<PlannedJob>,
    store: Option<Store>,
    models: Vec<Model>,
    /// The revision of the program's arithmetic.
    arithmetic: u32,
}

impl World {
    fn new() -> Self {
        let (scene, jobs) = (Scene::new(), seeds(JOBS as u64));
        let store = Some(scene.with_sweep(&jobs));
        let model = Model { state: JobState::Queued, is_held: false, is_unwanted: false, was_started: false };
        Self { scene, jobs, store, models: vec![model; JOBS], arithmetic: ARITHMETIC }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    fn ids(&self, jobs: &[usize]) -> Vec<JobId> {
        jobs.iter().map(|job| self.jobs[*job].id).collect()
    }

    fn record(&mut self, job: usize, event: &JobEvent) {
        let id = self.jobs[job].id;
        let mut event = event.clone();
        if let JobEvent::Started(provenance) = &mut event {
            provenance.arithmetic = self.arithmetic;
        }
        let done = self.store().record(&id, &event);
        let is_possible = self.models[job].apply(&event);
        assert_eq!(done.is_ok(), is_possible, "{event:?}: {done:?}");
        if let Ok(state) = done {
            assert_eq!(state, self.models[job].state);
        }
    }

    fn open(&mut self) {
        self.store = Some(Store::open(&self.scene.path()).unwrap());
        self.models.iter_mut().for_each(Model::lose_its_run);
    }

    /// Leaves the rows of the run as a process that was killed leaves them.
    fn die(&mut self) {
        let copy = self.scene.folder.path().join("killed.db");
        let path = self.scene.path();
        Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        drop(self.store.take());
        for end in ["-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
        std::fs::rename(&copy, &path).unwrap();
        self.open();
    }

    fn cancel(&mut self, jobs: &[usize]) {
        let ids = self.ids(jobs);
        // A process of its own, as `sweep cancel` is.
        let mut hand = Store::open(&self.scene.path()).unwrap();
        hand.cancel(&ids).unwrap();
        hand.close().unwrap();
        for job in jobs {
            let model = &mut self.models[*job];
            if model.state.is_over() {
                continue;
            }
            if model.is_held {
                model.is_unwanted = true;
            } else {
                model.make(BulkTransition::Cancelled);
            }
        }
    }

    fn perform(&mut self, deed: &Deed) {
        match deed {
            Deed::Record(job, event) => self.record(*job, event),
            Deed::Live(job) if self.models[*job].state == JobState::Queued => {
                life().iter().for_each(|event| self.record(*job, event));
            }
            Deed::Live(_) => {}
            Deed::Claim(jobs) => {
                let ids = self.ids(jobs);
                let outcomes = self.store().claim(&ids).unwrap();
                for (job, outcome) in jobs.iter().zip(outcomes) {
                    let is_free = !self.models[*job].state.is_over();
                    assert_eq!(outcome == ClaimOutcome::Claimed, is_free);
                    self.models[*job].is_held |= is_free;
                }
            }
            Deed::Close => {
                self.store.take().unwrap().close().unwrap();
                self.open();
            }
            Deed::Die => self.die(),
            Deed::Retry(jobs) => {
                let ids = self.ids(jobs);
                self.store().requeue(&ids).unwrap();
                jobs.iter().for_each(|job| self.models[*job].make(BulkTransition::Retried));
            }
            Deed::Request => {
                let jobs = self.jobs.clone();
                self.store().record_sweep(&entry("lab2"), &identity(), &jobs).unwrap();
                self.models.iter_mut().for_each(|model| model.make(BulkTransition::Requested));
            }
            Deed::Renew => {
                self.arithmetic += 1;
                let revision = self.arithmetic;
                self.store().renew(revision).unwrap();
                for model in self.models.iter_mut().filter(|model| model.was_started) {
                    model.was_started = !BulkTransition::Renewed.changes(model.state.status());
                    model.make(BulkTransition::Renewed);
                }
            }
            Deed::Cancel(jobs) => self.cancel(jobs),
            Deed::Reopen => {
                drop(self.store.take());
                self.open();
            }
        }
    }

    /// The database has every job as the machine has it, and is whole.
    fn compare(&self) {
        let reader = self.store.as_ref().unwrap().reader();
        let mut found = Vec::new();
        for (job, model) in self.jobs.iter().zip(&self.models) {
            assert_eq!(reader.state(&job.id).unwrap(), model.state);
            found.push(reader.job(&job.id).unwrap().status.status());
        }
        let expected: Vec<Status> = self.models.iter().map(|model| model.state.status()).collect();
        assert_eq!(found, expected);
        let held: Vec<bool> = self.models.iter().map(|model| model.is_held).collect();
        let owned = self.scene.query("SELECT owner IS NOT NULL FROM job ORDER BY key");
        assert_eq!(owned, held.iter().map(|held| u8::from(*held).to_string()).collect::<Vec<_>>());
        let attempts =
            self.scene.query("SELECT count(*) FROM attempt WHERE ending IS NULL").concat().parse::<usize>();
        let running = expected.iter().filter(|status| **status == Status::Running).count();
        assert_eq!(attempts, Ok(running));
        let report = reader.check().unwrap();
        assert!(report.damage.is_empty() && report.broken.is_empty(), "{report:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_database_follows_the_state_machine(deeds in prop::collection::vec(deed(), 1..24)) {
        let mut world = World::new();
        for deed in &deeds {
            world.perform(deed);
        }
        world.compare();
    }
}

/// Statuses have names in the state machine alone: a name in the sources of this crate could drift from it.
#[test]
fn no_source_names_a_status() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                // What a migration was stays as it was.
                folders.extend((name != "migrations").then_some(path));
            } else if name.ends_with(".rs") && name != "plans.rs" {
                let text = fs::read_to_string(&path).unwrap();
                for quoted in
                    Status::ALL.map(|status| [format!("'{status}'"), format!("\"{status}\"")]).concat()
                {
                    assert!(!text.contains(&quoted), "{} has {quoted}", path.display());
                }
                read += 1;
            }
        }
    }
    assert!(read > 50, "only {read} files");
}
