//! SHA-256 of files, read in pieces.

use std::{fs::File, io::Read, path::Path};

use sha2::{Digest, Sha256};
use sweep_job::hexadecimal;

use crate::DataError;

/// SHA-256 of a file's bytes, in lower-case hexadecimal digits.
pub(crate) fn of_file(path: &Path) -> Result<String, DataError> {
    let io = |action| move |source| DataError::Io { action, path: path.to_owned(), source };
    // Looked at before it is opened: a device such as /dev/zero has no end, and a pipe would be waited for.
    let metadata = path.metadata().map_err(io("open"))?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io("open")(std::io::Error::other("it is no regular file")));
    }
    let mut file = File::open(path).map_err(io("open"))?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hexadecimal(&hash.finalize())),
            Ok(bytes) => hash.update(&piece[..bytes]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io("read")(error)),
        }
    }
}
