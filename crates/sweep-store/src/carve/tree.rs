//! B-trees of an SQLite file ("Database File Format", section 1.6), as far as they can be read.

use std::collections::HashSet;

use rusqlite::types::Value;

use super::{Pages, record};

/// No row of results is larger.
const MOST_PAYLOAD_BYTES: u64 = 64 << 20;

/// A row with its number, if its table has numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) number: Option<i64>,
    pub(crate) values: Vec<Value>,
}

/// What a tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rows by their numbers, in the leaves.
    Table,
    /// Keys, in all pages. Tables `WITHOUT ROWID` are such trees too.
    Index,
}

/// What could be read of a page of a tree.
pub(crate) struct Page {
    pub(crate) kind: Kind,
    pub(crate) children: Vec<u32>,
    pub(crate) rows: Vec<Row>,
    /// Cells that cannot be read.
    pub(crate) damaged: usize,
}

/// Reads page `number`; `None` if it is no page of a tree.
pub(crate) fn read_page(pages: &Pages, number: u32) -> Option<Page> {
    let bytes = pages.get(number)?;
    // The first page begins with the header of the file.
    let begin = if number == 1 { 100 } else { 0 };
    let (kind, is_leaf) = match bytes[begin] {
        0x02 => (Kind::Index, false),
        0x05 => (Kind::Table, false),
        0x0a => (Kind::Index, true),
        0x0d => (Kind::Table, true),
        _ => return None,
    };
    let cells = usize::from(u16_at(&bytes, begin + 3)?);
    let pointers = begin + if is_leaf { 8 } else { 12 };
    let mut page = Page { kind, children: Vec::new(), rows: Vec::new(), damaged: 0 };
    if pointers + 2 * cells > bytes.len() {
        return None;
    }
    for cell in 0..cells {
        let place = usize::from(u16_at(&bytes, pointers + 2 * cell)?);
        match bytes.get(place..).filter(|_| place >= pointers + 2 * cells) {
            Some(cell) => page.read_cell(pages, cell, is_leaf),
            None => page.damaged += 1,
        }
    }
    if !is_leaf {
        page.children.push(u32_at(&bytes, begin + 8)?);
    }
    Some(page)
}

impl Page {
    fn read_cell(&mut self, pages: &Pages, mut cell: &[u8], is_leaf: bool) {
        if !is_leaf {
            match u32_at(cell, 0) {
                Some(child) => self.children.push(child),
                None => self.damaged += 1,
            }
            cell = cell.get(4..).unwrap_or_default();
        }
        if self.kind == Kind::Table && !is_leaf {
            return;
        }
        match row(pages, cell, self.kind) {
            Some(row) => self.rows.push(row),
            None => self.damaged += 1,
        }
    }
}

fn row(pages: &Pages, cell: &[u8], kind: Kind) -> Option<Row> {
    let (length, mut place) = record::varint(cell)?;
    let mut number = None;
    if kind == Kind::Table {
        let (bits, length) = record::varint(&cell[place..])?;
        number = Some(bits.cast_signed());
        place += length;
    }
    // Nor can one be larger than all pages together.
    let room = u64::from(pages.count) * pages.page_bytes as u64;
    if length == 0 || length > MOST_PAYLOAD_BYTES.min(room) {
        return None;
    }
    let payload = payload(pages, &cell[place..], usize::try_from(length).ok()?, kind)?;
    Some(Row { number, values: record::decode(&payload)? })
}

/// The bytes of a record, of which a page holds the first and a chain of others the rest.
fn payload(pages: &Pages, cell: &[u8], length: usize, kind: Kind) -> Option<Vec<u8>> {
    let usable = pages.page_bytes;
    let most = match kind {
        Kind::Table => usable - 35,
        Kind::Index => (usable - 12) * 64 / 255 - 23,
    };
    if length <= most {
        return Some(cell.get(..length)?.to_owned());
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (length - least) % (usable - 4);
    let local = if fitting <= most { fitting } else { least };
    let mut bytes = cell.get(..local)?.to_owned();
    let mut next = u32_at(cell, local)?;
    // A chain that leads in a circle ends when the record is full.
    while bytes.len() < length {
        let page = pages.get(next)?;
        let wanted = (length - bytes.len()).min(usable - 4);
        bytes.extend_from_slice(&page[4..4 + wanted]);
        next = u32_at(&page, 0)?;
    }
    // The last page of a chain names no other.
    (next == 0).then_some(bytes)
}

/// Hands every row of the tree at `root` to `take`, with the page that it lies on, and says how many pages and cells cannot be read.
pub(crate) fn walk(pages: &Pages, root: u32, kind: Kind, mut take: impl FnMut(u32, Row)) -> usize {
    let (mut seen, mut waiting, mut damaged) = (HashSet::from([root]), vec![root], 0);
    while let Some(number) = waiting.pop() {
        let Some(page) = read_page(pages, number).filter(|page| page.kind == kind) else {
            damaged += 1;
            continue;
        };
        damaged += page.damaged;
        page.rows.into_iter().for_each(|row| take(number, row));
        for child in page.children.into_iter().rev() {
            if seen.insert(child) {
                waiting.push(child);
            } else {
                damaged += 1;
            }
        }
    }
    damaged
}

/// The pages that are free: what they hold was removed.
pub(crate) fn free_pages(pages: &Pages) -> HashSet<u32> {
    let mut free = HashSet::new();
    let (mut trunk, _) = pages.header().free_list();
    while trunk != 0 && free.insert(trunk) {
        let Some(bytes) = pages.get(trunk) else { break };
        let leaves = u32_at(&bytes, 4).map_or(0, |leaves| leaves as usize).min(bytes.len() / 4 - 2);
        free.extend((0..leaves).filter_map(|leaf| u32_at(&bytes, 8 + 4 * leaf)));
        trunk = u32_at(&bytes, 0).unwrap_or(0);
    }
    free
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(place..place + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}
