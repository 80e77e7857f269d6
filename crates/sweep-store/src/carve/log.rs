//! The write-ahead log beside a database, frame by frame ("Database File Format", section 4): which page of it is the last that was
//! committed, and which frames are damaged. SQLite itself forgets all that follows a damaged frame.

use std::{collections::HashMap, fs::File, io, os::unix::fs::FileExt, path::Path};

const HEADER_BYTES: u64 = 32;
const FRAME_HEADER_BYTES: u64 = 24;
/// The last bit says that checksums are of big-endian words.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;

/// A log that was read.
pub(crate) struct Log {
    file: File,
    /// Where the last committed content of each page lies.
    places: HashMap<u32, u64>,
    /// Frames that are damaged although later ones were committed. A log that a killed program left in the middle of a transaction
    /// has none.
    pub(crate) damaged_frames: usize,
    pub(crate) page_bytes: usize,
}

impl Log {
    /// Reads the log at `path`. Returns `None` if there is no log, or if it has no frames. If its header is damaged, its pages are taken to have
    /// `page_bytes`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn open(path: &Path, page_bytes: Option<usize>) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        let mut header = [0; HEADER_BYTES as usize];
        if length < HEADER_BYTES + FRAME_HEADER_BYTES {
            return Ok(None);
        }
        file.read_exact_at(&mut header, 0)?;
        let is_big_endian = word(&header, 0) == (MAGIC | 1);
        let sum = checksum(&header[..24], (0, 0), is_big_endian);
        let stored_page_bytes = word(&header, 8) as usize;
        let is_whole = word(&header, 0) & !1 == MAGIC
            && word(&header, 4) == VERSION
            && super::is_page_size(stored_page_bytes)
            && sum == (word(&header, 24), word(&header, 28));
        let page_bytes =
            if is_whole { stored_page_bytes } else { page_bytes.unwrap_or(super::USUAL_PAGE_BYTES) };
        let mut log =
            Self { file, places: HashMap::new(), damaged_frames: usize::from(!is_whole), page_bytes };
        let (salts, chain) = if is_whole {
            ([word(&header, 16), word(&header, 20)], Some(sum))
        } else {
            let mut first = [0; FRAME_HEADER_BYTES as usize];
            log.file.read_exact_at(&mut first, HEADER_BYTES)?;
            ([word(&first, 8), word(&first, 12)], None)
        };
        log.read_frames(length, salts, chain, is_big_endian)?;
        Ok(Some(log))
    }

    fn read_frames(
        &mut self,
        length: u64,
        salts: [u32; 2],
        mut chain: Option<(u32, u32)>,
        is_big_endian: bool,
    ) -> io::Result<()> {
        let frame_bytes = FRAME_HEADER_BYTES + self.page_bytes as u64;
        let (mut waiting, mut damaged) = (Vec::new(), 0);
        let mut frame = vec![0; frame_bytes as usize];
        let mut place = HEADER_BYTES;
        while place + frame_bytes <= length {
            self.file.read_exact_at(&mut frame, place)?;
            let (header, page) = frame.split_at(FRAME_HEADER_BYTES as usize);
            let stored = (word(header, 16), word(header, 20));
            let sum = chain
                .map(|chain| checksum(page, checksum(&header[..8], chain, is_big_endian), is_big_endian));
            let is_of_this_log = [word(header, 8), word(header, 12)] == salts;
            if is_of_this_log && sum == Some(stored) {
                waiting.push((word(header, 0), place + FRAME_HEADER_BYTES));
                // How many pages the database has after a commit; 0 in the midst of a transaction.
                if word(header, 4) != 0 {
                    self.places.extend(waiting.drain(..));
                    self.damaged_frames += std::mem::take(&mut damaged);
                }
            } else {
                damaged += 1;
            }
            // Checksums build on the one before, whose own frame may be damaged.
            chain = Some(stored);
            place += frame_bytes;
        }
        Ok(())
    }

    /// The content of a page, if the log has it.
    pub(super) fn page(&self, number: u32) -> Option<Vec<u8>> {
        let mut bytes = vec![0; self.page_bytes];
        self.file.read_exact_at(&mut bytes, *self.places.get(&number)?).ok()?;
        Some(bytes)
    }

    /// The highest number of a page in the log.
    pub(super) fn last_page(&self) -> u32 {
        self.places.keys().copied().max().unwrap_or(0)
    }
}

fn word(bytes: &[u8], place: usize) -> u32 {
    bytes.get(place..place + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn checksum(bytes: &[u8], (mut first, mut second): (u32, u32), is_big_endian: bool) -> (u32, u32) {
    let (pairs, _) = bytes.as_chunks::<8>();
    for [a, b, c, d, e, f, g, h] in pairs {
        let number =
            |bytes| if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        first = first.wrapping_add(number([*a, *b, *c, *d])).wrapping_add(second);
        second = second.wrapping_add(number([*e, *f, *g, *h])).wrapping_add(first);
    }
    (first, second)
}
