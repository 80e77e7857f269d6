//! What an inspection finds and how it says it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use sweep_data::{ArrayValues, NamedArray, inspect_file, inspect_set, write_npz};
use sweep_job::{DataSource, DataSpec, Layout, Scale};
use tempfile::TempDir;

const NAN: f32 = f32::NAN;

fn write(path: &Path, signal: &[f32], labels: &[i64]) {
    let arrays = [
        NamedArray { name: "signal", shape: &[labels.len(), 1, 2], values: ArrayValues::F32(signal) },
        NamedArray { name: "label", shape: &[labels.len()], values: ArrayValues::I64(labels) },
    ];
    write_npz(path, &arrays).unwrap();
}

#[test]
fn leaks_and_repetitions_are_counted() {
    let dir = TempDir::new().unwrap();
    let (train, test) = (dir.path().join("train.npz"), dir.path().join("test.npz"));
    // The second and the fifth trial repeat earlier ones; a zero has no sign, and missing is missing.
    write(&train, &[1.0, NAN, 1.0, NAN, 0.0, 2.0, 5.0, 6.0, -0.0, 2.0], &[1, 2, 1, 2, 1]);
    write(&test, &[1.0, NAN, 7.0, 8.0, 0.0, 2.0, 1.0, NAN], &[1, 2, 1, 2]);
    let source = DataSource::Npz { train: vec![train], test: vec![test], layout: Layout::TrialChannelTime };
    let spec = DataSpec { source, validation: 0.0, validation_seed: 0, scale: Scale::None, limit: None };
    let inspection = inspect_set(&spec).unwrap();
    assert_eq!(inspection.test_trials_in_train, Some(3));
    assert_eq!(inspection.parts[0].repeated_trials, 2);
    assert_eq!(inspection.parts[1].repeated_trials, 1);
    insta::assert_snapshot!("leaks", inspection);
}

#[test]
fn an_archive_by_itself_as_text_and_as_data() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nan_f4_subjects.npz");
    let mut inspection = inspect_file(&path, Layout::TrialTimeChannel).unwrap();
    inspection.title = "nan_f4_subjects.npz".to_owned();
    insta::assert_snapshot!("archive", inspection);
    insta::assert_json_snapshot!("archive_json", inspection);
}

#[test]
fn an_archive_without_labels_can_be_inspected() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/unlabelled.npz");
    let inspection = inspect_file(&path, Layout::TrialTimeChannel).unwrap();
    assert_eq!(inspection.parts[0].labels, None);
    assert_eq!(inspection.parts[0].subjects.as_ref().unwrap().len(), 2);
    assert!(inspection.to_string().contains("labels"));
}
