//! What the bytes of the files say before SQLite reads them: damage that SQLite passes over, or takes for a wish.

use std::{fs, path::Path};

use crate::carve::{Log, Pages, log_of};

/// Findings about the header of the database at `path` and its write-ahead log. A file that cannot be read has none here.
pub(crate) fn findings(path: &Path) -> Vec<String> {
    let Ok(pages) = Pages::open(path) else { return Vec::new() };
    let mut findings = Vec::new();
    let header = pages.header();
    if header.has_magic() {
        let (write, read) = header.write_and_read_version();
        // SQLite opens it read-only then, and every `sweep run` fails.
        if write > 2 && read <= 2 {
            findings
                .push(format!("byte 18 of the file is {write} instead of 2: nothing can be recorded in it"));
        }
    }
    if let Some(frames) = damaged_frames(path, pages.log.as_ref(), pages.page_bytes) {
        findings.push(format!(
            "the log {} is damaged ({frames} of its pages): SQLite ignores what was recorded after the damage",
            log_of(path).display()
        ));
    }
    findings
}

/// Looks twice: a program that writes meanwhile may begin the log anew.
fn damaged_frames(path: &Path, log: Option<&Log>, page_bytes: usize) -> Option<usize> {
    let frames = log.map(|log| log.damaged_frames).filter(|frames| *frames > 0)?;
    let log = log_of(path);
    let before = fs::metadata(&log).ok()?;
    let again = Log::open(&log, Some(page_bytes)).ok()??.damaged_frames;
    let after = fs::metadata(&log).ok()?;
    let is_quiet = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    (is_quiet && again == frames).then_some(frames)
}
