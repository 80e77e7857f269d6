//! The fake driver for tests: compiles it once and says where it lies. Tests of other crates include this file by its path.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The path of the fake driver. Its folder, named in `LD_LIBRARY_PATH`, makes a program find it as the driver.
///
/// # Panics
/// If it does not compile, or there is no compiler.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| compile(&[]))
}

/// The path of a fake driver whose kernels check every access to memory.
///
/// # Panics
/// As [`library`].
#[allow(dead_code, reason = "most tests need no check")]
pub(crate) fn library_with_race_check() -> PathBuf {
    compile(&["--races"])
}

fn compile(options: &[&str]) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sweep-cuda/emulation/build.sh");
    let ran = Command::new("sh").arg(script).args(options).arg(env!("CARGO_TARGET_TMPDIR")).output();
    let ran = ran.expect("sh is there");
    assert!(
        ran.status.success(),
        "the fake driver cannot be compiled: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    PathBuf::from(String::from_utf8(ran.stdout).expect("a path").trim_end())
}
