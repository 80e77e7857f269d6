//! Data sets: read from NumPy archives or generated, joined, completed, split and scaled. Knows no networks
//! and no tensors.
//!
//! [`identify`] says which data set a specification means without reading an array; [`load`] brings it into
//! memory.

mod archive;
mod band_power;
mod checksum;
mod data_set;
mod error;
mod extent;
mod findings;
mod identity;
mod inspect;
mod kind;
mod leaks;
mod npz;
mod prepare;
mod recording;
mod scale;
mod sources;
mod split;
mod synthetic;
mod verify;
mod write;

pub use archive::{Archive, read_archive};
pub use band_power::{BANDS_HZ, band_power_lda};
pub use data_set::{DataSet, TrialSet};
pub use error::{Blame, DataError};
pub use extent::{DataExtent, extent};
pub use findings::Finding;
pub use identity::identify;
pub use inspect::{Amplitude, Baseline, Count, InspectedPart, Inspection, inspect_file, inspect_set};
pub use kind::FileKind;
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
    prepare::prepare(sources::reader(&spec.source).read(spec.limit.map(|limit| limit as usize))?, spec)
}

/// A data set as it is trained on, and what is to be said of it before.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// The data set. Its parts have no signal if the source knows the trials without it, as the synthetic set does.
    pub set: DataSet,
    /// What looks wrong, the most important first.
    pub findings: Vec<Finding>,
    /// What its parts share.
    pub leaks: Leaks,
}

/// Reads the data set that `spec` describes, and looks for mistakes that do not keep it from being trained on. Files are read in
/// full, so that whatever is wrong with them is found. What its parts share is looked for unless it is `known`.
///
/// # Errors
/// As [`load`].
pub fn examine(spec: &DataSpec, known: Option<Leaks>) -> Result<Examined, DataError> {
    prepare::check_options(spec)?;
    let reader = sources::reader(&spec.source);
    if sources::is_computed(&spec.source) {
        let outline = reader.outline(None)?;
        // Every trial has random numbers of its own, so that none shares signal with another; a test makes sure.
        let leaks = leaks::nothing(&outline, spec)?;
        let set = prepare::prepare_outline(outline, spec)?;
        return Ok(Examined { findings: findings::of_set(&set).into_iter().collect(), set, leaks });
    }
    let recordings = reader.read(None)?;
    let leaks = known.map_or_else(|| leaks::find(&recordings, spec), Ok)?;
    let mut findings = reader.findings(&recordings, spec.scale);
    let set = prepare::prepare(recordings, spec)?;
    findings.extend(findings::of_set(&set));
    Ok(Examined { set, findings, leaks })
}
