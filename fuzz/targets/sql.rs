//! Queries of `sweep sql`: whatever the query, it ends within its bounds, and neither the database nor its folder changes.

#![no_main]

use std::{fs, path::Path, sync::LazyLock, time::Duration};

use libfuzzer_sys::fuzz_target;
use sweep_store::{QueryBounds, Store, sql_within};
use tempfile::TempDir;

/// A folder with a database, and the bytes of that.
static DATABASE: LazyLock<(TempDir, Vec<u8>)> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    let folder = made.expect("a temporary folder can be made");
    let path = folder.path().join("results.db");
    drop(Store::open(&path).expect("a database can be made"));
    let bytes = fs::read(path).expect("it can be read");
    (folder, bytes)
});

fuzz_target!(|data: &[u8]| {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let (folder, before) = &*DATABASE;
    let path = folder.path().join("results.db");
    let bounds = QueryBounds { time: Duration::from_millis(500), result_bytes: 16 << 20 };
    match sql_within(&path, query, &bounds) {
        Ok(table) => assert!(table.rows.iter().all(|row| row.len() == table.columns.len())),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    assert_eq!(&fs::read(&path).expect("it can be read"), before, "the database changed");
    for entry in fs::read_dir(folder.path()).expect("the folder can be read") {
        let name = entry.expect("it has a name").file_name();
        assert!(name.to_string_lossy().starts_with("results.db"), "{} was written", name.display());
    }
});
