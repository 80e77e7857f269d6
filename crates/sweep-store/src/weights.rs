//! Where the weights of a database's jobs lie. It only names the folder.

use std::path::{Path, PathBuf};

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
}
