//! Where the weights of a database's jobs lie, and their bytes. It knows nothing of what is in them.

use std::{
    io::Read,
    path::{Component, Path, PathBuf},
};

use sweep_files::open_regular;
use sweep_job::{WeightsFile, sha256};

use crate::location::{names, resolve};

/// The weights folder beside a database: `results.weights` for `results.db`, and `results.sqlite.weights` for
/// `results.sqlite`. If `database` is a symbolic link, it lies beside the file that the link leads to. The paths in
/// [`sweep_job::WeightsFile`] are relative to it.
pub fn weights_dir(database: &Path) -> PathBuf {
    dir_named_after(&resolve(database))
}

/// A weights folder that is named after `database`, a symbolic link, and is not the one beside the file: earlier versions of `sweep` saved
/// weights there.
pub fn weights_beside_link(database: &Path) -> Option<PathBuf> {
    let in_use = weights_dir(database).canonicalize().ok();
    let is_another = |folder: &PathBuf| folder.is_dir() && folder.canonicalize().ok() != in_use;
    names(database).iter().rev().skip(1).map(|link| dir_named_after(link)).find(is_another)
}

fn dir_named_after(file: &Path) -> PathBuf {
    let stem = match file.extension() {
        Some(extension) if extension == "db" => file.file_stem(),
        _ => file.file_name(),
    };
    let mut name = stem.unwrap_or_default().to_owned();
    name.push(".weights");
    file.with_file_name(name)
}

/// The path of a file of weights of `database`, if its name, which the database tells, stays within the weights folder.
pub fn weights_path(database: &Path, file: &WeightsFile) -> Option<PathBuf> {
    let name = Path::new(&file.file);
    let is_within = name.components().all(|part| matches!(part, Component::Normal(_)));
    is_within.then(|| weights_dir(database).join(name))
}

/// The bytes of a file of weights of `database`, if they are there as they were saved.
pub(crate) fn read_weights(database: &Path, file: &WeightsFile) -> Option<Vec<u8>> {
    let path = weights_path(database, file)?;
    let mut bytes = Vec::new();
    open_regular(&path).and_then(|file| file.take(WeightsFile::MOST_BYTES).read_to_end(&mut bytes)).ok()?;
    (sha256(&bytes) == file.sha256).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    #[cfg(unix)]
    #[test]
    fn the_folder_lies_beside_the_file_that_links_lead_to() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("big")).unwrap();
        symlink("b.db", at("a.db")).unwrap();
        symlink("big/results.db", at("b.db")).unwrap();
        assert_eq!(weights_dir(&at("a.db")), at("big/results.weights"));
        assert_eq!(weights_beside_link(&at("a.db")), None);
        // What an earlier version saved under the name of a link.
        fs::create_dir(at("b.weights")).unwrap();
        assert_eq!(weights_beside_link(&at("a.db")), Some(at("b.weights")));
        // A link to the folder in use is not another one.
        fs::remove_dir(at("b.weights")).unwrap();
        fs::create_dir(at("big/results.weights")).unwrap();
        symlink("big/results.weights", at("b.weights")).unwrap();
        assert_eq!(weights_beside_link(&at("a.db")), None);
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
