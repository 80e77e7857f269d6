//! Sweep files: whatever the text, planning it ends soon with a plan or with a list of mistakes that can be drawn.
//!
//! The input is the file; behind each NUL character follows the text of a `--set`. It does not know what a right plan is.

#![no_main]

use std::{io, path::Path};

use libfuzzer_sys::fuzz_target;
use sweep_plan::{Colour, Overrides, plan, summary};

/// Of larger plans the JSON text is not made: it costs a hundred times the plan under a sanitizer, and is made of the same parts.
const MOST_JOBS_IN_JSON: usize = 1_000;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut pieces = text.split('\0');
    let file = pieces.next().unwrap_or_default();
    let overrides = Overrides { set: pieces.take(3).map(str::to_owned).collect(), data: None };
    match plan("fuzz.toml", file, &overrides, &weights_sha256) {
        Ok(plan) => {
            assert!(!summary(&plan, 100).is_empty());
            if plan.jobs.len() <= MOST_JOBS_IN_JSON {
                assert!(serde_json::to_vec(&plan).is_ok());
            }
        }
        Err(mistakes) => {
            assert!(mistakes.count() > 0);
            assert!(mistakes.iter().all(|mistake| mistakes.position(mistake) >= (1, 1)));
            assert!(!mistakes.render(Colour::Always).is_empty());
            let drawn = mistakes.render(Colour::Never);
            let is_tame = |character: char| character == '\n' || !character.is_control();
            assert!(drawn.chars().all(is_tame), "control characters reach the terminal: {drawn:?}");
        }
    }
});

/// The checksum that a file of weights has: none is read.
fn weights_sha256(path: &Path) -> io::Result<String> {
    match path.to_str() {
        Some(name) if !name.contains('?') => Ok(format!("{:064x}", name.len())),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}
