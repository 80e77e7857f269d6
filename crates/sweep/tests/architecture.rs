//! The rules of ARCHITECTURE.md that can be read off the manifests and the sources.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names in the `[dependencies]` table of each crate.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(crates()).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let table = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let names = table
            .lines()
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .filter(|name| !name.is_empty() && !name.starts_with('#'))
            .map(str::to_owned)
            .collect();
        all.insert(folder.file_name().unwrap().to_str().unwrap().to_owned(), names);
    }
    assert_eq!(all.len(), 18, "{:?}", all.keys());
    all
}

fn who_depends_on(name: &str) -> Vec<String> {
    dependencies().into_iter().filter(|(_, names)| names.contains(name)).map(|(krate, _)| krate).collect()
}

#[test]
fn each_technology_stays_in_its_crates() {
    assert_eq!(who_depends_on("candle-core"), ["sweep-composed"]);
    assert_eq!(who_depends_on("rusqlite"), ["sweep-export", "sweep-store"]);
    assert_eq!(who_depends_on("toml"), ["sweep-plan"]);
    assert_eq!(who_depends_on("cudarc"), ["sweep-cuda"]);
    assert_eq!(who_depends_on("clap"), ["sweep"]);
    assert_eq!(who_depends_on("tokio"), ["sweep", "sweep-scheduler", "sweep-serve"]);
    assert_eq!(who_depends_on("axum"), ["sweep-serve"]);
}

#[test]
fn arrows_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("sweep-networks", [].as_slice()),
        ("sweep-job", &["sweep-networks", "sweep-text"]),
        ("sweep-random", &[]),
        ("sweep-text", &[]),
        ("sweep-files", &[]),
        ("sweep-plan", &["sweep-job", "sweep-text"]),
        ("sweep-scheduler", &["sweep-job"]),
        ("sweep-store", &["sweep-files", "sweep-job", "sweep-text"]),
        ("sweep-report", &["sweep-job", "sweep-text"]),
        ("sweep-export", &["sweep-job", "sweep-text"]),
        ("sweep-serve", &["sweep-job", "sweep-report", "sweep-store"]),
        ("sweep-data", &["sweep-files", "sweep-job", "sweep-random", "sweep-text"]),
        ("sweep-kernels", &["sweep-random"]),
        ("sweep-cuda", &["sweep-kernels", "sweep-networks", "sweep-random"]),
        ("sweep-composed", &["sweep-kernels", "sweep-networks"]),
        (
            "sweep-models",
            &["sweep-composed", "sweep-cuda", "sweep-job", "sweep-kernels", "sweep-networks", "sweep-random"],
        ),
        ("sweep-worker", &["sweep-data", "sweep-files", "sweep-job", "sweep-models", "sweep-random"]),
    ]);
    for (krate, names) in dependencies() {
        if krate == "sweep" {
            continue;
        }
        let siblings: Vec<_> = names.iter().filter(|name| name.starts_with("sweep-")).collect();
        assert_eq!(siblings, allowed[krate.as_str()].iter().collect::<Vec<_>>(), "dependencies of {krate}");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_the_composed_engine_names_candle() {
    let (mut files, this) = (Vec::new(), Path::new(file!()).file_name());
    sources(&crates(), &mut files);
    for entry in fs::read_dir(crates()).unwrap() {
        files.push(entry.unwrap().path().join("Cargo.toml"));
    }
    for file in files {
        let name = file.display().to_string();
        let is_named = fs::read_to_string(&file).unwrap().contains("candle");
        assert!(!is_named || name.contains("sweep-composed") || file.file_name() == this, "candle in {name}");
    }
}

#[test]
fn sources_follow_the_rules() {
    let mut files = Vec::new();
    sources(&crates(), &mut files);
    assert!(files.len() > 50, "only {} files found", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.display();
        assert!(text.starts_with("//!"), "{name} does not open with //!");
        assert!(text.lines().count() <= 400, "{name} is longer than 400 lines");
        let words = ["{", "fn", "impl"].map(|word| ["unsafe", word].join(" "));
        let is_unsafe = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| words.iter().any(|word| line.contains(word)));
        let may_be = ["sweep-kernels", "sweep-cuda"].iter().any(|krate| name.to_string().contains(krate));
        assert!(!is_unsafe || may_be, "unsafe code in {name}");
    }
}
