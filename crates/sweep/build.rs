//! Tells the program what it is built from: commit, compiler and platform.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo:rustc-env=SWEEP_GIT_COMMIT={}", commit().unwrap_or_default());
    let compiler = env::var("RUSTC").ok().and_then(|rustc| output(&rustc, &["--version"]));
    println!("cargo:rustc-env=SWEEP_COMPILER={}", compiler.unwrap_or_default());
    println!("cargo:rustc-env=SWEEP_TARGET={}", env::var("TARGET").unwrap_or_default());
    // What the commit depends on, and whether the sources are still those of the commit.
    println!("cargo:rerun-if-changed=..");
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) =
            output("git", &["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists())
        {
            println!("cargo:rerun-if-changed={path}");
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
