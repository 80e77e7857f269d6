//! Archives that were made to hurt: bombs, lying sizes, names that lead elsewhere, headers that claim the world.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
};

use proptest::{prelude::*, sample::Index};
use sweep_data::{DataError, inspect_file, load, read_archive};
use sweep_job::{DataSource, DataSpec, Layout, Scale, ValidationBy, sources};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const LAYOUT: Layout = Layout::TrialTimeChannel;

fn archive(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An array of this type and shape, as text, with so many bytes of zeros.
fn array(descr: &str, shape: &str, zeros: usize) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + zeros, 0);
    bytes
}

/// The error about an archive of these bytes, without its path.
fn refusal(bytes: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hostile.npz");
    fs::write(&path, bytes).unwrap();
    let error = read_archive(&path, LAYOUT).unwrap_err();
    assert_eq!(inspect_file(&path, LAYOUT).unwrap_err().to_string(), error.to_string());
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn claims_without_bytes_are_refused() {
    let shapes = [
        "(1152921504606846976,)",
        "(1048576, 1048576, 1048576)",
        "(4294967296, 4294967296, 2)",
        "(2147483647, 1, 1)",
    ];
    let answers = shapes.map(|shape| {
        refusal(&archive(CompressionMethod::Stored, &[("signal.npy", &array("<f8", shape, 100))]))
    });
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn a_bomb_is_not_unfolded() {
    let bytes = 64 << 20;
    let signal = array("|i1", &format!("({bytes}, 1, 1)"), bytes);
    let bomb = archive(CompressionMethod::Deflated, &[("signal.npy", &signal)]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    insta::assert_snapshot!(refusal(&bomb));
}

/// The sizes of a member stand in its own header and in the directory at the end.
#[test]
fn lying_sizes_are_refused() {
    let signal = array("|i1", "(4, 5, 2)", 40);
    let honest = archive(CompressionMethod::Stored, &[("signal.npy", &signal)]);
    let size = (signal.len() as u32).to_le_bytes();
    let places: Vec<usize> =
        honest.windows(4).enumerate().filter(|(_, window)| *window == size).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 4, "packed and unpacked, twice");
    let lies = [0u32, 1, signal.len() as u32 + 1, 0x7fff_ffff, u32::MAX];
    for lie in lies {
        for chosen in 1u32..16 {
            let mut bytes = honest.clone();
            for (number, at) in places.iter().enumerate().filter(|(number, _)| chosen >> number & 1 == 1) {
                let _ = number;
                bytes[*at..at + 4].copy_from_slice(&lie.to_le_bytes());
            }
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("lying.npz");
            fs::write(&path, bytes).unwrap();
            match read_archive(&path, LAYOUT) {
                // The reader goes by the directory; what stands before the member may lie.
                Ok(archive) => assert_eq!(archive.signal.len(), 40),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn names_that_lead_elsewhere_are_no_arrays_and_write_nothing() {
    let signal = array("|i1", "(4, 5, 2)", 40);
    let names = [
        "../signal.npy",
        "/tmp/signal.npy",
        "a/../../signal.npy",
        "signal.npy\u{1b}[31m.npy",
        "C:\\signal.npy",
    ];
    let members = names.map(|name| (name, signal.as_slice()));
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("elsewhere.npz");
    fs::write(&path, archive(CompressionMethod::Stored, &members)).unwrap();
    assert!(matches!(read_archive(&path, LAYOUT), Err(DataError::MissingArray { array: "signal", .. })));
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_archive_of_many_arrays_is_not_told_in_full() {
    let names: Vec<String> = (0..2000).map(|number| format!("array{number}.npy")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let answer = refusal(&archive(CompressionMethod::Stored, &members));
    assert!(answer.ends_with("array49, and 1950 more"), "{answer}");
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_not_waited_for() {
    for path in ["/dev/zero", "/dev/null"] {
        let source = DataSource::Npz(sources::Npz {
            train: vec![path.into()],
            test: vec![path.into()],
            layout: LAYOUT,
        });
        let spec = DataSpec {
            source,
            validation: 0.0,
            validation_by: ValidationBy::Trial,
            validation_seed: 0,
            scale: Scale::None,
            limit: None,
        };
        for error in
            [read_archive(Path::new(path), LAYOUT).unwrap_err(), sweep_data::identify(&spec).unwrap_err()]
        {
            let DataError::Io { source, .. } = &error else { panic!("{error}") };
            assert_eq!(source.to_string(), "it is a device, not a regular file");
        }
    }
}

/// As many classes as half the trials: what each class costs must not grow with their number.
#[test]
fn many_classes_are_split_in_time() {
    let trials: usize = 60_000;
    let signal = array("|i1", &format!("({trials}, 1, 1)"), trials);
    let mut label = array("<i4", &format!("({trials},)"), 0);
    (0..trials).for_each(|trial| label.extend((trial as i32 / 2).to_le_bytes()));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("classes.npz");
    fs::write(&path, archive(CompressionMethod::Deflated, &[("signal.npy", &signal), ("label.npy", &label)]))
        .unwrap();
    let source =
        DataSource::Npz(sources::Npz { train: vec![path.clone()], test: vec![path], layout: LAYOUT });
    let spec = DataSpec {
        source,
        validation: 0.5,
        validation_by: ValidationBy::Trial,
        validation_seed: 0,
        scale: Scale::None,
        limit: None,
    };
    assert_eq!(load(&spec).unwrap().validation.unwrap().trials(), trials / 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// The archive around the array is made anew, so that its checksum is right and the array itself is judged.
    #[test]
    fn a_damaged_array_never_panics(
        fortran in any::<bool>(),
        descr in prop::sample::select(vec!["<f8", ">f4", "<f2", "|u1", ">i8", "|O", "<U2", "|V8"]),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..5),
        zeros in 0usize..400,
    ) {
        let mut signal = array(descr, "(2, 5, 4)", zeros);
        if fortran {
            let at = signal.windows(5).position(|window| window == b"False").unwrap();
            signal[at..at + 5].copy_from_slice(b"True ");
        }
        for (place, value) in damage {
            let place = place.index(signal.len());
            signal[place] = value;
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), archive(CompressionMethod::Stored, &[("signal.npy", &signal)])).unwrap();
        if let Ok(archive) = read_archive(file.path(), LAYOUT) {
            prop_assert!(archive.signal.iter().all(|value| value.is_finite()));
        }
    }
}
