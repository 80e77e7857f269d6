//! The data sources: how each is read, identified and judged. A source is a file here, an arm of [`reader`], and its declaration in
//! `sweep-job`. Nothing here prepares trials.

pub(crate) mod bci3b;
mod npz;
mod synthetic;

use std::{
    fmt::{Display, Write as _},
    path::{Path, PathBuf},
};

use sweep_job::{DataSource, Origin, Scale};

use crate::{DataError, Finding, checksum, findings, recording::Recording};

/// Train and test trials as recorded.
pub(crate) struct Recordings {
    pub(crate) train: Recording,
    pub(crate) test: Recording,
    pub(crate) sampling_rate_hz: Option<f64>,
    /// The distinct labels of the whole train set, ascending.
    pub(crate) classes: Vec<i64>,
}

impl Recordings {
    fn new([train, test]: [Recording; 2], sampling_rate_hz: Option<f64>) -> Self {
        let classes = distinct(&train.labels);
        Self { train, test, sampling_rate_hz, classes }
    }
}

/// What a data source can do.
pub(crate) trait Reader {
    /// Reads or generates the trials: all, or at least those that `limit` keeps if that is less work.
    fn read(&self, limit: Option<usize>) -> Result<Recordings, DataError>;

    /// The trials without their signals. Of files only headers and labels are read.
    fn outline(&self, limit: Option<usize>) -> Result<Recordings, DataError>;

    /// Adds what the trials depend on to the identity of the data set. No array is read.
    fn identify(&self, form: &mut CanonicalForm) -> Result<(), DataError>;

    /// The most bytes that [`Reader::read`] holds if the trials of the two sets take `train` and `test` bytes.
    fn reading_bytes(&self, train: u64, test: u64) -> u64 {
        // A part of the files is read in their own order, and then once more in ours; what that leaves behind is room for the
        // test set.
        train + train.max(2 * test)
    }

    /// What looks wrong with the trials.
    fn findings(&self, recordings: &Recordings, scale: Scale) -> Vec<Finding> {
        findings::of_parts(recordings, scale)
    }
}

/// The reader of a source.
pub(crate) fn reader(source: &DataSource) -> &dyn Reader {
    match source {
        DataSource::Bci3b(source) => source,
        DataSource::Npz(source) => source,
        DataSource::Synthetic(source) => source,
    }
}

/// Whether the trials need not be read to be known, since the program computes them.
pub(crate) fn is_computed(source: &DataSource) -> bool {
    source.declaration().origin == Origin::Computed
}

/// The text whose checksum is the identity of a data set: lines of a key and its value.
pub(crate) struct CanonicalForm(String);

impl CanonicalForm {
    pub(crate) fn new(version: &str) -> Self {
        Self(format!("{version}\n"))
    }

    pub(crate) fn line(&mut self, key: &str, value: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{key} {value}");
    }

    /// A line with the checksum of each file.
    fn files(&mut self, part: &str, paths: &[PathBuf]) -> Result<(), DataError> {
        for path in paths {
            self.line(part, checksum::of_file(path)?);
        }
        Ok(())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// Whether two recordings can belong to one data set.
fn check_agreement(
    (first, one): (&Path, &Recording),
    (path, other): (&Path, &Recording),
) -> Result<(), DataError> {
    if (one.channels, one.samples) != (other.channels, other.samples) {
        return Err(DataError::ShapesDiffer {
            path: path.to_owned(),
            channels: other.channels,
            samples: other.samples,
            first: first.to_owned(),
            first_channels: one.channels,
            first_samples: one.samples,
        });
    }
    let (with, without) = match (&one.subjects, &other.subjects) {
        (Some(_), None) => (first, path),
        (None, Some(_)) => (path, first),
        _ => return Ok(()),
    };
    Err(DataError::SubjectsPartly { with: with.to_owned(), without: without.to_owned() })
}

/// The distinct labels, ascending.
pub(crate) fn distinct(labels: &[i64]) -> Vec<i64> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    labels
}
