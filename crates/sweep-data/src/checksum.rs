//! SHA-256 of files, read in pieces.

use std::{io::Read, path::Path};

use sha2::{Digest, Sha256};
use sweep_files::open_regular;
use sweep_job::hexadecimal;

use crate::DataError;

/// SHA-256 of a file's bytes, in lower-case hexadecimal digits.
pub(crate) fn of_file(path: &Path) -> Result<String, DataError> {
    let io = |action| move |source| DataError::Io { action, path: path.to_owned(), source };
    let mut file = open_regular(path).map_err(io("open"))?;
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
