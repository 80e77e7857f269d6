//! What an inspection finds and how it says it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use sweep_data::{ArrayValues, NamedArray, examine, extent, inspect_file, inspect_set, load, write_npz};
use sweep_job::{
    DataSource, DataSpec, Layout, NewSubjects, Scale, SharedExample, SharedTrials, ValidationBy, sources,
};
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
    let source = DataSource::Npz(sources::Npz {
        train: vec![train],
        test: vec![test],
        layout: Layout::TrialChannelTime,
    });
    let spec = DataSpec {
        source,
        validation: 0.0,
        validation_by: ValidationBy::Trial,
        validation_seed: 0,
        scale: Scale::None,
        limit: None,
    };
    let inspection = inspect_set(&spec).unwrap();
    // A trial of one finite sample says nothing.
    assert_eq!(inspection.test_trials_in_train, Some(1));
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

/// Ten trials of noise, of which `test` holds the second half of some and the first half of the next.
#[test]
fn shared_stretches_are_told_with_the_numbers_of_the_files() {
    let dir = TempDir::new().unwrap();
    let (train, test) = (dir.path().join("train.npz"), dir.path().join("test.npz"));
    let samples = 120;
    let noise: Vec<f32> = (1..=12 * samples as u64)
        .map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .map(|number| (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9))
        .map(|number| (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb))
        .map(|number| (number >> 40) as f32)
        .collect();
    let save = |path: &Path, begins: &[usize]| {
        let signal: Vec<f32> =
            begins.iter().flat_map(|begin| &noise[*begin..begin + samples]).copied().collect();
        let labels: Vec<i64> = (0..begins.len() as i64).map(|trial| trial / 2 % 2).collect();
        let subjects: Vec<i64> = (0..begins.len() as i64).map(|trial| trial / 4 + begins[0] as i64).collect();
        let arrays = [
            NamedArray {
                name: "signal",
                shape: &[begins.len(), 1, samples],
                values: ArrayValues::F32(&signal),
            },
            NamedArray { name: "label", shape: &[begins.len()], values: ArrayValues::I64(&labels) },
            NamedArray { name: "subject", shape: &[begins.len()], values: ArrayValues::I64(&subjects) },
        ];
        write_npz(path, &arrays).unwrap();
    };
    save(&train, &[0, 120, 240, 360, 480, 600, 720, 840]);
    save(&test, &[960, 1080, 300, 1200, 1320, 720]);
    let source = DataSource::Npz(sources::Npz {
        train: vec![train],
        test: vec![test],
        layout: Layout::TrialChannelTime,
    });
    let spec = DataSpec {
        source,
        validation: 0.5,
        validation_by: ValidationBy::Trial,
        validation_seed: 0,
        scale: Scale::None,
        limit: None,
    };
    let whole = DataSpec { validation: 0.0, ..spec.clone() };
    let leaks = examine(&whole, None).unwrap().leaks;
    let example = SharedExample { trial: 5, other_trial: 6, samples: 120 };
    assert_eq!(
        leaks.test_with_train,
        SharedTrials { trials: 6, shared: 2, identical: 1, example: Some(example) }
    );
    assert_eq!((leaks.new_subjects, leaks.validation_with_train.trials), (None, 0));
    // Of six test trials the first, second, fourth and fifth are left.
    let limited = examine(&DataSpec { limit: Some(4), ..whole.clone() }, None).unwrap().leaks;
    assert_eq!((limited.test_with_train.trials, limited.test_with_train.shared), (4, 0));
    let limited = examine(&DataSpec { limit: Some(6), ..whole.clone() }, None).unwrap().leaks;
    assert_eq!(limited.test_with_train.example, Some(example), "numbers are those of the files");
    // What is shared goes with the trials that are held out.
    let split = examine(&spec, None).unwrap().leaks;
    assert!(split.test_with_validation.shared >= 1);
    assert!(split.test_with_train.shared + split.test_with_validation.shared >= 2);
    assert_eq!((split.validation_with_train.trials, split.validation_with_train.shared), (4, 0));
    assert_eq!(split.new_subjects, Some(NewSubjects { train_subjects: 2, test_subjects: 2, new: 2 }));
    let by_subject = DataSpec { validation_by: ValidationBy::Subject, ..spec };
    assert_eq!(examine(&by_subject, None).unwrap().leaks.new_subjects, None);
    let set = load(&by_subject).unwrap();
    let subjects = set.validation.unwrap().subjects.unwrap();
    assert!(subjects.iter().all(|subject| !set.train.subjects.as_ref().unwrap().contains(subject)));
    assert_eq!(extent(&by_subject).unwrap().validation_trials, 4);
    insta::assert_snapshot!("shared", inspect_set(&whole).unwrap());
}
