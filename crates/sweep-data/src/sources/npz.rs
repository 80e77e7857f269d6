//! Any NumPy archives: those of each part are joined in their order.

use std::path::{Path, PathBuf};

use sweep_job::{Layout, Scale, sources::Npz};

use super::{CanonicalForm, Reader, Recordings, check_agreement};
use crate::{
    DataError, Finding, findings,
    npz::{read_recording, read_without_signal},
    recording::Recording,
};

impl Reader for Npz {
    fn read(&self, _limit: Option<usize>) -> Result<Recordings, DataError> {
        let parts = parts(self, read_recording)?;
        let [train, test] =
            [&self.train, &self.test].map(|paths| paths.first().map_or(Path::new(""), |path| path));
        check_agreement((train, &parts[0]), (test, &parts[1]))?;
        Ok(Recordings::new(parts, None))
    }

    fn outline(&self, _limit: Option<usize>) -> Result<Recordings, DataError> {
        Ok(Recordings::new(parts(self, read_without_signal)?, None))
    }

    fn identify(&self, form: &mut CanonicalForm) -> Result<(), DataError> {
        form.line("layout", self.layout.name());
        form.files("train", &self.train)?;
        form.files("test", &self.test)
    }

    fn findings(&self, recordings: &Recordings, scale: Scale) -> Vec<Finding> {
        let mut findings = findings::of_axes(&recordings.train, self.layout);
        findings.extend(findings::of_parts(recordings, scale));
        findings
    }
}

/// The train and the test set, each file read by `read`.
fn parts(
    Npz { train, test, layout }: &Npz,
    read: fn(&Path, Layout) -> Result<Recording, DataError>,
) -> Result<[Recording; 2], DataError> {
    let joined = |paths, part| joined(paths, part, |path| read(path, *layout));
    Ok([joined(train, "train")?, joined(test, "test")?])
}

/// Reads files of one shape into one recording, in their order.
fn joined(
    paths: &[PathBuf],
    part: &'static str,
    read: impl Fn(&Path) -> Result<Recording, DataError>,
) -> Result<Recording, DataError> {
    let [first, rest @ ..] = paths else { return Err(DataError::NoArchives { part }) };
    let mut joined = read(first)?;
    for path in rest {
        let next = read(path)?;
        check_agreement((first, &joined), (path, &next))?;
        joined.append(next);
    }
    Ok(joined)
}
