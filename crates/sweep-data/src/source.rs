//! Where the trials come from: each source of a specification, read or generated, before any preparation.

use std::path::{Path, PathBuf};

use sweep_job::DataSource;

use crate::{DataError, bci3b, npz, recording::Recording, synthetic};

/// Train and test trials as recorded.
pub(crate) struct Source {
    pub(crate) train: Recording,
    pub(crate) test: Recording,
    pub(crate) sampling_rate_hz: Option<f64>,
    /// The distinct labels of the whole train set, ascending.
    pub(crate) classes: Vec<i64>,
}

/// Reads or generates trials: all, or where that spares work, at least those that `limit` keeps.
pub(crate) fn read(source: &DataSource, limit: Option<usize>) -> Result<Source, DataError> {
    let ([train, test], sampling_rate_hz) = match source {
        DataSource::Bci3b { dir } => (bci3b::read(dir)?, Some(bci3b::SAMPLING_RATE_HZ)),
        DataSource::Npz { train, test, layout } => {
            let joined = |paths, part| npz::read_joined(paths, *layout, part, npz::read_recording);
            let [train_part, test_part] = [joined(train, "train")?, joined(test, "test")?];
            let first = |paths: &[PathBuf]| paths.first().cloned().unwrap_or_default();
            let (train_path, test_path) = (first(train), first(test));
            npz::check_agreement((Path::new(&train_path), &train_part), (Path::new(&test_path), &test_part))?;
            ([train_part, test_part], None)
        }
        DataSource::Synthetic { seed } => {
            (synthetic::generate(*seed, limit), Some(synthetic::SAMPLING_RATE_HZ))
        }
    };
    let classes = match source {
        DataSource::Synthetic { .. } => synthetic::LABELS.to_vec(),
        _ => distinct(&train.labels),
    };
    Ok(Source { train, test, sampling_rate_hz, classes })
}

/// The trials of a source without their signals, where it knows them without.
pub(crate) fn outline(source: &DataSource, limit: Option<usize>) -> Option<Source> {
    let DataSource::Synthetic { seed } = source else { return None };
    let [train, test] = synthetic::outline(*seed, limit);
    let classes = synthetic::LABELS.to_vec();
    Some(Source { train, test, sampling_rate_hz: Some(synthetic::SAMPLING_RATE_HZ), classes })
}

/// The trials of a source without their signals, of whose files no more than headers and labels are read.
pub(crate) fn headers(source: &DataSource, limit: Option<usize>) -> Result<Source, DataError> {
    let joined =
        |paths: &[PathBuf], layout, part| npz::read_joined(paths, layout, part, npz::read_without_signal);
    let [train, test] = match source {
        DataSource::Synthetic { seed } => synthetic::outline(*seed, limit),
        DataSource::Npz { train, test, layout } => {
            [joined(train, *layout, "train")?, joined(test, *layout, "test")?]
        }
        DataSource::Bci3b { dir } => {
            bci3b::check_presence(dir)?;
            [bci3b::headers(&bci3b::TRAIN, dir)?, bci3b::headers(&bci3b::TEST, dir)?]
        }
    };
    let classes = distinct(&train.labels);
    Ok(Source { train, test, sampling_rate_hz: None, classes })
}

/// The distinct labels, ascending.
pub(crate) fn distinct(labels: &[i64]) -> Vec<i64> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    labels
}
