//! SQLite's write-ahead log, read as far as it takes to notice that it is damaged (SQLite's documentation, "Database File Format",
//! section 4). SQLite itself takes a log for what is before its first bad checksum and says nothing.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const VERSION: u32 = 3_007_000;

/// Whether transactions in the log at `path` cannot be read although a later one was written. A log that only ends in the middle of a
/// transaction is as a program leaves it that was killed.
///
/// # Errors
/// Those of the file system.
pub(crate) fn is_damaged(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut file = BufReader::new(file);
    let mut header = [0; HEADER_BYTES];
    if bytes < (HEADER_BYTES + FRAME_HEADER_BYTES) as u64 {
        return Ok(false);
    }
    file.read_exact(&mut header)?;
    match Log::new(&header) {
        Some(log) => log.is_damaged(file),
        None => Ok(true),
    }
}

/// Copies a damaged log aside, before SQLite writes over what it cannot read.
///
/// # Errors
/// Those of the file system.
pub(crate) fn keep_copy(log: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let mut name = log.as_os_str().to_owned();
        name.push(format!(".damaged.{number}"));
        let copy = PathBuf::from(name);
        match File::create_new(&copy) {
            Ok(mut file) => {
                io::copy(&mut File::open(log)?, &mut file)?;
                file.sync_all()?;
                return Ok(copy);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// What the header of a log says.
struct Log {
    order: Order,
    page_bytes: usize,
    salt: [u8; 8],
    checksum: Checksum,
}

/// The order of bytes in the words that checksums are made of.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Checksum(u32, u32);

impl Checksum {
    fn read(bytes: &[u8], at: usize) -> Self {
        Self(big_endian(bytes, at), big_endian(bytes, at + 4))
    }

    /// The checksum of what came before and `bytes`.
    fn with(self, bytes: &[u8], order: Order) -> Self {
        let (words, _) = bytes.as_chunks::<4>();
        let word = |word: &[u8; 4]| match order {
            Order::Little => u32::from_le_bytes(*word),
            Order::Big => u32::from_be_bytes(*word),
        };
        let (pairs, _) = words.as_chunks::<2>();
        pairs.iter().fold(self, |Self(first, second), [one, two]| {
            let first = first.wrapping_add(word(one)).wrapping_add(second);
            Self(first, second.wrapping_add(word(two)).wrapping_add(first))
        })
    }
}

impl Log {
    /// `None` where the header is damaged.
    fn new(header: &[u8; HEADER_BYTES]) -> Option<Self> {
        let order = match big_endian(header, 0) {
            0x377f_0682 => Order::Little,
            0x377f_0683 => Order::Big,
            _ => return None,
        };
        let page_bytes = big_endian(header, 8);
        let checksum = Checksum(0, 0).with(&header[..24], order);
        let is_right = big_endian(header, 4) == VERSION
            && page_bytes.is_power_of_two()
            && (512..=65536).contains(&page_bytes)
            && checksum == Checksum::read(header, 24);
        let mut salt = [0; 8];
        salt.copy_from_slice(&header[16..24]);
        is_right.then_some(Self { order, page_bytes: page_bytes as usize, salt, checksum })
    }

    /// Whether a frame that ends a transaction stands whole behind one that is damaged. Frames with another salt are of an earlier round of
    /// the log and count no more.
    fn is_damaged(&self, mut frames: impl Read) -> io::Result<bool> {
        let mut frame = vec![0; FRAME_HEADER_BYTES + self.page_bytes];
        let mut before = self.checksum;
        let mut is_broken = false;
        while read_whole(&mut frames, &mut frame)? {
            let (header, page) = frame.split_at(FRAME_HEADER_BYTES);
            let stored = Checksum::read(header, 16);
            let is_whole = header[8..16] == self.salt
                && before.with(&header[..8], self.order).with(page, self.order) == stored;
            let ends_a_transaction = big_endian(header, 4) != 0;
            if is_whole && is_broken && ends_a_transaction {
                return Ok(true);
            }
            is_broken |= !is_whole;
            before = stored;
        }
        Ok(false)
    }
}

/// Fills `buffer`; `false` where the file ends before.
fn read_whole(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn big_endian(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
