//! Runs with workers that train nothing: which trainings they get at a time, and what becomes of those that are lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod by_hand;

use std::{
    collections::HashSet,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use sweep_job::{
    Activation, Bundle, CheckpointInterval, DataIdentity, DataSetRecord, DataSource, DataSpec, DeviceChoice,
    EpochMetrics, JobSpec, MemoryEvidence, ModelKind, Outcome, PlannedJob, Predictions, Provenance, Scale,
    Score, Snapshot, ValidationBy, WeightsFile, WorkerOrder, WorkerReport, sources,
};
use sweep_models::InputShape;
use sweep_scheduler::{
    Capacity, Executor, ExecutorError, Limits, MemoryLimits, SideBySide, Slot, Summary, Worker,
    WorkerChannel, WorkerEnd,
};
use sweep_store::SweepEntry;
use tempfile::TempDir;
use tokio::{runtime, sync::mpsc};

use super::*;
use crate::{cli::DeviceRequest, memory::Wanted, progress::Verbosity};

/// What a worker makes of a bundle.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Trains,
    RunsOutOfMemory,
    /// The device has no room.
    HasNoRoom,
    Dies,
    /// Dies, and no other worker starts in the slot.
    LosesTheDevice,
}

/// What becomes of a bundle in a slot.
type Fates = fn(Slot, &Bundle) -> Fate;

/// Starts workers that ask `fates` what becomes of a bundle, and notes the seeds of each bundle.
struct Fake {
    fates: Fates,
    lost: Arc<Mutex<HashSet<Slot>>>,
    bundles: Arc<Mutex<Vec<Vec<u64>>>>,
}

struct FakeWorker(Option<mpsc::UnboundedSender<WorkerOrder>>);

impl Worker for FakeWorker {
    fn name(&self) -> String {
        "fake".into()
    }

    fn order(&mut self, order: &WorkerOrder) -> Result<(), ExecutorError> {
        if let Some(orders) = &self.0 {
            let _ = orders.send(order.clone());
        }
        Ok(())
    }

    fn close(&mut self) {
        self.0 = None;
    }

    fn kill(&mut self) {
        self.0 = None;
    }
}

impl Executor for Fake {
    type Worker = FakeWorker;

    fn find_device(&self, _: DeviceChoice) -> Result<(), ExecutorError> {
        Ok(())
    }

    fn capacity(&self, _: DeviceChoice, _: u32) -> Capacity {
        let memory = MemoryLimits::default();
        Capacity { slots: NonZeroUsize::MIN, memory, side_by_side: SideBySide::ONE }
    }

    fn pause_after_failed_starts(&self, _: u32) -> Duration {
        Duration::ZERO
    }

    fn start(&mut self, slot: Slot, channel: WorkerChannel) -> Result<FakeWorker, ExecutorError> {
        if self.lost.lock().unwrap().contains(&slot) {
            return Err(ExecutorError::Other { message: "the device is gone".into() });
        }
        let (sender, mut orders) = mpsc::unbounded_channel();
        let (fates, bundles, lost) = (self.fates, Arc::clone(&self.bundles), Arc::clone(&self.lost));
        tokio::spawn(async move {
            let mut how = "exit code 0";
            let _ = channel.report(WorkerReport::Ready).await;
            while let Some(order) = orders.recv().await {
                let WorkerOrder::Train(order) = order else { continue };
                order.bundle.check().unwrap();
                bundles.lock().unwrap().push(order.bundle.jobs().map(|job| job.spec.seed).collect());
                let fate = fates(slot, &order.bundle);
                for (job, event) in events(&order.bundle, fate) {
                    let _ = channel.report(WorkerReport::Event(job, event)).await;
                }
                if let Fate::LosesTheDevice = fate {
                    lost.lock().unwrap().insert(slot);
                }
                if let Fate::Dies | Fate::LosesTheDevice = fate {
                    how = "exit code 1";
                    break;
                }
                let _ = channel.report(WorkerReport::Ready).await;
            }
            let end = WorkerEnd { how: how.into(), last_words: Vec::new(), out_of_memory: None };
            channel.ended(end).await;
        });
        Ok(FakeWorker(Some(sender)))
    }
}

/// All that a worker says of a bundle of jobs of one epoch.
fn events(bundle: &Bundle, fate: Fate) -> Vec<(JobId, JobEvent)> {
    let started = JobEvent::Started(Provenance {
        host: "lab".into(),
        device: "cpu".into(),
        hardware: "none".into(),
        threads: 1,
        program_version: "0".into(),
        arithmetic: 1,
    });
    let ending = match fate {
        Fate::Trains => vec![JobEvent::EpochFinished(metrics()), JobEvent::Finished(Box::new(outcome()))],
        Fate::RunsOutOfMemory => vec![out_of_memory(MemoryEvidence::AllocationFailed)],
        Fate::HasNoRoom => vec![out_of_memory(MemoryEvidence::OnDevice)],
        Fate::Dies | Fate::LosesTheDevice => Vec::new(),
    };
    let all = [vec![started], ending].concat();
    let of_job =
        |job: &PlannedJob| all.clone().into_iter().map(move |event| (job.id, event)).collect::<Vec<_>>();
    bundle.jobs().flat_map(of_job).collect()
}

fn out_of_memory(evidence: MemoryEvidence) -> JobEvent {
    JobEvent::Failed(FailureReason::OutOfMemory { how: "has too little memory".into(), evidence })
}

/// Both test trials are right.
fn metrics() -> EpochMetrics {
    let score = Score { loss: (-2.0f64).exp().ln_1p(), accuracy: 1.0 };
    EpochMetrics {
        epoch: 1,
        train: score,
        validation: None,
        test: score,
        train_seconds: 1.0,
        evaluation_seconds: 0.1,
    }
}

fn outcome() -> Outcome {
    let snapshot = |name: &str| Snapshot {
        epoch: 1,
        test: metrics().test,
        weights: WeightsFile { file: format!("job/{name}.safetensors"), sha256: "cd".repeat(32) },
        predictions: Predictions { classes: 2, logits: vec![1.0, -1.0, -1.0, 1.0] },
    };
    Outcome { best: snapshot("best"), selected: None, last: snapshot("last") }
}

fn data_set() -> DataSetRecord {
    DataSetRecord {
        identity: DataIdentity("ab".repeat(32)),
        spec: DataSpec {
            source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
            validation: 0.0,
            validation_by: ValidationBy::Trial,
            validation_seed: 0,
            scale: Scale::None,
            limit: None,
        },
        title: "data".into(),
        channels: 2,
        samples: 750,
        sampling_rate_hz: None,
        classes: vec![1, 2],
        train_trials: 8,
        validation_trials: 0,
        test_labels: vec![0, 1],
        test_subjects: None,
        leaks: None,
    }
}

fn settings() -> RunSettings {
    RunSettings {
        devices: vec![DeviceChoice::Cpu],
        requested: DeviceRequest::Auto,
        side_by_side: SideBySide::ONE,
        most_at_once: None,
        workers: 1,
        wanted: Wanted::Exactly(1),
        memory_limit: None,
        threads: 1,
        checkpoint_every: CheckpointInterval::Never,
        retries: 2,
        timeout: None,
        max_failures: None,
        verbosity: Verbosity::Quiet,
    }
}

/// Trainings of one job of one epoch: so many of each batch size, with the seeds 0, 1, 2 and so on.
fn jobs(kinds: &[(u32, u64)]) -> Vec<PlannedJob> {
    let lab = || JobSpec::lab(ModelKind::EegNet, Activation::Relu);
    let batches = kinds.iter().flat_map(|(batch_size, count)| (0..*count).map(|_| *batch_size));
    let spec = |(seed, batch_size)| JobSpec { seed, batch_size, epochs: 1, ..lab() };
    let planned = |spec| PlannedJob { id: JobId::new(&spec, &data_set().identity), spec };
    (0..).zip(batches).map(spec).map(planned).collect()
}

/// A database in which jobs are recorded.
fn recorded(jobs: &[PlannedJob]) -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let mut store = Store::open(&folder.path().join("results.db")).unwrap();
    let data = data_set();
    store.record_data_set(&data).unwrap();
    let entry = SweepEntry { name: "sweep".into(), file_text: String::new(), command_line: String::new() };
    store.record_sweep(&entry, &data.identity, jobs).unwrap();
    (folder, store)
}

/// The work of a run with at most `width` trainings side by side.
fn work(jobs: Vec<PlannedJob>, width: u64, store: &mut Store) -> Work<'_> {
    let (data, settings) = (data_set(), settings());
    let shape = InputShape { channels: 2, samples: 750, classes: 2 };
    let database = store.reader().path().to_owned();
    let assignment = Assignment::new(jobs, &data.spec, &data.identity, &database, shape, &settings);
    let widths = Widths::new(&assignment.trainings, |_| width);
    let progress = Progress::new(&assignment.trainings, 1, 8, Verbosity::Quiet);
    Work::new(assignment, widths, store, progress, &settings)
}

/// Runs jobs on so many workers with at most `width` trainings side by side. The seeds of the bundles, and how it ended.
fn run(
    jobs: Vec<PlannedJob>,
    slots: usize,
    width: u64,
    fates: Fates,
) -> (Vec<Vec<u64>>, Summary, Vec<String>) {
    let (_folder, mut store) = recorded(&jobs);
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let mut work = work(jobs, width, &mut store);
    let mut executor = Fake { fates, lost: Arc::default(), bundles: Arc::default() };
    let limits = Limits { slots: NonZeroUsize::new(slots).unwrap(), timeout: None };
    let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (_stop_sender, stops) = mpsc::unbounded_channel();
    let summary = runtime.block_on(sweep_scheduler::run(&mut work, &mut executor, limits, stops)).unwrap();
    drop(work);
    let endings = ids.iter().map(|job| {
        let attempts = store.reader().attempts(job).unwrap();
        let endings = attempts.into_iter().map(|attempt| attempt.ending.unwrap_or_default());
        endings.collect::<Vec<_>>().join(" ")
    });
    let endings = endings.collect();
    let bundles = executor.bundles.lock().unwrap().clone();
    (bundles, summary, endings)
}

fn sizes(bundles: &[Vec<u64>]) -> Vec<usize> {
    bundles.iter().map(Vec::len).collect()
}

#[test]
fn alone_they_come_in_their_order() {
    let (bundles, summary, _) = run(jobs(&[(4, 5)]), 1, 1, |_, _| Fate::Trains);
    assert_eq!(bundles, [[0], [1], [2], [3], [4]]);
    assert_eq!(summary.finished, 5);
}

#[test]
fn trainings_of_one_kind_fill_bundles() {
    let (bundles, summary, endings) = run(jobs(&[(4, 5), (8, 3)]), 1, 3, |_, _| Fate::Trains);
    assert_eq!(bundles, [vec![0, 1, 2], vec![3, 4], vec![5, 6, 7]]);
    assert_eq!(summary, Summary { finished: 8, ..Summary::default() });
    assert!(endings.iter().all(|ending| ending == "finished"), "{endings:?}");
}

#[test]
fn workers_that_are_free_share_what_there_is() {
    let (bundles, _, _) = run(jobs(&[(4, 10)]), 3, 64, |_, _| Fate::Trains);
    assert_eq!(sizes(&bundles), [4, 3, 3]);
    let all: HashSet<u64> = bundles.into_iter().flatten().collect();
    assert_eq!(all.len(), 10);
}

#[test]
fn what_does_not_fit_is_halved_until_it_does() {
    let fates = |_, bundle: &Bundle| match bundle.trainings.len() {
        3.. => Fate::RunsOutOfMemory,
        _ => Fate::Trains,
    };
    let (bundles, summary, endings) = run(jobs(&[(4, 9)]), 1, 8, fates);
    // What fits is remembered, and the order stays.
    assert_eq!(sizes(&bundles), [8, 7, 4, 2, 2, 2, 2, 1]);
    assert_eq!(bundles[1], [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(bundles[3..].concat(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(summary, Summary { finished: 9, ..Summary::default() });
    // Nothing of it counts as a failure.
    assert!(endings.iter().all(|ending| !ending.contains("failed")), "{endings:?}");
    assert_eq!(endings.iter().filter(|ending| *ending == "interrupted interrupted finished").count(), 3);
}

#[test]
fn one_that_does_not_fit_alone_fails() {
    let (bundles, summary, endings) = run(jobs(&[(4, 2)]), 1, 2, |_, _| Fate::RunsOutOfMemory);
    assert_eq!(sizes(&bundles), [2, 1, 1]);
    assert_eq!(summary, Summary { failed: 2, ..Summary::default() });
    assert_eq!(endings, ["interrupted failed"; 2]);
}

#[test]
fn a_gpu_without_room_rests_while_another_trains() {
    let fates = |slot: Slot, _: &Bundle| if slot.index() == 1 { Fate::HasNoRoom } else { Fate::Trains };
    let begin = Instant::now();
    let (bundles, summary, endings) = run(jobs(&[(4, 8)]), 2, 1, fates);
    assert_eq!(summary, Summary { finished: 8, ..Summary::default() });
    // Only one of them was tried without success, and waited.
    assert_eq!(bundles.len(), 9);
    assert_eq!(endings.iter().filter(|ending| *ending == "interrupted finished").count(), 1, "{endings:?}");
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[test]
fn one_that_ends_its_worker_each_time_takes_no_other_with_it_for_good() {
    let fates = |_, bundle: &Bundle| match bundle.jobs().any(|job| job.spec.seed == 2) {
        true => Fate::Dies,
        false => Fate::Trains,
    };
    let (bundles, summary, endings) = run(jobs(&[(4, 4)]), 1, 4, fates);
    // Two retries: side by side, and then each alone.
    assert_eq!(sizes(&bundles), [4, 4, 1, 1, 1, 1]);
    assert_eq!(summary, Summary { finished: 3, failed: 1, ..Summary::default() });
    assert_eq!(endings[2], "failed failed failed");
    assert_eq!(endings.iter().filter(|ending| *ending == "failed failed finished").count(), 3);
}

#[test]
fn what_a_lost_device_had_is_trained_elsewhere() {
    let fates = |slot: Slot, _: &Bundle| if slot.index() == 1 { Fate::LosesTheDevice } else { Fate::Trains };
    let (bundles, summary, endings) = run(jobs(&[(4, 6)]), 2, 2, fates);
    assert_eq!(summary, Summary { finished: 6, ..Summary::default() });
    // Two of them twice. Nobody knows yet that no worker starts there when they are shared out again.
    assert_eq!(sizes(&bundles), [2, 2, 2, 1, 1]);
    assert_eq!(endings.iter().filter(|ending| *ending == "failed finished").count(), 2, "{endings:?}");
}
