//! Archives of trials: whatever the bytes, reading them ends soon with trials or with an error, and nothing is written.
//!
//! The first byte says what the rest is: a whole archive, or the array `signal`, or the arrays `signal` and `label`, each with its NumPy
//! header, which the target puts into an archive, so that checksums are right.

#![no_main]

use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use libfuzzer_sys::fuzz_target;
use sweep_data::{inspect_file, load, read_archive};
use sweep_job::{DataSource, DataSpec, Layout, Scale, ValidationBy, sources};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A folder in memory, where there is one.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.expect("a temporary folder can be made")
});

fuzz_target!(|data: &[u8]| {
    let [form, rest @ ..] = data else { return };
    let Some(bytes) = archive(*form, rest) else { return };
    let path: PathBuf = FOLDER.path().join("fuzz.npz");
    fs::write(&path, bytes).expect("a file can be written");
    let layout = if form & 0x80 == 0 { Layout::TrialTimeChannel } else { Layout::TrialChannelTime };
    if let Ok(archive) = read_archive(&path, layout) {
        assert_eq!(archive.signal.len(), archive.trials() * archive.channels * archive.samples);
        assert!(archive.signal.iter().all(|value| value.is_finite()));
    }
    if let Ok(inspection) = inspect_file(&path, layout) {
        assert!(!inspection.to_string().is_empty());
    }
    let source = DataSource::Npz(sources::Npz { train: vec![path.clone(), path.clone()], test: vec![path], layout });
    let scale = if form & 0x40 == 0 { Scale::None } else { Scale::Standardize };
    let limit = (form & 0x20 != 0).then_some(5);
    let validation_by = if form & 0x10 == 0 { ValidationBy::Trial } else { ValidationBy::Subject };
    let _ = load(&DataSpec { source, validation: 0.25, validation_by, validation_seed: 0, scale, limit });
    let files = fs::read_dir(FOLDER.path()).expect("the folder can be read").count();
    assert_eq!(files, 1, "reading wrote a file");
});

/// The bytes of the archive that `rest` is, or is for.
fn archive(form: u8, rest: &[u8]) -> Option<Vec<u8>> {
    let method = if form & 0x10 == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    match form & 3 {
        0 => Some(rest.to_vec()),
        1 => zipped(method, &[("signal.npy", rest)]),
        _ => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (signal, label) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
            zipped(method, &[("signal.npy", signal), ("label.npy", label)])
        }
    }
}

fn zipped(method: CompressionMethod, members: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).ok()?;
        writer.write_all(bytes).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}
