//! How large a data set is, and how much memory it takes to load it, from the headers of its files. Reads no signal, and knows
//! nothing of what the data are used for.

use sweep_job::DataSpec;

use crate::{DataError, DataSet, prepare, sources::reader};

/// Bytes of a sample in memory.
const SAMPLE_BYTES: u64 = size_of::<f32>() as u64;
/// Bytes of a trial beside its signal: label, subject, class, and its sum while it is read.
const TRIAL_BYTES: u64 = 64;

/// The sizes of a prepared data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataExtent {
    /// Channels of every trial.
    pub channels: usize,
    /// Samples of every channel of a trial.
    pub samples: usize,
    /// Classes.
    pub classes: usize,
    /// Trials for training.
    pub train_trials: usize,
    /// Trials that are held out for validation.
    pub validation_trials: usize,
    /// Trials for testing.
    pub test_trials: usize,
    /// The most bytes that [`load`](crate::load) holds on its way; what is left of them at its end is [`bytes`](Self::bytes).
    pub loading_bytes: u64,
}

impl DataExtent {
    /// Bytes of the data set in memory.
    pub fn bytes(&self) -> u64 {
        let trials = self.train_trials + self.validation_trials + self.test_trials;
        trials as u64 * (self.channels as u64 * self.samples as u64 * SAMPLE_BYTES + TRIAL_BYTES)
    }
}

/// The sizes of the data set that `spec` describes. Labels are read, since they say what the classes are; of signals only the headers.
///
/// # Errors
/// Where a file is missing, its header or its labels are not what they must be, or an option is impossible on these data.
pub fn extent(spec: &DataSpec) -> Result<DataExtent, DataError> {
    prepare::check_options(spec)?;
    let recorded = reader(&spec.source).outline(spec.limit.map(|limit| limit as usize))?;
    let [train, test] =
        [&recorded.train, &recorded.test].map(|part| part.trials() as u64 * trial_bytes(part.trial_values()));
    let DataSet { channels, samples, classes, train: kept, validation, test: tested, .. } =
        prepare::prepare_outline(recorded, spec)?;
    let extent = DataExtent {
        channels,
        samples,
        classes: classes.len(),
        train_trials: kept.trials(),
        validation_trials: validation.map_or(0, |set| set.trials()),
        test_trials: tested.trials(),
        loading_bytes: 0,
    };
    Ok(DataExtent { loading_bytes: loading_bytes(spec, &extent, [train, test]), ..extent })
}

fn trial_bytes(values: usize) -> u64 {
    values as u64 * SAMPLE_BYTES + TRIAL_BYTES
}

/// The train set is copied while the validation set is split off.
fn loading_bytes(spec: &DataSpec, extent: &DataExtent, [train, test]: [u64; 2]) -> u64 {
    let reading = reader(&spec.source).reading_bytes(train, test);
    let kept = (extent.train_trials + extent.validation_trials) as u64;
    let is_split = extent.validation_trials > 0;
    reading + if is_split { kept * trial_bytes(extent.channels * extent.samples) } else { 0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use std::path::Path;

    use sweep_job::{
        DataSource, Layout, Scale, ValidationBy,
        sources::{Bci3b, Npz, Synthetic},
    };
    use tempfile::TempDir;

    use super::*;
    use crate::{TrialSet, export, load};

    fn spec(source: DataSource) -> DataSpec {
        DataSpec {
            source,
            validation: 0.0,
            validation_by: ValidationBy::Trial,
            validation_seed: 0,
            scale: Scale::None,
            limit: Some(40),
        }
    }

    fn check(spec: &DataSpec) -> DataExtent {
        let (extent, set) = (extent(spec).unwrap(), load(spec).unwrap());
        assert_eq!((extent.channels, extent.samples), (set.channels, set.samples));
        assert_eq!(extent.classes, set.classes.len());
        assert_eq!(extent.train_trials, set.train.trials());
        assert_eq!(extent.validation_trials, set.validation.as_ref().map_or(0, TrialSet::trials));
        assert_eq!(extent.test_trials, set.test.trials());
        assert!(extent.loading_bytes >= extent.bytes());
        extent
    }

    /// Archives with the layout `[trial, time, channel]`, as `export` writes them.
    fn archives(folder: &Path) -> DataSource {
        export(&load(&spec(Synthetic { seed: 3 }.into())).unwrap(), folder).unwrap();
        let train = vec![folder.join("train.npz"), folder.join("test.npz")];
        Npz { train, test: vec![folder.join("test.npz")], layout: Layout::TrialTimeChannel }.into()
    }

    #[test]
    fn headers_say_what_loading_finds() {
        let folder = TempDir::new().unwrap();
        for source in [Synthetic { seed: 3 }.into(), archives(folder.path())] {
            let whole = check(&spec(source.clone()));
            let split = check(&DataSpec { validation: 0.25, ..spec(source.clone()) });
            assert_eq!(split.bytes(), whole.bytes());
            assert!(split.loading_bytes > whole.loading_bytes);
            check(&DataSpec { limit: Some(7), ..spec(source.clone()) });
        }
    }

    #[test]
    fn a_limit_spares_no_file_its_reading() {
        let folder = TempDir::new().unwrap();
        let source = archives(folder.path());
        let loading = |limit| extent(&DataSpec { limit, ..spec(source.clone()) }).unwrap().loading_bytes;
        assert_eq!(loading(Some(4)), loading(None));
    }

    #[test]
    fn what_is_not_there_has_no_extent() {
        assert!(extent(&spec(Bci3b { dir: "/no/such/folder".into() }.into())).is_err());
    }
}
