//! Where the files of a sweep are: recorded so that they are found from any folder, and found again.

use std::{
    env, fs,
    path::{self, Path, PathBuf},
};

use sweep_job::{DataSetRecord, DataSpec, InitialWeights, JobRecord, JobSpec};
use sweep_store::Reader;
use sweep_text::shown_path;

use crate::error::CliError;

/// `spec` with paths that mean the same from any folder.
pub(super) fn absolute_data(spec: &DataSpec) -> DataSpec {
    with_paths(spec, &mut |path| absolute(path))
}

/// `spec` with paths that mean the same from any folder.
pub(super) fn absolute_weights(spec: &JobSpec) -> JobSpec {
    let absolute =
        |weights: &InitialWeights| InitialWeights { path: absolute(&weights.path), ..weights.clone() };
    JobSpec { initial_weights: spec.initial_weights.as_ref().map(absolute), ..spec.clone() }
}

fn absolute(path: &Path) -> PathBuf {
    match path::absolute(path) {
        // What is no Unicode text cannot be recorded.
        Ok(absolute) if absolute.to_str().is_some() => absolute,
        _ => path.to_owned(),
    }
}

fn with_paths(spec: &DataSpec, change: &mut dyn FnMut(&Path) -> PathBuf) -> DataSpec {
    DataSpec { source: spec.source.with_paths(change), ..spec.clone() }
}

/// The data set of a job with the paths at which its files are now.
///
/// # Errors
/// If a file is not found, or the data are no longer those that the job was trained on.
pub(super) fn data_of(reader: &Reader, job: &JobRecord, database: &Path) -> Result<DataSetRecord, CliError> {
    let data = reader.data_set(&job.data.identity)?;
    let mut found: Vec<Vec<PathBuf>> = Vec::new();
    let mut missing = None;
    with_paths(&data.spec, &mut |path| {
        let places: Vec<PathBuf> =
            candidates(path, database).into_iter().filter(|place| place.exists()).collect();
        if places.is_empty() {
            missing.get_or_insert_with(|| path.to_owned());
        }
        found.push(places);
        path.to_owned()
    });
    if let Some(path) = missing {
        return Err(not_found(&path, database));
    }
    // Another project may have files of the same names: the identity says which are meant.
    let mut unreadable = None;
    for choice in 0..found.iter().map(Vec::len).max().unwrap_or(1) {
        let mut places = found.iter();
        let spec = with_paths(&data.spec, &mut |path| {
            let places = places.next().map_or(&[] as &[PathBuf], Vec::as_slice);
            places.get(choice).or(places.last()).cloned().unwrap_or_else(|| path.to_owned())
        });
        match sweep_data::identify(&spec) {
            Ok(identity) if identity == job.data.identity => return Ok(DataSetRecord { spec, ..data }),
            Ok(_) => {}
            Err(error) => unreadable = unreadable.or(Some(error)),
        }
    }
    Err(unreadable.map_or_else(|| changed(job), CliError::from))
}

fn changed(job: &JobRecord) -> CliError {
    CliError::Argument {
        message: format!("the data of job {} have changed since it was trained", job.id.short()),
        hint: Some("put the original files back, then run the command again".to_owned()),
    }
}

/// `spec` with the path at which its initial weights are now, if they are found; they are known by their checksum.
pub(super) fn found_weights(spec: &JobSpec, database: &Path) -> JobSpec {
    let found = |weights: &InitialWeights| InitialWeights {
        path: find(&weights.path, database).unwrap_or_else(|| weights.path.clone()),
        ..weights.clone()
    };
    JobSpec { initial_weights: spec.initial_weights.as_ref().map(found), ..spec.clone() }
}

/// Where a recorded path leads now. A relative one starts from the current folder or from that of the database. Of an absolute one that leads
/// nowhere, the end may: where a project was moved, files lie below the new folder as they did below the old one.
fn find(path: &Path, database: &Path) -> Option<PathBuf> {
    candidates(path, database).into_iter().find(|candidate| candidate.exists())
}

fn candidates(path: &Path, database: &Path) -> Vec<PathBuf> {
    let folders = folders(database);
    let mut candidates = vec![path.to_owned()];
    let mut rest = path.components();
    if path.is_absolute() {
        rest.next();
    }
    while !rest.as_path().as_os_str().is_empty() {
        candidates.extend(folders.iter().map(|folder| folder.join(rest.as_path())));
        // A relative path is meant as a whole.
        if path.is_relative() || rest.next().is_none() {
            break;
        }
    }
    candidates
}

/// The current folder, and that of the database.
fn folders(database: &Path) -> Vec<PathBuf> {
    let of_database = fs::canonicalize(database).ok().and_then(|path| Some(path.parent()?.to_owned()));
    let mut folders: Vec<PathBuf> = env::current_dir().ok().into_iter().chain(of_database).collect();
    folders.dedup();
    folders
}

fn not_found(path: &Path, database: &Path) -> CliError {
    let looked_in: Vec<String> =
        folders(database).iter().map(|folder| folder.display().to_string()).collect();
    CliError::Argument {
        message: format!(
            "cannot find the data file {}; also looked below {}",
            shown_path(path).display(),
            looked_in.join(" and ")
        ),
        hint: Some(
            "put the files back, or run the command in the folder in which the sweep was run".to_owned(),
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_recorded_path_is_looked_for_where_it_can_be() {
        let temporary = TempDir::new().unwrap();
        let folder = fs::canonicalize(temporary.path()).unwrap();
        let database = folder.join("results.db");
        fs::create_dir_all(folder.join("project/data")).unwrap();
        let file = folder.join("project/data/a.npz");
        for path in [&file, &database, &folder.join("project/x.db")] {
            fs::write(path, "").unwrap();
        }
        assert_eq!(find(&file, &database), Some(file.clone()));
        // As databases of earlier versions have it: from the current folder, or from that of the database.
        assert_eq!(find(Path::new("project/data/a.npz"), &database), Some(file.clone()));
        assert_eq!(find(Path::new("Cargo.toml"), &database), Some("Cargo.toml".into()));
        assert_eq!(find(Path::new("a.npz"), &database), None);
        assert_eq!(find(Path::new("/home/someone/data/a.npz"), &folder.join("project/x.db")), Some(file));
        assert_eq!(find(Path::new("/home/someone/data/b.npz"), &database), None);
    }
}
