//! What looks wrong with trials is found and worded, and nothing is where all is well.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use sweep_data::{ArrayValues, Finding, NamedArray, examine, inspect_file, inspect_set, write_npz};
use sweep_job::{DataSource, DataSpec, Layout, Scale, ValidationBy, sources};
use tempfile::TempDir;

const TRIALS: usize = 40;
const CHANNELS: usize = 3;
const SAMPLES: usize = 100;

/// Microvolts that look like noise; every trial and channel has its own.
fn noise(trial: usize, channel: usize, sample: usize) -> f32 {
    let phase = (trial * 131 + channel * 17 + sample * 7 + sample * sample) as f32;
    20.0 * (phase * 0.7).sin() + 5.0 * (phase * 0.13).cos()
}

/// Writes train.npz with `change` applied to every sample and test.npz without, in the axes of `layout`.
fn data_set(folder: &Path, change: impl Fn(usize, usize, usize, f32) -> f32) -> DataSpec {
    let signal = |change: &dyn Fn(usize, usize, usize, f32) -> f32, first: usize| -> Vec<f32> {
        let places = (0..TRIALS).flat_map(|trial| {
            (0..CHANNELS).flat_map(move |channel| (0..SAMPLES).map(move |sample| (trial, channel, sample)))
        });
        places
            .map(|(trial, channel, sample)| {
                change(trial, channel, sample, noise(first + trial, channel, sample))
            })
            .collect()
    };
    write(&folder.join("train.npz"), &signal(&change, 0), [TRIALS, CHANNELS, SAMPLES]);
    write(&folder.join("test.npz"), &signal(&|_, _, _, value| value, TRIALS), [TRIALS, CHANNELS, SAMPLES]);
    spec(folder)
}

fn spec(folder: &Path) -> DataSpec {
    let source = DataSource::Npz(sources::Npz {
        train: vec![folder.join("train.npz")],
        test: vec![folder.join("test.npz")],
        layout: Layout::TrialChannelTime,
    });
    DataSpec {
        source,
        validation: 0.0,
        validation_seed: 0,
        validation_by: ValidationBy::Trial,
        scale: Scale::None,
        limit: None,
    }
}

fn write(path: &Path, signal: &[f32], shape: [usize; 3]) {
    let labels: Vec<i64> = (0..shape[0] as i64).map(|trial| trial % 2).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &shape, values: ArrayValues::F32(signal) },
        NamedArray { name: "label", shape: &[shape[0]], values: ArrayValues::I64(&labels) },
    ];
    write_npz(path, &arrays).unwrap();
}

fn words(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[test]
fn every_kind_of_mistake_is_found_with_its_place() {
    type Change = fn(usize, usize, usize, f32) -> f32;
    let cases: [(&str, Change); 9] = [
        ("volts", |_, _, _, value| value * 1e-6),
        ("raw counts", |_, _, _, value| value + 40_000.0),
        (
            "one channel with an offset",
            |_, channel, _, value| if channel == 1 { value - 900.0 } else { value },
        ),
        (
            "a channel that is constant in each trial",
            |trial, channel, _, value| {
                if channel == 2 { trial as f32 } else { value }
            },
        ),
        ("a channel without samples", |_, channel, _, value| if channel == 0 { f32::NAN } else { value }),
        ("a trial without samples", |trial, _, _, value| if trial == 7 { f32::NAN } else { value }),
        (
            "trials at the end of the amplifier's range",
            |trial, _, _, value| {
                if trial % 5 == 2 { 3276.7 } else { value }
            },
        ),
        (
            "clipped at 20 microvolts",
            |_, channel, _, value| {
                if channel < 2 { value.clamp(-20.0, 20.0) } else { value }
            },
        ),
        (
            "some missing samples",
            |trial, _, sample, value| {
                if trial == 3 && sample < 50 { f32::NAN } else { value }
            },
        ),
    ];
    let folder = TempDir::new().unwrap();
    let mut all = String::new();
    for (what, change) in cases {
        let spec = data_set(folder.path(), change);
        let examined = examine(&spec, None).unwrap();
        assert_eq!(inspect_set(&spec).unwrap().findings, examined.findings, "{what}");
        all.push_str(&format!("{what}\n{}\n", words(&examined.findings)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn scaling_makes_units_and_offsets_right() {
    let folder = TempDir::new().unwrap();
    let spec = data_set(folder.path(), |_, _, _, value| value * 1e-6 + 1.0);
    assert_eq!(examine(&spec, None).unwrap().findings.len(), 2);
    assert_eq!(examine(&DataSpec { scale: Scale::Standardize, ..spec }, None).unwrap().findings, []);
}

#[test]
fn axes_in_another_order_are_named_with_the_layout_that_fits() {
    let folder = TempDir::new().unwrap();
    data_set(folder.path(), |_, _, _, value| value);
    let archive = folder.path().join("train.npz");
    let found = inspect_file(&archive, Layout::TrialTimeChannel).unwrap().findings;
    insta::assert_snapshot!(words(&found), @r#"a trial has 100 channels but only 3 samples: are the axes in another order? If `signal` is [trial, channel, time], set `layout = "trial,channel,time"` in [data], or `--layout trial,channel,time` for an archive"#);
    assert_eq!(inspect_file(&archive, Layout::TrialChannelTime).unwrap().findings, []);
}

#[test]
fn a_validation_set_of_a_few_trials_is_told() {
    let folder = TempDir::new().unwrap();
    let spec = data_set(folder.path(), |_, _, _, value| value);
    let findings = |validation| examine(&DataSpec { validation, ..spec.clone() }, None).unwrap().findings;
    assert_eq!(findings(0.0), []);
    assert_eq!(findings(0.5), []);
    insta::assert_snapshot!(words(&findings(0.3)), @"the validation set has only 12 trials: one trial is 8 points of accuracy. Set a larger `validation`, or read the epoch that it selects with care");
}

#[test]
fn the_synthetic_set_is_well() {
    let source = DataSource::Synthetic(sources::Synthetic { seed: 0 });
    let synthetic = DataSpec { source, validation: 0.2, limit: Some(200), ..spec(Path::new("")) };
    assert_eq!(examine(&synthetic, None).unwrap().findings, []);
    // Its signals as files, which are looked at.
    let folder = TempDir::new().unwrap();
    sweep_data::export(&sweep_data::load(&synthetic).unwrap(), folder.path()).unwrap();
    for part in ["train", "test"] {
        let archive = folder.path().join(part).with_extension("npz");
        assert_eq!(inspect_file(&archive, Layout::TrialTimeChannel).unwrap().findings, []);
    }
}
