//! A file of an export that is being written, under a name that no program looks at. It knows no format.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::{ExportError, error::failed};

const BUFFER_BYTES: usize = 256 << 10;

/// A file on its way. Errors name the path that it will have.
#[derive(Debug)]
pub(crate) struct StagedFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl StagedFile {
    /// Begins the file at `temporary` that will be at `path`.
    pub(crate) fn create(temporary: &Path, path: PathBuf) -> Result<Self, ExportError> {
        let file = File::create_new(temporary).map_err(failed("write", &path))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER_BYTES, file), path })
    }

    /// Where it will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Hands all of it to the system; the commit of its folder puts it on the disk.
    pub(crate) fn finish(mut self) -> Result<(), ExportError> {
        self.file.flush().map_err(failed("write", &self.path))
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
