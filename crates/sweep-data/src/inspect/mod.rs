//! What is in a data set or an archive, counted as recorded: before limit, filling, split and scaling.
//! Changes nothing.

mod display;

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;
use sweep_job::{DataSpec, Layout, Leaks};

use crate::{
    DataError, Finding, band_power_lda, findings,
    leaks::{self, identical::Distinct},
    npz, prepare,
    recording::Recording,
    sources::reader,
};

/// What was found in a data set or an archive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// What was inspected: the name of a data set, or the path of an archive.
    pub title: String,
    /// Channels of every trial.
    pub channels: usize,
    /// Samples of every channel of a trial.
    pub samples: usize,
    /// Samples a second, where known.
    pub sampling_rate_hz: Option<f64>,
    /// The train and the test set, or the one archive.
    pub parts: Vec<InspectedPart>,
    /// Test trials whose whole signal is that of a train trial; `None` for a single archive.
    pub test_trials_in_train: Option<usize>,
    /// What the parts share, without a limit; `None` for a single archive.
    pub leaks: Option<Leaks>,
    /// The baseline on the data set as it is prepared; `None` for a single archive.
    pub baseline: Option<Baseline>,
    /// What looks wrong, the most important first.
    pub findings: Vec<Finding>,
}

/// One part of what was inspected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InspectedPart {
    /// `train`, `test` or `archive`.
    pub name: &'static str,
    /// Its trials.
    pub trials: usize,
    /// Trials of each label, ascending; `None` where there are no labels.
    pub labels: Option<Vec<Count>>,
    /// Trials of each subject, ascending, where known.
    pub subjects: Option<Vec<Count>>,
    /// Samples that are missing (NaN).
    pub missing_samples: usize,
    /// Trials with a missing sample.
    pub trials_with_missing: usize,
    /// Trials whose signal is that of an earlier trial of this part.
    pub repeated_trials: usize,
    /// The finite samples of each channel.
    pub amplitudes: Vec<Amplitude>,
}

/// How many trials have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The label or subject.
    pub value: i64,
    /// Its trials.
    pub trials: usize,
}

/// The finite samples of one channel, in the unit of the file; `None` where a channel has none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Amplitude {
    /// The least.
    pub minimum: Option<f64>,
    /// The greatest.
    pub maximum: Option<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// Their standard deviation (divided by n).
    pub standard_deviation: Option<f64>,
}

/// Band power and linear discriminant analysis: see [`band_power_lda`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Its test accuracy, 0 to 1.
    Accuracy(f64),
    /// Why it was not computed.
    NotComputed(String),
}

/// Inspects the data set that `spec` describes: its trials as recorded, and the baseline on the set as
/// prepared.
///
/// # Errors
/// As [`load`](crate::load).
pub fn inspect_set(spec: &DataSpec) -> Result<Inspection, DataError> {
    prepare::check_options(spec)?;
    let reader = reader(&spec.source);
    let source = reader.read(None)?;
    let leaks = leaks::find(&source, &DataSpec { limit: None, ..spec.clone() })?;
    let mut inspection = Inspection {
        title: format!("data set {}", spec.source.name()),
        channels: source.train.channels,
        samples: source.train.samples,
        sampling_rate_hz: source.sampling_rate_hz,
        parts: vec![inspect_part("train", &source.train), inspect_part("test", &source.test)],
        test_trials_in_train: Some(leaks.test_with_train.identical as usize),
        leaks: Some(leaks),
        baseline: None,
        findings: reader.findings(&source, spec.scale),
    };
    let set = prepare::prepare(source, spec)?;
    inspection.findings.extend(findings::of_set(&set));
    inspection.baseline = Some(match band_power_lda(&set) {
        Ok(accuracy) => Baseline::Accuracy(accuracy),
        Err(error) => Baseline::NotComputed(error.to_string()),
    });
    Ok(inspection)
}

/// Inspects one archive. Labels and subjects may be absent.
///
/// # Errors
/// Where it cannot be read as an archive of trials.
pub fn inspect_file(path: &Path, layout: Layout) -> Result<Inspection, DataError> {
    let recording = npz::read_unlabelled(path, layout)?;
    Ok(Inspection {
        title: path.display().to_string(),
        channels: recording.channels,
        samples: recording.samples,
        sampling_rate_hz: None,
        parts: vec![inspect_part("archive", &recording)],
        test_trials_in_train: None,
        leaks: None,
        baseline: None,
        findings: findings::of_archive(&recording, layout),
    })
}

fn inspect_part(name: &'static str, recording: &Recording) -> InspectedPart {
    let missing = |trial: &[f32]| trial.iter().filter(|value| value.is_nan()).count();
    InspectedPart {
        name,
        trials: recording.trials(),
        labels: (!recording.labels.is_empty()).then(|| counts(&recording.labels)),
        subjects: recording.subjects.as_deref().map(counts),
        missing_samples: missing(&recording.signal),
        trials_with_missing: recording.trial_signals().filter(|trial| missing(trial) > 0).count(),
        repeated_trials: recording.trials() - Distinct::new(recording.trial_signals()).len(),
        amplitudes: (0..recording.channels).map(|channel| amplitude(recording, channel)).collect(),
    }
}

fn counts(values: &[i64]) -> Vec<Count> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(*value).or_default() += 1;
    }
    counts.into_iter().map(|(value, trials)| Count { value, trials }).collect()
}

fn amplitude(recording: &Recording, channel: usize) -> Amplitude {
    let rows = recording.signal.chunks_exact(recording.samples).skip(channel).step_by(recording.channels);
    let finite: Vec<f64> =
        rows.flatten().filter(|value| !value.is_nan()).map(|value| f64::from(*value)).collect();
    let count = finite.len() as f64;
    let mean = (!finite.is_empty()).then(|| finite.iter().sum::<f64>() / count);
    Amplitude {
        minimum: finite.iter().copied().reduce(f64::min),
        maximum: finite.iter().copied().reduce(f64::max),
        mean,
        standard_deviation: mean
            .map(|mean| (finite.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()),
    }
}
