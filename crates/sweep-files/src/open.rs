//! Opening what is a file, and nothing else.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileTypeExt,
    path::Path,
};

/// Opens a regular file. The kind is checked before, since opening a pipe would wait for a writer, and a device has no end.
///
/// # Errors
/// Those of the file system, and if it is no regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    let what = match kind {
        kind if kind.is_file() => return File::open(path),
        kind if kind.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::other(format!("it is {what}, not a regular file")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_opened() {
        let folder = tempfile::TempDir::new().unwrap();
        assert_eq!(open_regular(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        let error = open_regular(Path::new("/dev/zero")).unwrap_err().to_string();
        assert_eq!(error, "it is a device, not a regular file");
        fs::write(folder.path().join("a"), "text").unwrap();
        assert!(open_regular(&folder.path().join("a")).is_ok());
    }
}
