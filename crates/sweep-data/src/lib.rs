//! Data sets: read from NumPy archives or generated, joined, completed, split and scaled. Knows no networks
//! and no tensors.
//!
//! [`identify`] says which data set a specification means without reading an array; [`load`] brings it into
//! memory.

mod archive;
mod band_power;
mod bci3b;
mod checksum;
mod data_set;
mod error;
mod extent;
mod identity;
mod inspect;
mod leaks;
mod npz;
mod prepare;
mod recording;
mod scale;
mod source;
mod split;
mod synthetic;
mod verify;
mod write;

pub use archive::{Archive, read_archive};
pub use band_power::{BANDS_HZ, band_power_lda};
pub use data_set::{DataSet, TrialSet};
pub use error::DataError;
pub use extent::{DataExtent, extent};
pub use identity::identify;
pub use inspect::{Amplitude, Baseline, Count, InspectedPart, Inspection, inspect_file, inspect_set};
pub use synthetic::GENERATOR_VERSION;
pub use verify::{Difference, Verification, VerifiedFile, verify};
pub use write::{ArrayValues, NamedArray, export, write_npz};

use sweep_job::{DataSpec, Leaks};

/// Reads or generates the data set that `spec` describes, and prepares it.
///
/// The order is part of the contract: files are read and joined in the order of the specification; `limit`
/// keeps evenly spaced trials of the train and of the test set; classes are the distinct labels of the train
/// set, ascending; missing samples (NaN) of the train set become the mean of all finite train samples, those
/// of the test set the mean of all finite test samples, each computed in double precision on the values of
/// the file; the validation set is split off the train set; scaling takes its statistics from what remains
/// for training.
///
/// # Errors
/// Where a file is missing or is not what it must be, or an option is impossible on these data.
pub fn load(spec: &DataSpec) -> Result<DataSet, DataError> {
    prepare::check_options(spec)?;
    prepare::prepare(source::read(&spec.source, spec.limit.map(|limit| limit as usize))?, spec)
}

/// What there is to know of a data set before anything is trained on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The data set. Its signals are empty if the source knows its trials without them, as the synthetic set does.
    pub set: DataSet,
    /// What its parts share.
    pub leaks: Leaks,
}

/// The data set that `spec` describes, and what its parts share. Files are read in full, so that whatever is wrong with them is found.
///
/// # Errors
/// As [`load`].
pub fn outline(spec: &DataSpec) -> Result<Outline, DataError> {
    prepare::check_options(spec)?;
    if let Some(outline) = source::outline(&spec.source, None) {
        // Every trial has random numbers of its own, so that none shares signal with another; a test makes sure.
        let leaks = leaks::nothing(&outline, spec)?;
        return Ok(Outline { set: prepare::prepare_outline(outline, spec)?, leaks });
    }
    let source = source::read(&spec.source, None)?;
    let leaks = leaks::find(&source, spec)?;
    Ok(Outline { set: prepare::prepare(source, spec)?, leaks })
}

/// What the parts of the data set that `spec` describes share: docs/data.md says how that is found.
///
/// # Errors
/// If a file cannot be read, or the validation set cannot be held out.
pub fn find_leaks(spec: &DataSpec) -> Result<Leaks, DataError> {
    prepare::check_options(spec)?;
    match source::outline(&spec.source, None) {
        Some(outline) => leaks::nothing(&outline, spec),
        None => leaks::find(&source::read(&spec.source, None)?, spec),
    }
}
