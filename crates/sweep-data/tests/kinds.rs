//! Files that are no NumPy archives are recognised by their first bytes, and told what to do with.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use sweep_data::inspect_file;
use sweep_job::Layout;
use tempfile::TempDir;

/// The first 192 bytes of an EDF header, whose last field says that it has 512.
fn edf(version: &[u8]) -> Vec<u8> {
    let mut header = version.to_vec();
    header.resize(184, b' ');
    header.extend(b"512     ");
    header
}

/// Zeros up to `offset`, and there what HDF5 files begin with.
fn hdf5(offset: usize) -> Vec<u8> {
    [vec![0; offset], b"\x89HDF\r\n\x1a\n\0\0".to_vec()].concat()
}

#[test]
fn other_kinds_of_files_are_named() {
    let matlab = |version: &str| format!("MATLAB {version} MAT-file, Platform: GLNXA64").into_bytes();
    let files: [(&str, Vec<u8>); 27] = [
        ("a.edf", edf(b"0       ")),
        ("a.bdf", edf(b"\xffBIOSEMI")),
        ("a.gdf", b"GDF 2.20".to_vec()),
        ("a.vhdr", b"\xef\xbb\xbfBrain Vision Data Exchange Header File Version 1.0\r\n".to_vec()),
        ("a.vmrk", b"BrainVision Data Exchange Marker File, Version 1.0".to_vec()),
        ("a.eeg", vec![7, 0, 3, 0]),
        ("a.set", matlab("5.0")),
        ("b.set", hdf5(512)),
        ("a.fdt", vec![0, 0, 128, 63]),
        ("a.fif", b"\0\0\0\x64\0\0\0\x1f\0\0\0\x14\0\0\0\0".to_vec()),
        ("a.cnt", b"Version 3.0".to_vec()),
        ("a.mat", matlab("5.0")),
        ("b.mat", matlab("7.3")),
        ("a.h5", hdf5(0)),
        ("b.h5", hdf5(1024)),
        ("a.xdf", b"XDF:\x04".to_vec()),
        ("a.npy", b"\x93NUMPY\x01\0".to_vec()),
        ("a.pkl", b"\x80\x04\x95".to_vec()),
        ("a.csv", b"0       1\n0       2\n".to_vec()),
        ("b.csv", "Zeit,C3 µV\n0,1".as_bytes().to_vec()),
        ("a.html", b"\n<!DOCTYPE html>\n<html>".to_vec()),
        ("lfs.npz", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".to_vec()),
        ("annex.npz", b"/annex/objects/SHA256E-s1--00.npz\n".to_vec()),
        ("a.npz.gz", b"\x1f\x8b\x08\0".to_vec()),
        ("empty.npz", Vec::new()),
        ("cut.npz", b"PK\x03\x04\x14\0".to_vec()),
        ("noise.npz", vec![0xfe, 0x00, 0x9c, 0xff]),
    ];
    let folder = TempDir::new().unwrap();
    let mut answers = String::new();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = inspect_file(&path, Layout::TrialTimeChannel).unwrap_err().to_string();
        answers.push_str(&error.replace(&format!("{}/", folder.path().display()), ""));
        answers.push('\n');
    }
    insta::assert_snapshot!(answers);
}
