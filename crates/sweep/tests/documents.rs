//! The examples of the documents that read results do what they say: those in SQL by `sweep sql`, those in Python and of DuckDB by a Python that
//! `SWEEP_PYTHON` names, which has numpy, pandas, pyarrow, duckdb and matplotlib. Without one, these are left out and say so.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use support::Place;

const LAB: &str = r#"
name = "lab2"
[data]
set = "synthetic"
limit = 40
[grid]
model = ["eegnet", "deepconvnet"]
activation = ["relu", "elu"]
batch_size = 20
epochs = 2
seed = 0
"#;

/// A place with results, and exports of them under the names that the documents use.
fn place() -> Place {
    let place = Place::new();
    place.write("lab2.toml", LAB);
    place.succeed(&["run", "lab2.toml", "--quiet"]);
    for form in ["csv", "json", "parquet"] {
        place.succeed(&["export", "--format", form, "--out", &format!("results-{form}")]);
    }
    place
}

/// The blocks of a document in a language, without their fences.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(document);
    let text = fs::read_to_string(path).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The statements of a block, with their comments.
fn statements(block: &str) -> Vec<String> {
    let parts = block.split(";\n").map(str::trim).filter(|statement| !statement.is_empty());
    parts.map(str::to_owned).collect()
}

#[test]
fn statements_of_the_documents_have_answers() {
    let place = place();
    let blocks = blocks("results-db.md", "sql");
    let plain = blocks.iter().filter(|block| !block.contains("ATTACH"));
    let statements: Vec<String> = plain.flat_map(|block| statements(block)).collect();
    assert!(statements.len() >= 5, "{statements:?}");
    for statement in statements {
        assert!(!place.sql(&statement).is_empty(), "{statement}");
    }
}

#[test]
fn programs_of_the_documents_run() {
    let Some(python) = std::env::var_os("SWEEP_PYTHON") else {
        eprintln!("SKIPPED: SWEEP_PYTHON names no Python with numpy, pandas, pyarrow, duckdb and matplotlib");
        return;
    };
    let place = place();
    let run = |program: &str| {
        let mut child = Command::new(&python)
            .arg("-")
            .current_dir(place.path(""))
            .env("MPLBACKEND", "agg")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
        let ran = child.wait_with_output().unwrap();
        assert!(ran.status.success(), "{program}\n{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    let programs: Vec<String> = ["results-db.md", "export.md"]
        .into_iter()
        .flat_map(|document| blocks(document, "python"))
        .filter(|program| program.contains("import pandas"))
        .collect();
    assert_eq!(programs.len(), 2);
    for program in programs {
        let out = run(&program);
        // Both end with an accuracy, computed from the predictions and as it is recorded.
        let mut last = out.lines().last().unwrap().split(' ').map(|word| word.parse::<f64>().unwrap());
        let (computed, recorded) = (last.next().unwrap(), last.next().unwrap());
        assert!((computed - recorded).abs() < 1e-12, "{out}");
    }
    let queries = blocks("export.md", "sql");
    assert_eq!(queries.len(), 1);
    for statement in statements(&queries[0]) {
        let out = run(&format!("import duckdb\nprint(len(duckdb.sql({statement:?}).fetchall()))"));
        assert_ne!(out.trim(), "0", "{statement}");
    }
}
