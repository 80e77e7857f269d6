//! Where the weights of a database's jobs lie, and their bytes. It knows nothing of what is in them.

use std::{
    fs::{self, File},
    io::Read,
    path::{Component, Path, PathBuf},
};

use sweep_job::{WeightsFile, sha256};

/// The weights folder beside a database: `results.weights` for `results.db`, and `results.sqlite.weights` for
/// `results.sqlite`. The paths in [`sweep_job::WeightsFile`] are relative to it.
pub fn weights_dir(database: &Path) -> PathBuf {
    let stem = match database.extension() {
        Some(extension) if extension == "db" => database.file_stem(),
        _ => database.file_name(),
    };
    let mut name = stem.unwrap_or_default().to_owned();
    name.push(".weights");
    database.with_file_name(name)
}

/// The path of a file of weights of `database`, if its name, which the database tells, stays within the weights folder.
pub fn weights_path(database: &Path, file: &WeightsFile) -> Option<PathBuf> {
    let name = Path::new(&file.file);
    let is_within = name.components().all(|part| matches!(part, Component::Normal(_)));
    is_within.then(|| weights_dir(database).join(name))
}

/// The bytes of a file of weights of `database`, if they are there as they were saved. Nothing but a regular file is opened: a
/// pipe would be waited for.
pub(crate) fn read_weights(database: &Path, file: &WeightsFile) -> Option<Vec<u8>> {
    let path = weights_path(database, file)?;
    if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(WeightsFile::MOST_BYTES).read_to_end(&mut bytes)).ok()?;
    (sha256(&bytes) == file.sha256).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_lies_beside_the_database() {
        for (database, folder) in [
            ("results.db", "results.weights"),
            ("/a.db/b.db", "/a.db/b.weights"),
            ("runs/results.sqlite", "runs/results.sqlite.weights"),
            ("results", "results.weights"),
        ] {
            assert_eq!(weights_dir(Path::new(database)), Path::new(folder));
        }
    }

    #[test]
    fn a_file_of_weights_lies_within_the_folder() {
        let path = |file: &str| {
            let file = WeightsFile { file: file.to_owned(), sha256: String::new() };
            weights_path(Path::new("a/results.db"), &file)
        };
        assert_eq!(path("ab12/best.safetensors"), Some("a/results.weights/ab12/best.safetensors".into()));
        for outside in ["/etc/passwd", "../results.db", "ab12/../../other", "./.."] {
            assert_eq!(path(outside), None, "{outside}");
        }
    }
}
