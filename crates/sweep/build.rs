//! Tells the program what it is built from: commit, compiler and platform.

use std::{
    collections::BTreeMap,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rustc-env=SWEEP_GIT_COMMIT={}", commit().unwrap_or_default());
    let compiler =
        env::var("RUSTC").ok().and_then(|rustc| output(&rustc, &["--version"])).unwrap_or_default();
    println!("cargo:rustc-env=SWEEP_COMPILER={compiler}");
    println!("cargo:rustc-env=SWEEP_TARGET={}", env::var("TARGET").unwrap_or_default());
    println!("cargo:rustc-env=SWEEP_BUILD_ID={:016x}", build_id(&compiler));
    // What the commit depends on, and whether the sources are still those of the commit.
    println!("cargo:rerun-if-changed=..");
    for file in SHARED_FILES.into_iter().filter(|file| Path::new(file).exists()) {
        println!("cargo:rerun-if-changed={file}");
    }
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) =
            output("git", &["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists())
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

/// Files outside the crates that say what is built.
const SHARED_FILES: [&str; 2] = ["../../Cargo.toml", "../../Cargo.lock"];

/// A number that differs between builds of different sources, compilers, profiles, platforms or features.
fn build_id(compiler: &str) -> u64 {
    let mut files = BTreeMap::new();
    add_files(Path::new(".."), &mut files);
    for file in SHARED_FILES {
        files.insert(PathBuf::from(file), fs::read(file).unwrap_or_default());
    }
    let is_option = |name: &str| {
        ["TARGET", "PROFILE", "OPT_LEVEL", "DEBUG", "CARGO_ENCODED_RUSTFLAGS"].contains(&name)
            || name.starts_with("CARGO_FEATURE_")
    };
    let options: BTreeMap<_, _> = env::vars().filter(|(name, _)| is_option(name)).collect();
    let mut hasher = DefaultHasher::new();
    (files, options, compiler).hash(&mut hasher);
    hasher.finish()
}

/// Adds the files below `folder`, with what they hold. Tests are no part of the program.
fn add_files(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.ends_with("tests") || path.ends_with("benches") {
            continue;
        }
        if path.is_dir() {
            add_files(&path, files);
        } else if let Ok(bytes) = fs::read(&path) {
            files.insert(path, bytes);
        }
    }
}

/// The commit, with `-dirty` behind it where sources differ from it. A copy without its history has none, also where it lies
/// inside another repository.
fn commit() -> Option<String> {
    let is_tracked = output("git", &["ls-files", "build.rs"])?;
    if is_tracked.is_empty() {
        return None;
    }
    let commit = output("git", &["rev-parse", "HEAD"])?;
    let changes = output(
        "git",
        &[
            "status",
            "--porcelain",
            "--untracked-files=no",
            "--",
            "..",
            "../../Cargo.toml",
            "../../Cargo.lock",
        ],
    )?;
    Some(if changes.is_empty() { commit } else { format!("{commit}-dirty") })
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
