//! Which file a path names, so that a path that has come to name another one is noticed. It opens nothing.

use std::{
    fs::{self, Metadata},
    io,
    path::PathBuf,
};

/// A file on this machine, whatever its name; equal to every other where the operating system does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity(Option<(u64, u64)>);

impl FileIdentity {
    #[cfg(unix)]
    pub(crate) fn new(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(Some((metadata.dev(), metadata.ino())))
    }

    #[cfg(not(unix))]
    pub(crate) fn new(_metadata: &Metadata) -> Self {
        Self(None)
    }
}

/// A path with the file that it is to name.
#[derive(Debug)]
pub(crate) struct NamedFile {
    pub(crate) path: PathBuf,
    pub(crate) identity: FileIdentity,
}

impl NamedFile {
    /// The file that `path` names now.
    pub(crate) fn find(path: PathBuf) -> io::Result<Self> {
        let identity = FileIdentity::new(&fs::metadata(&path)?);
        Ok(Self { path, identity })
    }

    /// Whether the path still names the file.
    pub(crate) fn is_in_place(&self) -> io::Result<bool> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(FileIdentity::new(&metadata) == self.identity),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
