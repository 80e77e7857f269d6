//! Equal specification, equal bits: alone or in a bundle, again, and on any number of threads. And what a bundle does when its
//! training diverges or is stopped.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{collections::HashMap, fs};

use candle_core::Device;
use sweep_job::{
    Activation, Bundle, BundleOrder, DataIdentity, DataSource, DataSpec, EpochMetrics, FailureReason,
    JobEvent, JobId, JobSpec, LossKind, ModelKind, Optimizer, Outcome, PlannedJob, Provenance, Scale,
};
use sweep_worker::{ResidentData, StopFlag, TrainingEvent, WorkerError, train};
use tempfile::TempDir;

fn data_spec() -> DataSpec {
    DataSpec {
        source: DataSource::Synthetic { seed: 0 },
        validation: 0.25,
        validation_seed: 0,
        scale: Scale::None,
        limit: Some(32),
    }
}

fn data() -> ResidentData {
    let spec = data_spec();
    let identity = sweep_data::identify(&spec).unwrap();
    ResidentData::new(sweep_data::load(&spec).unwrap(), identity, &Device::Cpu).unwrap()
}

fn job(model: ModelKind, epochs: u32, seed: u64) -> JobSpec {
    JobSpec { batch_size: 10, epochs, seed, ..JobSpec::lab(model, Activation::Elu { alpha: 1.0 }) }
}

/// What a job left: its epochs without times, its outcome, and its weights.
#[derive(Debug, Default, PartialEq)]
struct Trace {
    epochs: Vec<EpochMetrics>,
    outcome: Option<Outcome>,
    weights: Vec<Vec<u8>>,
    ending: Option<JobEvent>,
}

/// Trains `specs` as one bundle; `observe` sees every event.
fn run(specs: &[JobSpec], mut observe: impl FnMut(&JobEvent, &StopFlag)) -> Vec<Trace> {
    let (data, folder) = (data(), TempDir::new().unwrap());
    let jobs: Vec<_> = specs
        .iter()
        .map(|spec| PlannedJob { id: JobId::new(spec, &data.identity), spec: spec.clone() })
        .collect();
    let order = BundleOrder {
        bundle: Bundle { jobs: jobs.clone() },
        data: data_spec(),
        identity: DataIdentity(data.identity.0.clone()),
        weights_dir: folder.path().to_owned(),
    };
    let provenance = Provenance {
        host: "host".into(),
        device: "cpu".into(),
        hardware: "any".into(),
        threads: 1,
        program_version: "0".into(),
    };
    let stop = StopFlag::default();
    let mut traces: HashMap<JobId, Trace> = HashMap::new();
    let mut emit = |event: TrainingEvent| -> Result<(), WorkerError> {
        let (job, event) = match event {
            TrainingEvent::Job(job, event) => (job, event),
            TrainingEvent::Trained(trained) => (trained.job, JobEvent::Finished(trained.save()?)),
        };
        observe(&event, &stop);
        let trace = traces.entry(job).or_default();
        match event {
            JobEvent::Started(_) => {}
            JobEvent::EpochFinished(metrics) => {
                trace.epochs.push(EpochMetrics { train_seconds: 0.0, evaluation_seconds: 0.0, ..metrics });
            }
            JobEvent::Finished(mut outcome) => {
                let snapshots = [Some(&mut outcome.best), outcome.selected.as_mut(), Some(&mut outcome.last)];
                for snapshot in snapshots.into_iter().flatten() {
                    trace.weights.push(fs::read(folder.path().join(&snapshot.weights.file)).unwrap());
                    // The path holds the job's id; the content is what is compared.
                    snapshot.weights.file.clear();
                }
                trace.outcome = Some(*outcome);
            }
            ending => trace.ending = Some(ending),
        }
        Ok(())
    };
    train(&order, &data, &Device::Cpu, &provenance, &stop, &mut emit).unwrap();
    jobs.iter().map(|job| traces.remove(&job.id).unwrap()).collect()
}

#[test]
fn a_shared_training_gives_each_job_what_it_gets_alone() {
    for model in ModelKind::ALL {
        let specs = [job(model, 1, 7), job(model, 2, 7), job(model, 4, 7)];
        let shared = run(&specs, |_, _| {});
        for (spec, trace) in specs.iter().zip(&shared) {
            assert_eq!(trace.epochs.len(), spec.epochs as usize);
            assert_eq!(trace.weights.len(), 3);
            assert_eq!(
                *trace,
                run(std::slice::from_ref(spec), |_, _| {})[0],
                "{model}, {} epochs",
                spec.epochs
            );
        }
        assert_ne!(shared[0].weights[2], shared[2].weights[2], "weights must change from epoch to epoch");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let spec = [job(ModelKind::EegNet, 2, 3)];
    let on_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&spec, |_, _| {}))
    };
    let one = on_threads(1);
    assert!(one[0].outcome.is_some());
    assert_eq!(one, on_threads(2));
    assert_eq!(one, on_threads(5));
}

#[test]
fn another_seed_gives_other_numbers() {
    let trace = |seed| run(&[job(ModelKind::EegNet, 1, seed)], |_, _| {}).remove(0);
    assert_ne!(trace(1).epochs, trace(2).epochs);
}

#[test]
fn a_training_that_diverges_says_where() {
    let mut spec = job(ModelKind::EegNet, 3, 0);
    spec.optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false };
    spec.learning_rate = 1e30;
    let trace = run(&[spec], |_, _| {}).remove(0);
    let Some(JobEvent::Failed(FailureReason::Diverged { epoch: 1, step, loss })) = trace.ending else {
        panic!("{:?}", trace.ending)
    };
    assert!(step >= 2 || loss != LossKind::Train, "the first step's loss is still finite");
    assert!(trace.epochs.is_empty() && trace.outcome.is_none());
}

#[test]
fn a_stop_ends_after_the_epoch_and_keeps_what_is_finished() {
    let specs = [job(ModelKind::EegNet, 2, 0), job(ModelKind::EegNet, 5, 0)];
    let traces = run(&specs, |event, stop| {
        if matches!(event, JobEvent::EpochFinished(metrics) if metrics.epoch == 2) {
            stop.raise();
        }
    });
    assert!(traces[0].outcome.is_some());
    assert_eq!(traces[1].ending, Some(JobEvent::Interrupted));
    assert_eq!(traces[1].epochs.len(), 2);
}
