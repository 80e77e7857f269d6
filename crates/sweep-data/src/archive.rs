//! One archive by itself, for prediction: no classes, no train set. Knows nothing of the data set that a
//! network was trained on.

use std::path::Path;

use sweep_job::{Layout, Scaling};

use crate::{DataError, npz, scale};

/// The trials of one archive, complete and finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive {
    /// Channels of every trial.
    pub channels: usize,
    /// Samples of every channel of a trial.
    pub samples: usize,
    /// The signal, `[trial, channel, time]`, row-major. Missing samples hold [`Archive::filled_with`].
    pub signal: Vec<f32>,
    /// The original label of each trial, where the archive has an array `label`.
    pub labels: Option<Vec<i64>>,
    /// The subject of each trial, where the archive has an array `subject`.
    pub subjects: Option<Vec<i64>>,
    /// How many samples were missing (NaN).
    pub missing_samples: usize,
    /// What was put in their place: the mean of all finite samples of this archive, in double precision.
    pub filled_with: f64,
}

impl Archive {
    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.signal.len() / (self.channels * self.samples)
    }

    /// Scales the signal as that of a train set was.
    pub fn scale(&mut self, scaling: &Scaling) {
        scale::scale(&mut self.signal, self.samples, scaling);
    }
}

/// Reads one archive for prediction. Missing samples (NaN) become the mean of all finite samples of this very
/// archive, since the set that it belongs to is not known; nothing is scaled before [`Archive::scale`].
///
/// # Errors
/// Where the archive is not what it must be, or every sample is missing. Labels and subjects may be absent.
pub fn read_archive(path: &Path, layout: Layout) -> Result<Archive, DataError> {
    let mut recording = npz::read_unlabelled(path, layout)?;
    let mean = recording.finite_mean().ok_or(DataError::NothingFinite { part: "archive" })?;
    let missing_samples = recording.signal.iter().filter(|value| value.is_nan()).count();
    recording.fill_missing(mean);
    Ok(Archive {
        channels: recording.channels,
        samples: recording.samples,
        signal: recording.signal,
        // There is no recording without trials.
        labels: (!recording.labels.is_empty()).then_some(recording.labels),
        subjects: recording.subjects,
        missing_samples,
        filled_with: mean,
    })
}
