//! Trainings side by side in one engine: each gives the bits that it gives alone, whatever becomes of the others.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, path::Path};

use support::{Run, Trace, id, job};
use sweep_job::{
    Activation, CheckpointInterval, FailureReason, InitialWeights, JobEvent, JobSpec, MaxNorm, ModelKind,
    Optimizer, SettingValue, Shuffle, sha256,
};
use sweep_worker::StopFlag;
use tempfile::TempDir;

const SGD: Optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: true };

fn every(epochs: u32) -> CheckpointInterval {
    epochs.to_string().parse().unwrap()
}

/// Trainings that differ in all that may differ in a bundle, with other numbers of epochs.
fn various(model: ModelKind, initial: Option<InitialWeights>) -> Vec<JobSpec> {
    let base = |epochs, seed| job(model, epochs, seed);
    let mut smooth = base(3, 3);
    smooth.more.set("label_smoothing", Some(SettingValue::Number(0.1)));
    smooth.more.set("gradient_clip_norm", Some(SettingValue::Number(0.5)));
    vec![
        base(4, 0),
        JobSpec { learning_rate: 1e-2, activation: Activation::Relu, dropout: 0.5, ..base(2, 1) },
        JobSpec {
            optimizer: SGD,
            max_norm: Some(MaxNorm { convolution: 0.5, dense: 0.1 }),
            weight_decay: 0.01,
            ..base(5, 2)
        },
        smooth,
        JobSpec { shuffle: Shuffle::Never, initial_weights: initial, ..base(3, 4) },
    ]
}

fn alone(spec: &JobSpec) -> Trace {
    let folder = TempDir::new().unwrap();
    Run::new(folder.path()).train(std::slice::from_ref(spec), |_, _| {}).remove(0)
}

/// Weights of a training, in a file.
fn initial_weights(model: ModelKind, folder: &Path) -> InitialWeights {
    let spec = job(model, 1, 99);
    Run::new(folder).train(std::slice::from_ref(&spec), |_, _| {});
    let path = folder.join(format!("{}/last.safetensors", id(&spec)));
    let sha256 = sha256(&fs::read(&path).unwrap());
    InitialWeights { path, sha256 }
}

#[test]
fn each_gives_the_bits_that_it_gives_alone_in_any_company() {
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        let folder = TempDir::new().unwrap();
        let specs = various(model, Some(initial_weights(model, folder.path())));
        let traces: Vec<Trace> = specs.iter().map(alone).collect();
        assert!(traces.iter().all(|trace| trace.outcome.is_some() && trace.weights.len() == 3));
        for company in [[0, 1, 2], [3, 0, 4], [4, 2, 1]] {
            let folder = TempDir::new().unwrap();
            let bundle = company.map(|number| specs[number].clone());
            let together = Run::new(folder.path()).train(&bundle, |_, _| {});
            for (trace, number) in together.iter().zip(company) {
                assert_eq!(*trace, traces[number], "{model}: {number} in {company:?}");
            }
        }
    }
}

/// Trains until the job number `watched` has ended its epoch `epoch`, with a checkpoint every epoch.
fn interrupted(folder: &Path, specs: &[JobSpec], watched: usize, epoch: u32) {
    let run = Run { checkpoint_every: every(1), ..Run::new(folder) };
    run.train_jobs(specs, |number, event, stop| {
        if number == watched && matches!(event, JobEvent::EpochFinished(metrics) if metrics.epoch == epoch) {
            stop.raise();
        }
    });
}

#[test]
fn trainings_at_different_epochs_go_on_together_and_in_other_company() {
    let specs = various(ModelKind::EegNet, None);
    let traces: Vec<Trace> = specs.iter().map(alone).collect();
    let folder = TempDir::new().unwrap();
    // The third stands at epoch 3, the first at 1, the fourth at none.
    interrupted(folder.path(), &specs[2..3], 0, 3);
    interrupted(folder.path(), &specs[..1], 0, 1);
    let bundle = [0, 2, 3].map(|number| specs[number].clone());
    // All make one epoch more.
    interrupted(folder.path(), &bundle, 1, 4);
    let mut told = vec![0; 3];
    let first_two = Run { checkpoint_every: every(1), ..Run::new(folder.path()) };
    first_two.train_jobs(&[specs[3].clone(), specs[0].clone(), specs[1].clone()], |number, event, stop| {
        if let JobEvent::EpochFinished(metrics) = event {
            told[number] = metrics.epoch;
            if (number, metrics.epoch) == (0, 2) {
                stop.raise();
            }
        }
    });
    // They stood at 1, 2 and 0.
    assert_eq!(told, [2, 3, 1]);
    let together = Run::new(folder.path()).train(&specs, |_, _| {});
    assert_eq!(together, traces);
}

/// Trains two jobs of one training and two other trainings; after the first epoch of the first job, `ask` is called.
fn with_request(specs: &[JobSpec], ask: impl Fn(&StopFlag)) -> Vec<Trace> {
    let folder = TempDir::new().unwrap();
    Run::new(folder.path()).train_jobs(specs, |number, event, stop| {
        if number == 0 && matches!(event, JobEvent::EpochFinished(metrics) if metrics.epoch == 1) {
            ask(stop);
        }
    })
}

fn four_jobs() -> Vec<JobSpec> {
    let model = ModelKind::EegNet;
    vec![job(model, 2, 0), job(model, 4, 0), job(model, 3, 1), job(model, 2, 2)]
}

#[test]
fn a_job_that_is_given_up_stops_no_other() {
    let specs = four_jobs();
    for given_up in [vec![0], vec![1], vec![2], vec![0, 1], vec![1, 2, 3]] {
        let traces = with_request(&specs, |stop| {
            stop.cancel(given_up.iter().map(|number: &usize| id(&specs[*number])))
        });
        for (number, trace) in traces.iter().enumerate() {
            if given_up.contains(&number) {
                assert_eq!(trace.ending, Some(JobEvent::Failed(FailureReason::Cancelled)), "{number}");
                assert_eq!(trace.epochs.len(), 1);
            } else {
                assert_eq!(*trace, alone(&specs[number]), "{number} of {given_up:?}");
            }
        }
    }
}

#[test]
fn a_stop_is_one_for_all() {
    let traces = with_request(&four_jobs(), StopFlag::raise);
    for trace in traces {
        assert_eq!((trace.epochs.len(), trace.ending), (1, Some(JobEvent::Interrupted)));
    }
}

#[test]
fn one_that_diverges_or_cannot_begin_leaves_the_others_alone() {
    let folder = TempDir::new().unwrap();
    let model = ModelKind::EegNet;
    let wild = JobSpec { optimizer: SGD, learning_rate: 1e30, ..job(model, 3, 5) };
    let changed = InitialWeights { sha256: "00".repeat(32), ..initial_weights(model, folder.path()) };
    let missing = InitialWeights { path: folder.path().join("none"), sha256: "00".repeat(32) };
    let specs = [
        JobSpec { initial_weights: Some(changed), ..job(model, 2, 6) },
        job(model, 3, 0),
        wild,
        JobSpec { initial_weights: Some(missing), ..job(model, 2, 7) },
        job(model, 2, 1),
    ];
    let traces = Run::new(folder.path()).train(&specs, |_, _| {});
    let reason = |number: usize| match &traces[number].ending {
        Some(JobEvent::Failed(reason)) => reason.clone(),
        other => panic!("{number}: {other:?}"),
    };
    let FailureReason::Unsuitable { message } = reason(0) else { panic!("{}", reason(0)) };
    assert!(message.ends_with("has changed since the sweep was planned"), "{message}");
    assert!(matches!(reason(2), FailureReason::Diverged { epoch: 1, .. }), "{}", reason(2));
    let FailureReason::Error { message } = reason(3) else { panic!("{}", reason(3)) };
    assert!(message.starts_with("cannot read "), "{message}");
    for number in [1, 4] {
        assert_eq!(traces[number], alone(&specs[number]), "{number}");
    }
}
