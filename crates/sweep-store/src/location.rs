//! Where a database is: the name it was given, and the file that the name leads to. It opens nothing.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// So many symbolic links lead to a file at most, as in the kernel.
const MOST_LINKS: usize = 40;

/// What to believe of the file system of a database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileSystem {
    /// What the operating system says.
    #[default]
    Examine,
    /// That only this machine uses it, if it could be either.
    AssumeLocal,
}

/// The name of a database and what is known of its file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
    file_system: FileSystem,
}

impl Location {
    /// The database at `path`.
    pub fn new(path: impl Into<PathBuf>, file_system: FileSystem) -> Self {
        Self { path: path.into(), file_system }
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of its file system.
    pub fn file_system(&self) -> FileSystem {
        self.file_system
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::new(path, FileSystem::default())
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}

/// The file that `path` leads to, which need not exist: each symbolic link at the end of the path is replaced by its target. A path that is
/// no link stays as it was given.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    names(path).pop().unwrap_or_default()
}

/// All names of a file from `path` on, link by link; the last one is the file's own.
pub(crate) fn names(path: &Path) -> Vec<PathBuf> {
    let mut names = vec![path.to_owned()];
    while let Some(target) = names.last().and_then(|path| fs::read_link(path).ok())
        && names.len() <= MOST_LINKS
    {
        // A relative target begins at the folder of its link; an absolute one replaces it.
        let folder = names.last().and_then(|link| link.parent()).unwrap_or(Path::new(""));
        names.push(folder.join(target));
    }
    names
}

/// `<database><suffix>` beside the file that `path` leads to, wherever links lead: all names of a database share its lock, its log and
/// its weights. A hard link is a name of its own.
pub(crate) fn beside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let path = resolve(path);
    let mut name = OsString::from(path.file_name().unwrap_or_default());
    name.push(suffix);
    Ok(folder_of(&path).canonicalize()?.join(name))
}

/// The folder that a path names a file in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_to_one_file_whether_it_exists_or_not() {
        let folder = tempfile::TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("big/deep")).unwrap();
        symlink("big/results.db", at("relative.db")).unwrap();
        symlink(at("big/results.db"), at("absolute.db")).unwrap();
        symlink("../../relative.db", at("big/deep/chain.db")).unwrap();
        symlink("big/deep", at("folder")).unwrap();
        let there = at("big").canonicalize().unwrap().join("results.db.lock");
        for _ in 0..2 {
            for name in
                ["big/results.db", "relative.db", "absolute.db", "big/deep/chain.db", "folder/chain.db"]
            {
                assert_eq!(beside(&at(name), ".lock").unwrap(), there, "{name}");
            }
            fs::write(at("big/results.db"), "now it is there").unwrap();
        }
        assert_eq!(resolve(Path::new("results.db")), Path::new("results.db"));
    }

    #[test]
    fn a_circle_of_links_ends() {
        let folder = tempfile::TempDir::new().unwrap();
        symlink("b", folder.path().join("a")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();
        assert!(resolve(&folder.path().join("a")).is_symlink());
    }
}
