//! Filters of jobs: whatever the text, it is a filter that SQLite takes, or a mistake with its place that can be shown.

#![no_main]

use std::{path::Path, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use sweep_store::{Filter, JobSelection, PageRequest, Store};
use tempfile::TempDir;

/// A folder with a database.
static DATABASE: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    let folder = made.expect("a temporary folder can be made");
    drop(Store::open(&folder.path().join("results.db")).expect("a database can be made"));
    folder
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Filter::parse(text) {
        Ok(filter) => {
            assert_eq!(filter.text(), text);
            let reader = Store::open_read_only(&DATABASE.path().join("results.db")).expect("it can be read");
            let jobs = JobSelection::All.matching(Some(&filter));
            let page = reader.job_page(&PageRequest { jobs, sort: None, offset: 0, limit: 1 });
            assert_eq!(page.expect("what is let through can be asked").total, 0);
        }
        Err(error) => {
            assert!(error.text.get(error.span.clone()).is_some());
            let shown = error.to_string();
            assert!(shown.chars().all(|letter| letter == '\n' || !letter.is_control()), "{shown:?}");
        }
    }
});
