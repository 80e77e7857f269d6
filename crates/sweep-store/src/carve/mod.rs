//! Rows straight from the pages of an SQLite file, for files that SQLite refuses. It knows pages, trees and records, and no results.

mod log;
mod record;
mod tree;

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

pub(crate) use self::log::Log;
pub(crate) use tree::{Kind, Row, free_pages, read_page, walk};

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The size of pages that `sweep` has always made.
const USUAL_PAGE_BYTES: usize = 4096;

/// The pages of a database as they were last committed, with what its write-ahead log holds.
pub(crate) struct Pages {
    file: File,
    pub(crate) log: Option<Log>,
    pub(crate) page_bytes: usize,
    /// Pages are numbered from 1 to this.
    pub(crate) count: u32,
}

impl Pages {
    /// Opens the database at `path` and changes nothing.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let header = Header::read(&file)?;
        let log = Log::open(&log_of(path), header.page_bytes())?;
        let page_bytes =
            header.page_bytes().or(log.as_ref().map(|log| log.page_bytes)).unwrap_or(USUAL_PAGE_BYTES);
        // Pages of another size cannot be of this database.
        let log = log.filter(|log| log.page_bytes == page_bytes);
        let in_file = u32::try_from(length.div_ceil(page_bytes as u64)).unwrap_or(u32::MAX);
        let count = in_file.max(log.as_ref().map_or(0, Log::last_page));
        Ok(Self { file, log, page_bytes, count })
    }

    /// A page; one that the end of the file cuts is filled up with zeros. `None` behind the end.
    pub(crate) fn get(&self, number: u32) -> Option<Vec<u8>> {
        if number == 0 || number > self.count {
            return None;
        }
        if let Some(bytes) = self.log.as_ref().and_then(|log| log.page(number)) {
            return Some(bytes);
        }
        let mut bytes = vec![0; self.page_bytes];
        let mut place = u64::from(number - 1) * self.page_bytes as u64;
        let mut rest = bytes.as_mut_slice();
        while !rest.is_empty() {
            match self.file.read_at(rest, place) {
                Ok(0) => break,
                Ok(length) => {
                    place += length as u64;
                    rest = &mut rest[length..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A bad sector of the disk.
                Err(_) => return None,
            }
        }
        Some(bytes)
    }

    /// The header as it was last committed.
    pub(crate) fn header(&self) -> Header {
        let mut bytes = [0; 100];
        if let Some(page) = self.get(1) {
            bytes.copy_from_slice(&page[..100]);
        }
        Header(bytes)
    }
}

/// The log of the database at `path`.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    // SQLite follows links before it names the log.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.into_os_string();
    name.push("-wal");
    name.into()
}

/// The first 100 bytes of a database ("Database File Format", section 1.3).
pub(crate) struct Header([u8; 100]);

impl Header {
    fn read(file: &File) -> io::Result<Self> {
        let mut bytes = [0; 100];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            _ => Ok(Self(bytes)),
        }
    }

    fn page_bytes(&self) -> Option<usize> {
        let size = match u16::from_be_bytes([self.0[16], self.0[17]]) {
            1 => 65536,
            size => usize::from(size),
        };
        (self.has_magic() && is_page_size(size)).then_some(size)
    }

    pub(crate) fn has_magic(&self) -> bool {
        self.0.starts_with(MAGIC)
    }

    /// The versions of the form that writers and readers must know; 1 and 2 are known.
    pub(crate) fn write_and_read_version(&self) -> (u8, u8) {
        (self.0[18], self.0[19])
    }

    pub(crate) fn user_version(&self) -> u32 {
        self.word(60)
    }

    pub(crate) fn application_id(&self) -> u32 {
        self.word(68)
    }

    /// The first page of the list of free ones, and how many there are.
    pub(crate) fn free_list(&self) -> (u32, u32) {
        (self.word(32), self.word(36))
    }

    fn word(&self, place: usize) -> u32 {
        u32::from_be_bytes([self.0[place], self.0[place + 1], self.0[place + 2], self.0[place + 3]])
    }
}

fn is_page_size(bytes: usize) -> bool {
    bytes.is_power_of_two() && (512..=65536).contains(&bytes)
}
