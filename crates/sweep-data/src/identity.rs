//! The identity of a data set: a checksum of what it is made of and how it is prepared, without reading a
//! single array.

use sweep_job::{DataIdentity, DataSpec, Scale, ValidationBy, sha256};

use crate::{
    DataError, prepare,
    sources::{CanonicalForm, reader},
};

/// Changes whenever the readers or the preparation change so that equal files give other values.
const CANONICAL_FORM: &str = "sweep-data/1";

/// The identity of the data set that [`load`](crate::load) would give: SHA-256 over the contents of its files
/// in their order (for the synthetic set: the generator's version and the seed) and over the preparation. It
/// depends on no path, and on no option without effect.
///
/// # Errors
/// Where a file is missing or cannot be read, or an option can be refused without reading one.
pub fn identify(spec: &DataSpec) -> Result<DataIdentity, DataError> {
    prepare::check_options(spec)?;
    let mut form = CanonicalForm::new(CANONICAL_FORM);
    form.line("set", spec.source.name());
    reader(&spec.source).identify(&mut form)?;
    let DataSpec { source: _, validation, validation_by, validation_seed, scale, limit } = spec;
    if *validation > 0.0 {
        // 17 digits tell every double from every other.
        form.line("validation", format!("{validation:.17e} seed {validation_seed}"));
        match validation_by {
            // Identities are older than this choice.
            ValidationBy::Trial => {}
            ValidationBy::Subject => form.line("validation_by", validation_by.name()),
        }
    }
    match scale {
        Scale::None => {}
        Scale::Standardize => form.line("scale", scale.name()),
    }
    if let Some(limit) = limit {
        form.line("limit", limit);
    }
    Ok(DataIdentity(sha256(form.text().as_bytes())))
}
