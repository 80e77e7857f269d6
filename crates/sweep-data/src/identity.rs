//! The identity of a data set: a checksum of what it is made of and how it is prepared, without reading a
//! single array.

use std::{fmt::Write as _, path::PathBuf};

use sweep_job::{DataIdentity, DataSource, DataSpec, Layout, Scale, ValidationBy, sha256};

use crate::{DataError, bci3b, checksum, prepare, synthetic};

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
    let mut form = format!("{CANONICAL_FORM}\n");
    source(&spec.source, &mut form)?;
    let DataSpec { source: _, validation, validation_by, validation_seed, scale, limit } = spec;
    if *validation > 0.0 {
        // 17 digits tell every double from every other.
        line(&mut form, "validation", format!("{validation:.17e} seed {validation_seed}"));
        match validation_by {
            ValidationBy::Trial => {}
            ValidationBy::Subject => line(&mut form, "validation_by", "subject"),
        }
    }
    match scale {
        Scale::None => {}
        Scale::Standardize => line(&mut form, "scale", "standardize"),
    }
    if let Some(limit) = limit {
        line(&mut form, "limit", limit);
    }
    Ok(DataIdentity(sha256(form.as_bytes())))
}

fn source(source: &DataSource, form: &mut String) -> Result<(), DataError> {
    line(form, "set", source.name());
    match source {
        DataSource::Bci3b { dir } => {
            bci3b::check_presence(dir)?;
            for (part, parts) in [("train", &bci3b::TRAIN), ("test", &bci3b::TEST)] {
                files(form, part, &parts.each_ref().map(|file| file.path(dir)))?;
            }
        }
        DataSource::Npz { train, test, layout } => {
            let layout = match layout {
                Layout::TrialTimeChannel => "trial,time,channel",
                Layout::TrialChannelTime => "trial,channel,time",
            };
            line(form, "layout", layout);
            files(form, "train", train)?;
            files(form, "test", test)?;
        }
        DataSource::Synthetic { seed } => {
            line(form, "generator", synthetic::GENERATOR_VERSION);
            line(form, "seed", seed);
        }
    }
    Ok(())
}

fn files(form: &mut String, part: &str, paths: &[PathBuf]) -> Result<(), DataError> {
    for path in paths {
        line(form, part, checksum::of_file(path)?);
    }
    Ok(())
}

fn line(form: &mut String, key: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(form, "{key} {value}");
}
