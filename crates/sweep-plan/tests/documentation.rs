//! The examples of docs/sweep-format.md are right.

mod planning;

use std::fs;

use sweep_job::DataSource;

/// An example as a whole file: what it leaves out is put in front of it.
fn whole(example: &str) -> String {
    if example.starts_with("name") {
        return example.to_owned();
    }
    format!("name = 'x'\n[data]\nset = 'synthetic'\n{example}")
}

#[test]
fn every_source_is_documented_with_its_keys() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sweep-format.md");
    let text = fs::read_to_string(path).unwrap();
    for source in DataSource::DECLARATIONS {
        let heading = format!("\n`set = \"{}\"` is ", source.name);
        let section = text.split(&heading).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
        let section = section.split("\n`set = ").next().unwrap();
        for key in source.keys {
            assert!(section.contains(&format!("| `{}` |", key.name)), "{} of {}", key.name, source.name);
        }
    }
}

#[test]
fn examples_come_to_the_jobs_that_they_speak_of() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sweep-format.md");
    let text = fs::read_to_string(path).unwrap();
    let examples: Vec<&str> =
        text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let jobs: Vec<usize> =
        examples.iter().map(|example| planning::right(&whole(example), &[]).jobs.len()).collect();
    assert_eq!(jobs, [6, 200, 3, 2, 6, 3, 2, 4, 8]);
}
