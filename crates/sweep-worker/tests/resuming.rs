//! A training that was interrupted and goes on from a checkpoint leaves the bits of one that was not.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use support::{Run, identity, job};
use sweep_job::{CheckpointInterval, JobEvent, JobSpec, ModelKind, Optimizer};
use sweep_worker::CheckpointFolder;
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
    let epoch = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_str().unwrap();
        name.split('.').next().unwrap().parse().unwrap()
    };
    files.iter().map(epoch).collect()
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

/// Trains on `hardware` by a program of `version` until `epoch` has ended, with a checkpoint every epoch. How long each epoch took, which
/// tells those that were trained from those that are only told again.
fn seconds(folder: &Path, specs: &[JobSpec], hardware: &str, version: &str, epoch: u32) -> Vec<f64> {
    let mut seconds = Vec::new();
    Run { hardware, version, checkpoint_every: every(1), ..Run::new(folder) }.train(specs, |event, stop| {
        if let JobEvent::EpochFinished(metrics) = event {
            seconds.push(metrics.train_seconds);
            if metrics.epoch == epoch {
                stop.raise();
            }
        }
    });
    seconds
}

#[test]
fn checkpoints_of_other_hardware_are_not_used_and_wait_for_it() {
    let specs = [job(ModelKind::EegNet, 9, 1)];
    let folder = TempDir::new().unwrap();
    let train = |hardware, version, epoch| seconds(folder.path(), &specs, hardware, version, epoch);
    let saved = || epochs_of(&checkpoints(folder.path()));
    let checkpoints = CheckpointFolder::new(folder.path(), &specs[0], &identity());
    let newest = |hardware| checkpoints.newest_epoch(9, hardware, 1);

    let one = train("one", "0", 5);
    assert_eq!(saved(), [4, 5]);
    assert_eq!(
        (newest("one"), newest("other"), checkpoints.newest_epoch(9, "one", 2)),
        (Some(5), None, None)
    );
    let other = train("other", "0", 2);
    assert_ne!(other, one[..2], "it began anew");
    assert_eq!(saved(), [1, 2, 4, 5]);
    assert_eq!(
        (newest("one"), newest("other"), checkpoints.newest_epoch(1, "other", 1)),
        (Some(5), Some(2), Some(1))
    );
    // Each goes on from its own.
    assert_eq!(train("other", "0", 3)[..2], other);
    assert_eq!(saved(), [2, 3, 4, 5]);
    assert_eq!(train("one", "0", 6)[..5], one);
    assert_eq!(saved(), [2, 3, 5, 6]);
}

#[test]
fn another_program_or_driver_goes_on_from_the_same_checkpoints() {
    let specs = [job(ModelKind::EegNet, 9, 1)];
    let folder = TempDir::new().unwrap();
    let train = |hardware, version, epoch| seconds(folder.path(), &specs, hardware, version, epoch);
    let first = train("GPU, driver 570.86.15", "0", 3);
    assert_eq!(train("GPU, driver 575.57", "1", 4)[..3], first);
    // As earlier versions named them.
    for file in checkpoints(folder.path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let epoch = name.split('.').next().unwrap();
        fs::rename(&file, file.with_file_name(format!("{epoch}.checkpoint"))).unwrap();
    }
    assert_eq!(train("GPU", "2", 5)[..3], first);
    assert_eq!(epochs_of(&checkpoints(folder.path())), [4, 5]);
    assert_ne!(train("GPU 2", "2", 5)[..3], first);
}

#[test]
fn a_shorter_training_keeps_checkpoints_beside_those_of_a_longer_one() {
    let specs = [job(ModelKind::EegNet, 3, 7), job(ModelKind::EegNet, 9, 7)];
    let folder = TempDir::new().unwrap();
    interrupted(folder.path(), &specs[1..], 5);
    interrupted(folder.path(), &specs[..1], 2);
    assert_eq!(epochs_of(&checkpoints(folder.path())), [1, 2, 4, 5]);
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
