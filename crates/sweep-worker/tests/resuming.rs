//! A training that was interrupted and goes on from a checkpoint leaves the bits of one that was not.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use support::{Run, job};
use sweep_job::{CheckpointInterval, JobEvent, JobSpec, ModelKind, Optimizer};
use tempfile::TempDir;

fn every(epochs: u32) -> CheckpointInterval {
    epochs.to_string().parse().unwrap()
}

/// The checkpoints below a folder, the oldest first.
fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let Ok(trainings) = fs::read_dir(folder.join("checkpoints")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = trainings
        .flat_map(|training| fs::read_dir(training.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
}

fn epochs_of(files: &[PathBuf]) -> Vec<u32> {
    files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap().parse().unwrap()).collect()
}

/// Trains `specs` until `epoch` has ended, with a checkpoint every epoch.
fn interrupted(folder: &Path, specs: &[JobSpec], epoch: u32) {
    Run { checkpoint_every: every(1), ..Run::new(folder) }.train(specs, |event, stop| {
        if matches!(event, JobEvent::EpochFinished(metrics) if metrics.epoch == epoch) {
            stop.raise();
        }
    });
}

fn undisturbed(specs: &[JobSpec]) -> Vec<support::Trace> {
    let folder = TempDir::new().unwrap();
    Run::new(folder.path()).train(specs, |_, _| {})
}

#[test]
fn a_resumed_training_ends_with_the_same_bits() {
    let sgd = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    for (model, optimizer) in [
        (ModelKind::EegNet, Optimizer::LAB),
        (ModelKind::DeepConvNet, Optimizer::LAB),
        (ModelKind::EegNet, sgd),
    ] {
        let specs = [JobSpec { optimizer, ..job(model, 5, 3) }];
        let folder = TempDir::new().unwrap();
        for epoch in [1, 3, 4] {
            interrupted(folder.path(), &specs, epoch);
            let files = checkpoints(folder.path());
            let newest_two: Vec<u32> = (1..=epoch).skip((epoch as usize).saturating_sub(2)).collect();
            assert_eq!(epochs_of(&files), newest_two);
        }
        let mut trained = Vec::new();
        let traces = Run::new(folder.path()).train(&specs, |event, _| {
            if let JobEvent::EpochFinished(metrics) = event {
                trained.push(metrics.epoch);
            }
        });
        assert_eq!(trained, [1, 2, 3, 4, 5], "all epochs are told again");
        assert_eq!(traces, undisturbed(&specs), "{model}");
    }
}

#[test]
fn a_bundle_goes_on_and_a_job_that_ends_at_the_checkpoint_ends() {
    let specs = [job(ModelKind::EegNet, 2, 7), job(ModelKind::EegNet, 4, 7)];
    let folder = TempDir::new().unwrap();
    interrupted(folder.path(), &specs[1..], 2);
    assert_eq!(Run::new(folder.path()).train(&specs, |_, _| {}), undisturbed(&specs));
}

#[test]
fn a_checkpoint_beyond_the_end_of_a_job_is_passed_over() {
    let specs = [job(ModelKind::EegNet, 2, 7), job(ModelKind::EegNet, 5, 7)];
    let folder = TempDir::new().unwrap();
    interrupted(folder.path(), &specs[1..], 4);
    assert_eq!(Run::new(folder.path()).train(&specs, |_, _| {}), undisturbed(&specs));
}

#[test]
fn a_damaged_checkpoint_is_passed_over_for_the_one_before() {
    let specs = [job(ModelKind::EegNet, 5, 1)];
    let expected = undisturbed(&specs);
    let damages: [fn(&Path); 5] = [
        |file| fs::write(file, "").unwrap(),
        |file| fs::write(file, &fs::read(file).unwrap()[..5000]).unwrap(),
        |file| {
            let mut bytes = fs::read(file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(file, bytes).unwrap();
        },
        |file| fs::remove_file(file).unwrap(),
        |file| {
            // Opened, it would be waited for.
            fs::remove_file(file).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(file).status().unwrap().success());
        },
    ];
    for damage in damages {
        for count in 1..=2 {
            let folder = TempDir::new().unwrap();
            interrupted(folder.path(), &specs, 3);
            checkpoints(folder.path()).iter().rev().take(count).for_each(|file| damage(file));
            assert_eq!(Run::new(folder.path()).train(&specs, |_, _| {}), expected);
        }
    }
}

#[test]
fn a_checkpoint_of_another_program_or_machine_is_passed_over() {
    let specs = [job(ModelKind::EegNet, 3, 1)];
    let folder = TempDir::new().unwrap();
    interrupted(folder.path(), &specs, 2);
    for (hardware, version) in [("other", "0"), ("any", "1")] {
        let mut first = None;
        let run = Run { hardware, version, checkpoint_every: every(1), ..Run::new(folder.path()) };
        run.train(&specs, |event, stop| {
            if let JobEvent::EpochFinished(metrics) = event {
                first.get_or_insert(metrics.train_seconds);
                stop.raise();
            }
        });
        // It trained one epoch and stopped: nothing was told again.
        assert_eq!(epochs_of(&checkpoints(folder.path())).first(), Some(&1), "{hardware} {version}");
        fs::remove_dir_all(folder.path().join("checkpoints")).unwrap();
        interrupted(folder.path(), &specs, 2);
    }
}

#[test]
fn without_an_interval_nothing_is_saved() {
    let specs = [job(ModelKind::EegNet, 3, 1)];
    let folder = TempDir::new().unwrap();
    let stopping = |event: &JobEvent, stop: &sweep_worker::StopFlag| {
        if matches!(event, JobEvent::EpochFinished(metrics) if metrics.epoch == 2) {
            stop.raise();
        }
    };
    Run::new(folder.path()).train(&specs, stopping);
    assert_eq!(checkpoints(folder.path()), [] as [PathBuf; 0]);
    // A stop saves what an interval would have saved later.
    Run { checkpoint_every: every(100), ..Run::new(folder.path()) }.train(&specs, stopping);
    assert_eq!(epochs_of(&checkpoints(folder.path())), [2]);
}
