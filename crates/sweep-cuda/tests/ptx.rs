//! The committed PTX is what NVRTC makes of the sources.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{env, fs, path::Path, process::Command};

#[test]
fn the_ptx_is_what_the_sources_give() {
    if env::var_os("SWEEP_NVRTC").is_none() {
        eprintln!(
            "ptx: NOT compiled again, since SWEEP_NVRTC does not name libnvrtc.so.12 (see scripts/ptx.py)"
        );
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/ptx.py");
    let ran = Command::new("python3").arg(script).arg("--check").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

/// A kernel that was changed or added without `just ptx` would be found only where the compiler is, so this looks everywhere.
#[test]
fn every_kernel_is_in_the_ptx_beside_its_source() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files =
        ["kernels", "tests/kernels"].into_iter().flat_map(|folder| fs::read_dir(here.join(folder)).unwrap());
    let sources = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "cu"));
    let mut kernels = 0;
    for source in sources {
        let ptx = fs::read_to_string(source.with_extension("ptx")).unwrap();
        assert!(
            ptx.contains(".version 8.0\n.target sm_61\n"),
            "{} is not for driver 525 and GTX 10xx",
            source.display()
        );
        let text = fs::read_to_string(&source).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("KERNEL(")) {
            let name = line.split(',').next().unwrap();
            assert!(
                ptx.contains(&format!(".entry {name}(")),
                "{name} of {} is not in its PTX",
                source.display()
            );
            kernels += 1;
        }
    }
    assert!(kernels > 8, "{kernels}");
}

/// Launches are held against what a block has of shared memory by what they ask for alone.
#[test]
fn kernels_have_no_shared_memory_but_what_their_launches_ask_for() {
    for text in sweep_cuda::plan::PTX {
        let lines = || text.lines().filter(|line| line.split_whitespace().any(|word| word == ".shared"));
        for line in lines() {
            assert!(line.starts_with(".extern .shared ") && line.ends_with("[];"), "{line}");
        }
        assert_eq!(lines().count(), 1);
    }
}
