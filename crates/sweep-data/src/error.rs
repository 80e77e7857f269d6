//! What can be wrong with a data set. Knows no exit codes and no hints about commands, save the way out to
//! the built-in set.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::FileKind;

/// Why a data set cannot be read, prepared or written.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Files of the competition's set are not there.
    #[error("{}", missing_files(dir, missing))]
    MissingFiles {
        /// The folder that was searched.
        dir: PathBuf,
        /// Names of the files that are not in it.
        missing: Vec<&'static str>,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `open`, `read`, `write`, `remove`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no zip archive, or a broken one.
    #[error(
        "{}: not a readable NumPy archive (.npz), perhaps cut short or another kind of file: {reason}",
        path.display()
    )]
    NotAnArchive {
        /// The file.
        path: PathBuf,
        /// What the zip reader found.
        reason: String,
    },
    /// A file of another kind, such as a recording in EDF.
    #[error("{} {kind}", path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: FileKind,
    },
    /// An archive lacks an array.
    #[error(
        "{}: there is no array `{array}`; an archive needs `signal` [trial, time, channel] and `label` [trial], and this one {}",
        path.display(),
        holds(found)
    )]
    MissingArray {
        /// The archive.
        path: PathBuf,
        /// The array's name.
        array: &'static str,
        /// The arrays that are there.
        found: Vec<String>,
    },
    /// An array has another type or shape than it must.
    #[error("{}, array `{array}`: expected {expected}, found {found}", path.display())]
    UnexpectedArray {
        /// The archive.
        path: PathBuf,
        /// The array's name.
        array: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// An array contradicts itself or ends too early.
    #[error("{}, array `{array}`: the file is damaged or was not written by NumPy: {reason}", path.display())]
    BrokenArray {
        /// The archive.
        path: PathBuf,
        /// The array's name.
        array: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A sample is infinite, or too large for a 32-bit float.
    #[error(
        "{}, array `signal`: trial {trial}, channel {channel}, sample {sample} (each counted from 0) is {value:e}; \
         expected a finite 32-bit float, or NaN where a sample is missing",
        path.display()
    )]
    InfiniteSample {
        /// The archive.
        path: PathBuf,
        /// Trial in this archive, from 0.
        trial: usize,
        /// Channel, from 0.
        channel: usize,
        /// Sample in the trial, from 0.
        sample: usize,
        /// The value.
        value: f64,
    },
    /// A label or subject is no whole number, or one that is too large.
    #[error(
        "{}, array `{array}`: trial {trial} (counted from 0) has {value}; expected a whole number {range}",
        path.display()
    )]
    NotWhole {
        /// The archive.
        path: PathBuf,
        /// `label` or `subject`.
        array: &'static str,
        /// Trial in this archive, from 0.
        trial: usize,
        /// The value, as text.
        value: String,
        /// Where whole numbers of the array's type are taken, in words.
        range: &'static str,
    },
    /// Archives that are joined hold trials of different shapes.
    #[error(
        "{} has trials of {channels} channels x {samples} samples, but {} has {first_channels} x {first_samples}: \
         all archives of a data set must agree",
        path.display(), first.display()
    )]
    ShapesDiffer {
        /// The archive that differs.
        path: PathBuf,
        /// Its channels.
        channels: usize,
        /// Its samples.
        samples: usize,
        /// The first archive.
        first: PathBuf,
        /// Its channels.
        first_channels: usize,
        /// Its samples.
        first_samples: usize,
    },
    /// Some archives tell the subject of their trials, and some do not.
    #[error(
        "{} has an array `subject`, but {} has none: all archives of a data set must have it, or none",
        with.display(), without.display()
    )]
    SubjectsPartly {
        /// An archive that has it.
        with: PathBuf,
        /// An archive that has not.
        without: PathBuf,
    },
    /// A data set names no archive.
    #[error("the list of {part} archives is empty: expected at least one .npz file")]
    NoArchives {
        /// `train` or `test`.
        part: &'static str,
    },
    /// There is nothing to tell apart.
    #[error("{}", one_class(*label, *limit))]
    OneClass {
        /// The one label.
        label: i64,
        /// The limit, where the trials that it leaves out have other labels.
        limit: Option<u32>,
    },
    /// A test trial has a label that no train trial has.
    #[error(
        "the test set holds the label {label}, which no train trial has: the classes of the train set are {}",
        list(classes)
    )]
    UnseenLabel {
        /// The label.
        label: i64,
        /// The train set's labels, ascending.
        classes: Vec<i64>,
    },
    /// An archive of the competition's set has another label than 1 and 2.
    #[error(
        "{}, array `label`: trial {trial} (counted from 0) has the label {label}; expected 1 or 2",
        path.display()
    )]
    ForeignLabel {
        /// The archive.
        path: PathBuf,
        /// Trial, from 0.
        trial: usize,
        /// The label.
        label: i64,
    },
    /// Every sample is missing, so there is no mean to fill in.
    #[error("every sample of the {part} set is NaN: there is no mean to fill in")]
    NothingFinite {
        /// `train`, `test`, or `archive`.
        part: &'static str,
    },
    /// A channel that never changes cannot be standardised.
    #[error(
        "channel {channel} (counted from 0) is constant over the train set, so `scale = \"standardize\"` \
         cannot divide by its standard deviation"
    )]
    ConstantChannel {
        /// Channel, from 0.
        channel: usize,
    },
    /// A validation share that is none.
    #[error("validation = {share}: expected a share of the train set, 0 (none) or more and below 1")]
    ValidationShare {
        /// The share.
        share: f64,
    },
    /// A validation split leaves a class without trials on one side.
    #[error("validation = {share}: of the {trials} train trials of class {label}, none would be left {side}")]
    ValidationClass {
        /// The share.
        share: f64,
        /// The class, by its original label.
        label: i64,
        /// Its train trials before the split.
        trials: usize,
        /// `for training` or `for validation`.
        side: &'static str,
    },
    /// Subjects are to be held out, but nobody knows whose trials they are.
    #[error(
        "validation_by = \"subject\" needs the subject of each train trial: add an array `subject` to the archives, or hold out \
         trials (validation_by = \"trial\")"
    )]
    NoSubjects,
    /// Subjects are to be held out of a single one.
    #[error(
        "validation_by = \"subject\" needs at least two subjects in the train set, but all train trials are of subject {subject}: \
         add subjects, or hold out trials (validation_by = \"trial\")"
    )]
    OneSubject {
        /// The one subject.
        subject: i64,
    },
    /// The subjects that were held out, or the others, have no trial of a class.
    #[error(
        "validation = {share} by subject: none of the trials of class {label} would be left {side}; choose another share or \
         validation_seed"
    )]
    SubjectsWithoutClass {
        /// The share.
        share: f64,
        /// The class, by its original label.
        label: i64,
        /// `for training` or `for validation`.
        side: &'static str,
    },
    /// A limit of no trials.
    #[error("limit = 0: expected at least one trial")]
    LimitZero,
    /// The baseline needs a sampling rate.
    #[error("the sampling rate of this data set is not known, so band powers cannot be computed")]
    NoSamplingRate,
    /// The trials are too short or too coarsely sampled for a band.
    #[error(
        "{samples} samples at {sampling_rate_hz} Hz do not resolve the band from {low_hz} to {high_hz} Hz, so \
         its power cannot be computed"
    )]
    BandNotCovered {
        /// Samples a trial.
        samples: usize,
        /// Samples a second.
        sampling_rate_hz: f64,
        /// Lower edge of the band.
        low_hz: f64,
        /// Upper edge of the band.
        high_hz: f64,
    },
    /// A class has too few trials, or the features do not vary, so that no discriminant exists.
    #[error("linear discriminant analysis is not possible on this data set: {reason}")]
    NoDiscriminant {
        /// Why.
        reason: String,
    },
    /// An array to be written has a shape that is not its data's.
    #[error("array `{array}`: {values} values do not fill its shape {shape:?}")]
    ShapeMismatch {
        /// The array's name.
        array: String,
        /// Its values.
        values: usize,
        /// Its shape.
        shape: Vec<usize>,
    },
}

/// What is to blame for an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame<'a> {
    /// A file or folder.
    Path(&'a Path),
    /// A key of `[data]`.
    Key(&'static str),
}

impl DataError {
    /// What in the table `[data]` is to blame, if anything is.
    pub fn blame(&self) -> Option<Blame<'_>> {
        Some(match self {
            Self::MissingFiles { dir: path, .. }
            | Self::Io { path, .. }
            | Self::NotAnArchive { path, .. }
            | Self::OtherKind { path, .. }
            | Self::MissingArray { path, .. }
            | Self::UnexpectedArray { path, .. }
            | Self::BrokenArray { path, .. }
            | Self::InfiniteSample { path, .. }
            | Self::NotWhole { path, .. }
            | Self::ShapesDiffer { path, .. }
            | Self::SubjectsPartly { without: path, .. }
            | Self::ForeignLabel { path, .. } => Blame::Path(path),
            Self::OneClass { limit: Some(_), .. } | Self::LimitZero => Blame::Key("limit"),
            Self::OneClass { limit: None, .. } => Blame::Key("train"),
            Self::UnseenLabel { .. } => Blame::Key("test"),
            Self::NothingFinite { part: part @ ("train" | "test") } => Blame::Key(part),
            Self::ConstantChannel { .. } => Blame::Key("scale"),
            Self::ValidationShare { .. }
            | Self::ValidationClass { .. }
            | Self::SubjectsWithoutClass { .. } => Blame::Key("validation"),
            Self::NoSubjects | Self::OneSubject { .. } => Blame::Key("validation_by"),
            Self::NothingFinite { .. }
            | Self::NoArchives { .. }
            | Self::NoSamplingRate
            | Self::BandNotCovered { .. }
            | Self::NoDiscriminant { .. }
            | Self::ShapeMismatch { .. } => return None,
        })
    }
}

fn missing_files(dir: &Path, missing: &[&str]) -> String {
    let place = if dir.as_os_str().is_empty() { ".".into() } else { dir.display().to_string() };
    format!(
        "{} of the 4 files of data set bci3b {} missing from the folder {place}: {}. They hold BCI Competition III, data \
         set IIIb (subjects S4b and X11b, left against right hand motor imagery), as NumPy archives of 540 trials each; \
         data/README.md tells how to place them. To run on the built-in synthetic set instead, add `--data synthetic`",
        missing.len(),
        if missing.len() == 1 { "is" } else { "are" },
        missing.join(", ")
    )
}

fn one_class(label: i64, limit: Option<u32>) -> String {
    match limit {
        None => format!("every train trial has the label {label}: expected at least two classes"),
        Some(limit) => format!(
            "every train trial that `limit = {limit}` leaves has the label {label}, but the train set has others too: \
             expected at least two classes, so set a larger limit"
        ),
    }
}

fn holds(found: &[String]) -> String {
    match found {
        [] => "holds no array".to_owned(),
        names => format!("holds {}", list(names)),
    }
}

/// So many items of a list are told; of more, the number is.
const MOST_LISTED: usize = 50;

fn list<T: ToString>(items: &[T]) -> String {
    let mut words: Vec<String> = items.iter().take(MOST_LISTED).map(T::to_string).collect();
    if items.len() > MOST_LISTED {
        words.push(format!("and {} more", items.len() - MOST_LISTED));
    }
    words.join(", ")
}
