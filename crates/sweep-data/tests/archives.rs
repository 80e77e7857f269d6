//! The reader against archives that NumPy wrote (tests/fixtures/make.py), sound, wrong and hostile.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sweep_data::{Archive, read_archive};
use sweep_job::Layout;

const TRIALS: usize = 6;
const SAMPLES: usize = 5;
const CHANNELS: usize = 2;
const LABELS: [i64; TRIALS] = [1, 2, 1, 2, 2, 1];
const SUBJECTS: [i64; TRIALS] = [7, 7, 7, -1, -1, -1];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(name: &str, layout: Layout) -> Archive {
    read_archive(&fixtures().join(name), layout).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// `[trial, channel, time]`: sample s of channel c of trial t is 100 t + 10 c + s.
fn signal() -> Vec<f32> {
    let value = |index: usize| {
        100 * (index / SAMPLES / CHANNELS) + 10 * (index / SAMPLES % CHANNELS) + index % SAMPLES
    };
    (0..TRIALS * CHANNELS * SAMPLES).map(|index| value(index) as f32).collect()
}

#[test]
fn every_type_order_and_compression_gives_the_same_trials() {
    use Layout::{TrialChannelTime, TrialTimeChannel};
    for (name, layout) in [
        ("f8_stored.npz", TrialTimeChannel),
        ("f4_deflated.npz", TrialTimeChannel),
        ("f8_fortran.npz", TrialTimeChannel),
        ("f4_fortran_deflated.npz", TrialTimeChannel),
        ("i2_column_label.npz", TrialTimeChannel),
        ("big_endian.npz", TrialTimeChannel),
        ("big_endian_i2_fortran.npz", TrialTimeChannel),
        ("f2.npz", TrialTimeChannel),
        ("channel_time.npz", TrialChannelTime),
        ("channel_time_fortran.npz", TrialChannelTime),
    ] {
        let archive = read(name, layout);
        assert_eq!(
            (archive.trials(), archive.channels, archive.samples),
            (TRIALS, CHANNELS, SAMPLES),
            "{name}"
        );
        assert_eq!(archive.signal, signal(), "{name}");
        assert_eq!(archive.labels.as_deref(), Some(&LABELS[..]), "{name}");
        let subjects = (name == "big_endian.npz").then_some(&SUBJECTS[..]);
        assert_eq!(archive.subjects.as_deref(), subjects, "{name}");
        assert_eq!(archive.missing_samples, 0, "{name}");
    }
}

#[test]
fn missing_samples_become_the_mean_of_the_archive_s_finite_ones() {
    for (name, offset) in [("nan.npz", 0.0), ("nan_f4_subjects.npz", 1000.0)] {
        let archive = read(name, Layout::TrialTimeChannel);
        let mut expected: Vec<f32> = signal().iter().map(|value| value + offset).collect();
        // Channel 0, sample 0 of trial 0; channel 1, sample 4 of trial 3.
        let missing = [0, 3 * CHANNELS * SAMPLES + SAMPLES + 4];
        let finite: Vec<f64> = expected
            .iter()
            .enumerate()
            .filter(|(index, _)| !missing.contains(index))
            .map(|(_, value)| f64::from(*value))
            .collect();
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        missing.iter().for_each(|index| expected[*index] = mean as f32);
        assert_eq!(archive.signal, expected, "{name}");
        assert_eq!((archive.missing_samples, archive.filled_with), (2, mean), "{name}");
    }
}

#[test]
fn labels_may_be_absent() {
    let archive = read("unlabelled.npz", Layout::TrialTimeChannel);
    assert_eq!(archive.labels, None);
    assert_eq!(archive.subjects.as_deref(), Some(&SUBJECTS[..]));
}

#[test]
fn every_bad_archive_is_refused_with_its_reason() {
    let mut names: Vec<String> = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("bad_"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 30);
    names.push("bad_there_is_no_such_file.npz".to_owned());
    let folder = format!("{}/", fixtures().display());
    let messages: Vec<String> = names
        .iter()
        .map(|name| {
            let error = read_archive(&fixtures().join(name), Layout::TrialTimeChannel).unwrap_err();
            let source = std::error::Error::source(&error).map_or(String::new(), |s| format!(": {s}"));
            format!("{error}{source}").replace(&folder, "")
        })
        .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn the_wrong_layout_is_read_as_it_is_told() {
    let archive = read("f8_stored.npz", Layout::TrialChannelTime);
    assert_eq!((archive.channels, archive.samples), (SAMPLES, CHANNELS));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Whatever is broken, the reader answers; it neither panics nor takes memory by a claimed size.
    #[test]
    fn a_damaged_archive_never_panics(
        which in prop::sample::select(vec![
            "f8_stored.npz", "f4_fortran_deflated.npz", "big_endian.npz", "nan_f4_subjects.npz"
        ]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = std::fs::read(fixtures().join(which)).unwrap();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        if let Ok(archive) = read_archive(file.path(), Layout::TrialTimeChannel) {
            prop_assert!(archive.signal.iter().all(|value| value.is_finite()));
            prop_assert_eq!(archive.signal.len(), archive.trials() * archive.channels * archive.samples);
        }
    }
}
