//! What the tests share: planning a text without files.
#![allow(dead_code, unreachable_pub)]

use std::{io, path::Path};

use sweep_plan::{Colour, Mistakes, Overrides, Plan};

/// No file exists.
pub fn no_weights(_: &Path) -> io::Result<String> {
    Err(io::Error::new(io::ErrorKind::NotFound, "there is no such file"))
}

/// Files whose name begins with `missing` do not exist; the content of any other is the first letter of its name.
pub fn some_weights(path: &Path) -> io::Result<String> {
    let name = path.to_string_lossy();
    if name.starts_with("missing") {
        return no_weights(path);
    }
    Ok(name.chars().take(1).collect::<String>().repeat(64))
}

/// Plans `text` with the `--set` overrides `set`.
pub fn plan(text: &str, set: &[&str]) -> Result<Plan, Mistakes> {
    let overrides = Overrides { set: set.iter().map(|text| (*text).to_owned()).collect(), data: None };
    sweep_plan::plan("sweep.toml", text, &overrides, &some_weights)
}

/// The plan of a text that is right.
pub fn right(text: &str, set: &[&str]) -> Plan {
    plan(text, set).unwrap_or_else(|mistakes| panic!("{}", mistakes.render(Colour::Never)))
}

/// The report about a text that is wrong.
pub fn wrong(text: &str, set: &[&str]) -> String {
    match plan(text, set) {
        Ok(plan) => panic!("no mistake was found, but {} jobs", plan.jobs.len()),
        Err(mistakes) => mistakes.render(Colour::Never),
    }
}
