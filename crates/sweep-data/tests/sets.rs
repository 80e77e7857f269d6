//! Whole data sets: what `load` and `identify` promise for archives, for the competition's files and for
//! their options.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use sweep_data::{
    ArrayValues, DataError, NamedArray, TrialSet, export, identify, load, read_archive, verify, write_npz,
};
use sweep_job::{DataSource, DataSpec, Layout, Scale, ValidationBy, sources};
use tempfile::TempDir;

fn spec(source: DataSource) -> DataSpec {
    DataSpec {
        source,
        validation: 0.0,
        validation_by: ValidationBy::Trial,
        validation_seed: 0,
        scale: Scale::None,
        limit: None,
    }
}

fn npz(train: &[&Path], test: &[&Path]) -> DataSpec {
    let owned = |paths: &[&Path]| paths.iter().map(|path| path.to_path_buf()).collect();
    spec(DataSource::Npz(sources::Npz {
        train: owned(train),
        test: owned(test),
        layout: Layout::TrialChannelTime,
    }))
}

/// An archive of one channel of two samples a trial, `[trial, channel, time]`.
fn write(dir: &TempDir, name: &str, trials: &[([f32; 2], i64)], subjects: Option<&[i64]>) -> PathBuf {
    let signal: Vec<f32> = trials.iter().flat_map(|(signal, _)| *signal).collect();
    let labels: Vec<i64> = trials.iter().map(|(_, label)| *label).collect();
    let (shape, one_each) = ([trials.len(), 1, 2], [trials.len()]);
    let mut arrays = vec![
        NamedArray { name: "signal", shape: &shape, values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &one_each, values: ArrayValues::I64(&labels) },
    ];
    if let Some(subjects) = subjects {
        arrays.push(NamedArray { name: "subject", shape: &one_each, values: ArrayValues::I64(subjects) });
    }
    let path = dir.path().join(name);
    write_npz(&path, &arrays).unwrap();
    path
}

const NAN: f32 = f32::NAN;

#[test]
fn archives_are_joined_completed_and_labelled_each_set_by_itself() {
    let dir = TempDir::new().unwrap();
    let a = write(&dir, "a.npz", &[([1.0, NAN], 7), ([3.0, 5.0], -2)], Some(&[0, 1]));
    let b = write(&dir, "b.npz", &[([NAN, 11.0], 7)], Some(&[9]));
    let c = write(&dir, "c.npz", &[([100.0, NAN], -2), ([200.0, 300.0], 7)], Some(&[4, 5]));
    let set = load(&npz(&[&a, &b], &[&c])).unwrap();
    assert_eq!((set.channels, set.samples, set.sampling_rate_hz), (1, 2, None));
    assert_eq!(set.classes, [-2, 7]);
    // Mean of 1, 3, 5, 11 and of 100, 200, 300.
    assert_eq!(set.train.signal, [1.0, 5.0, 3.0, 5.0, 5.0, 11.0]);
    assert_eq!(set.test.signal, [100.0, 200.0, 200.0, 300.0]);
    assert_eq!((set.train.labels, set.test.labels), (vec![1, 0, 1], vec![0, 1]));
    assert_eq!((set.train.subjects, set.test.subjects), (Some(vec![0, 1, 9]), Some(vec![4, 5])));
}

#[test]
fn the_mean_is_that_of_the_values_in_the_file_not_of_their_32_bit_form() {
    // 2^24 + 1 has no 32-bit form; three of them and a gap fill the gap with 2^24 + 1, rounded only then.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let archive = read_archive(&fixtures.join("nan_f8_wide.npz"), Layout::TrialTimeChannel).unwrap();
    assert_eq!(archive.filled_with, 16_777_217.0);
}

#[test]
fn limit_comes_first_then_the_mean_then_the_split_then_the_scale() {
    let dir = TempDir::new().unwrap();
    let label = |trial: usize| (trial / 2 % 2) as i64;
    let train: Vec<([f32; 2], i64)> =
        (0..40).map(|trial| ([if trial % 2 == 1 { 1e6 } else { trial as f32 }, NAN], label(trial))).collect();
    let train = write(&dir, "train.npz", &train, None);
    let test = write(&dir, "test.npz", &[([1.0, 2.0], 0), ([3.0, NAN], 1)], None);
    let mut spec = npz(&[&train], &[&test]);
    spec.limit = Some(20);
    let limited = load(&spec).unwrap();
    // Trials 0, 2, 4, ... 38: without the millions, mean 19.
    assert_eq!(limited.train.trials(), 20);
    assert!(
        limited.train.signal.chunks_exact(2).enumerate().all(|(k, trial)| trial == [2.0 * k as f32, 19.0])
    );
    assert_eq!(limited.test.trials(), 2);

    spec.validation = 0.3;
    let split = load(&spec).unwrap();
    let validation = split.validation.unwrap();
    let of_class = |set: &TrialSet, class| set.labels.iter().filter(|label| **label == class).count();
    assert_eq!([0, 1].map(|class| of_class(&validation, class)), [3, 3]);
    assert_eq!([0, 1].map(|class| of_class(&split.train, class)), [7, 7]);
    assert!(validation.signal.chunks_exact(2).all(|trial| trial[1] == 19.0), "filled before the split");

    spec.scale = Scale::Standardize;
    let scaled = load(&spec).unwrap();
    let count = scaled.train.signal.len() as f64;
    let mean = scaled.train.signal.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let square = scaled.train.signal.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / count;
    assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "{mean} {square}");
    let raw = f64::from(split.train.signal[1]) - f64::from(split.train.signal[0]);
    let deviation = raw / f64::from(scaled.train.signal[1] - scaled.train.signal[0]);
    let validation_step = f64::from(validation.signal[1] - validation.signal[0]) / deviation;
    let scaled_validation = scaled.validation.unwrap();
    let step = f64::from(scaled_validation.signal[1] - scaled_validation.signal[0]);
    assert!((step - validation_step).abs() < 1e-5, "{step} {validation_step}");
}

#[test]
fn sets_that_cannot_be_are_refused_with_their_reason() {
    let dir = TempDir::new().unwrap();
    let two = write(&dir, "two.npz", &[([1.0, 2.0], 1), ([3.0, 4.0], 2)], None);
    let subjects = write(&dir, "subjects.npz", &[([1.0, 2.0], 1), ([3.0, 4.0], 2)], Some(&[1, 2]));
    let one_class = write(&dir, "one_class.npz", &[([1.0, 2.0], 5), ([3.0, 4.0], 5)], None);
    let other = write(&dir, "other_label.npz", &[([1.0, 2.0], 3)], None);
    let all_missing = write(&dir, "all_missing.npz", &[([NAN, NAN], 1), ([NAN, NAN], 2)], None);
    let constant = write(&dir, "constant.npz", &[([4.0, 4.0], 1), ([4.0, 4.0], 2)], None);
    let wide = dir.path().join("wide.npz");
    let arrays = [
        NamedArray { name: "signal", shape: &[1, 2, 2], values: ArrayValues::F32(&[1.0, 2.0, 3.0, 4.0]) },
        NamedArray { name: "label", shape: &[1], values: ArrayValues::I64(&[1]) },
    ];
    write_npz(&wide, &arrays).unwrap();
    let with = |change: &dyn Fn(&mut DataSpec)| {
        let mut spec = npz(&[&two], &[&two]);
        change(&mut spec);
        spec
    };
    let specs = [
        npz(&[&two, &wide], &[&two]),
        npz(&[&two], &[&wide]),
        npz(&[&two, &subjects], &[&two]),
        npz(&[&subjects], &[&two]),
        npz(&[&one_class], &[&two]),
        npz(&[&two], &[&other]),
        npz(&[&all_missing], &[&two]),
        npz(&[&two], &[&all_missing]),
        npz(&[], &[&two]),
        npz(&[&two], &[]),
        with(&|spec| spec.limit = Some(0)),
        with(&|spec| spec.limit = Some(1)),
        DataSpec { limit: Some(1), ..npz(&[&one_class], &[&two]) },
        with(&|spec| spec.validation = 1.0),
        with(&|spec| spec.validation = f64::NAN),
        with(&|spec| spec.validation = 0.5),
        DataSpec { scale: Scale::Standardize, ..npz(&[&constant], &[&two]) },
    ];
    let folder = format!("{}/", dir.path().display());
    let messages: Vec<String> =
        specs.iter().map(|spec| load(spec).unwrap_err().to_string().replace(&folder, "")).collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn what_is_exported_is_read_again() {
    let dir = TempDir::new().unwrap();
    let mut synthetic = spec(DataSource::Synthetic(sources::Synthetic { seed: 3 }));
    synthetic.limit = Some(30);
    let set = load(&synthetic).unwrap();
    export(&set, dir.path()).unwrap();
    let source = DataSource::Npz(sources::Npz {
        train: vec![dir.path().join("train.npz")],
        test: vec![dir.path().join("test.npz")],
        layout: Layout::TrialTimeChannel,
    });
    let again = load(&spec(source)).unwrap();
    assert_eq!((again.train, again.test, again.classes), (set.train, set.test, set.classes));
    let left: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file is left: {left:?}");
}

#[test]
fn an_export_leaves_no_validation_set_of_an_earlier_one() {
    let dir = TempDir::new().unwrap();
    let mut synthetic = spec(DataSource::Synthetic(sources::Synthetic { seed: 3 }));
    (synthetic.limit, synthetic.validation) = (Some(30), 0.2);
    let stale = dir.path().join("validation.npz");
    export(&load(&synthetic).unwrap(), dir.path()).unwrap();
    assert!(stale.exists());
    synthetic.validation = 0.0;
    let whole = load(&synthetic).unwrap();
    export(&whole, dir.path()).unwrap();
    assert!(!stale.exists());
    std::fs::create_dir(&stale).unwrap();
    assert!(
        matches!(export(&whole, dir.path()), Err(DataError::Io { action: "remove", path, .. }) if path == stale)
    );
}

#[test]
fn an_archive_that_cannot_be_written_leaves_nothing_behind() {
    let dir = TempDir::new().unwrap();
    let array = NamedArray { name: "logits", shape: &[2, 2], values: ArrayValues::F32(&[0.0; 3]) };
    let error = write_npz(&dir.path().join("x.npz"), &[array]).unwrap_err();
    assert_eq!(error.to_string(), "array `logits`: 3 values do not fill its shape [2, 2]");
    let array = NamedArray { shape: &[3, 1], ..array };
    assert!(matches!(
        write_npz(&dir.path().join("no/such/folder.npz"), &[array]),
        Err(DataError::Io { action: "write", .. })
    ));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_identity_names_content_and_effective_options_but_no_place() {
    let (dir, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let rows = [([1.0, 2.0], 1), ([3.0, 4.0], 2)];
    let one = write(&dir, "one.npz", &rows, None);
    let copy = write(&elsewhere, "copy.npz", &rows, None);
    let changed = write(&dir, "changed.npz", &[([1.0, 2.0], 1), ([3.0, 4.5], 2)], None);
    let id = |spec: &DataSpec| identify(spec).unwrap();
    let base = npz(&[&one], &[&one]);
    assert_eq!(id(&base), id(&npz(&[&copy], &[&copy])));
    assert_eq!(id(&base), id(&DataSpec { validation_seed: 9, ..base.clone() }), "no split, no seed");

    let channel_last = |mut spec: DataSpec| {
        let DataSource::Npz(sources::Npz { layout, .. }) = &mut spec.source else { panic!() };
        *layout = Layout::TrialTimeChannel;
        spec
    };
    let split = DataSpec { validation: 0.2, ..base.clone() };
    let mut identities: Vec<_> = [
        base.clone(),
        npz(&[&one], &[&changed]),
        npz(&[&changed], &[&one]),
        npz(&[&one, &one], &[&one]),
        npz(&[&one], &[&one, &one]),
        channel_last(base.clone()),
        split.clone(),
        DataSpec { validation_seed: 1, ..split.clone() },
        DataSpec { validation_by: ValidationBy::Subject, ..split.clone() },
        DataSpec { validation: 0.2 + 1e-16, ..split },
        DataSpec { scale: Scale::Standardize, ..base.clone() },
        DataSpec { limit: Some(1), ..base.clone() },
        spec(DataSource::Synthetic(sources::Synthetic { seed: 0 })),
        spec(DataSource::Synthetic(sources::Synthetic { seed: 1 })),
    ]
    .iter()
    .map(id)
    .collect();
    let count = identities.len();
    assert!(identities.iter().all(|id| id.0.len() == 64 && id.0.bytes().all(|b| b.is_ascii_hexdigit())));
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), count);
    assert!(matches!(identify(&DataSpec { limit: Some(0), ..base.clone() }), Err(DataError::LimitZero)));
    let by_subject = DataSpec { validation_by: ValidationBy::Subject, ..base.clone() };
    assert_eq!(id(&base), id(&by_subject), "no split, no difference");
    // The canonical form is part of every job's id: it must not change unawares.
    assert_eq!(
        id(&spec(DataSource::Synthetic(sources::Synthetic { seed: 0 }))).0,
        "ee7750f5fe63337e66d010b7c7e34f0532cc468bd08ee3127122a52c8d23741c"
    );
    let split = DataSpec { validation: 0.2, ..spec(DataSource::Synthetic(sources::Synthetic { seed: 0 })) };
    let of_subjects = DataSpec { validation_by: ValidationBy::Subject, ..split.clone() };
    assert_eq!(id(&split).0, "261c6c8decac0937a4ab32e99009205f3823490f36feeadbeca87d6d27b2a84b");
    assert_eq!(id(&of_subjects).0, "cc4894dc0d73db6cde1e6cf920b898e011c2a95c4195752e57cd0b0f5db1a35c");
}

/// The competition's four files in miniature of content, not of shape: each trial is constant.
fn competition(dir: &TempDir) {
    for (file, name) in ["S4b_train", "X11b_train", "S4b_test", "X11b_test"].into_iter().enumerate() {
        let mut signal = vec![file as f32 + 1.0; 540 * 750 * 2];
        // One missing sample: channel 1, sample 2 of trial 3.
        signal[3 * 1500 + 2 * 2 + 1] = NAN;
        let labels: Vec<i64> = (0..540).map(|trial| 1 + (trial + file as i64) % 2).collect();
        let arrays = [
            NamedArray { name: "signal", shape: &[540, 750, 2], values: ArrayValues::F32(&signal) },
            NamedArray { name: "label", shape: &[540, 1], values: ArrayValues::I64(&labels) },
        ];
        write_npz(&dir.path().join(format!("{name}.npz")), &arrays).unwrap();
    }
}

#[test]
fn the_competition_s_files_are_joined_and_filled_as_the_lab_does() {
    let dir = TempDir::new().unwrap();
    competition(&dir);
    let bci3b = spec(DataSource::Bci3b(sources::Bci3b { dir: dir.path().to_owned() }));
    let set = load(&bci3b).unwrap();
    assert_eq!((set.channels, set.samples, set.sampling_rate_hz), (2, 750, Some(125.0)));
    assert_eq!(set.classes, [1, 2]);
    for (part, mean) in [(&set.train, 1.5), (&set.test, 3.5)] {
        assert_eq!(part.trials(), 1080);
        let subjects = part.subjects.as_ref().unwrap();
        assert!(subjects[..540].iter().all(|s| *s == 0) && subjects[540..].iter().all(|s| *s == 1));
        for (trial, own) in [(3, mean - 0.5), (543, mean + 0.5)] {
            let signal = part.trial(trial);
            assert_eq!((signal[750 + 2], signal[2], signal[750 + 3]), (mean, own, own));
        }
        assert_eq!(part.signal.iter().filter(|value| **value == mean).count(), 2);
    }
    assert_eq!((&set.train.labels[..2], &set.train.labels[540..542]), (&[0, 1][..], &[1, 0][..]));
    assert_eq!((&set.test.labels[..2], &set.test.labels[540..542]), (&[0, 1][..], &[1, 0][..]));

    // The zip writer may change; what the snapshot shows of its bytes is that they are shown.
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("SHA-256: [0-9a-f]{64}", "SHA-256: FOUND");
    let _filters = settings.bind_to_scope();
    let text = verify(dir.path()).to_string().replace(&dir.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!("verify_four_other_files", text);
    std::fs::remove_file(dir.path().join("X11b_train.npz")).unwrap();
    std::fs::write(dir.path().join("S4b_test.npz"), "gone").unwrap();
    let verification = verify(dir.path());
    assert!(!verification.is_complete());
    let text = verification.to_string().replace(&dir.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!("verify_a_missing_and_a_broken_file", text);
    for error in [load(&bci3b).unwrap_err(), identify(&bci3b).unwrap_err()] {
        let text = error.to_string().replace(&dir.path().display().to_string(), "FOLDER");
        insta::assert_snapshot!("a_missing_file", text);
    }
}

#[test]
fn a_file_of_another_shape_or_label_is_no_competition_file() {
    let dir = TempDir::new().unwrap();
    competition(&dir);
    let message = || {
        let error =
            load(&spec(DataSource::Bci3b(sources::Bci3b { dir: dir.path().to_owned() }))).unwrap_err();
        error.to_string().replace(&dir.path().display().to_string(), "FOLDER")
    };
    let path = dir.path().join("X11b_test.npz");
    let signal = vec![0.0; 540 * 750 * 2];
    let labels = vec![3; 540];
    let arrays = [
        NamedArray { name: "signal", shape: &[540, 750, 2], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[540], values: ArrayValues::I64(&labels) },
    ];
    write_npz(&path, &arrays).unwrap();
    insta::assert_snapshot!("a_foreign_label", message());
    let turned = NamedArray { shape: &[540, 2, 750], ..arrays[0] };
    write_npz(&path, &[turned, arrays[1]]).unwrap();
    insta::assert_snapshot!("another_shape", message());
    let error = load(&spec(DataSource::Bci3b(sources::Bci3b { dir: "nowhere".into() }))).unwrap_err();
    insta::assert_snapshot!("all_files_missing", error);
}
