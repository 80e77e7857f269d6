//! Checks the engine on a GPU and measures it, without anything else on the machine. `scripts/gpu-check.sh` runs it.
//!
//!     gpu_check store FILE               what the emulation computes, to be compared with
//!     gpu_check count PART               how many pieces a part has
//!     gpu_check correct PIECE FILE       this device against FILE
//!     gpu_check golden PIECE FOLDER      this device against PyTorch's numbers in the folder
//!     gpu_check bits PIECE               the same bits alone, in bundles, reordered and twice
//!     gpu_check epochs PIECE             epochs of bundles, with graphs and launch by launch
//!     gpu_check kernels PIECE            the longest kernels of an epoch
//!     gpu_check step                     a short epoch of each network, for compute-sanitizer
//!     gpu_check load                     seconds until the kernels are loaded
//!     gpu_check ceilings                 what the device can do at most
//!     gpu_check memory                   device memory of bundles; needs no device
//!
//! A piece of a part is one network, counted from 0. It has a process of its own, since a kernel that fails ends the device for its
//! process. All print tables in Markdown, the first piece with the head of its table, and say on standard error what they are at. With
//! `GPU_CHECK_SMALL=1` the sizes suit the emulation. The exit code is 1 if a check found a difference, and 2 if it could not be made.

mod bits;
mod ceilings;
mod checksums;
mod correct;
mod golden;
mod memory;
mod subject;
mod times;

use std::{error::Error, path::Path, process::ExitCode};

/// What any part of the check gives.
type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: gpu_check store FILE | count PART | correct PIECE FILE | golden PIECE FOLDER | bits PIECE | epochs PIECE \
                     | kernels PIECE | step | load | ceilings | memory";

/// Whether sizes must suit the emulation.
fn is_small() -> bool {
    std::env::var_os("GPU_CHECK_SMALL").is_some_and(|value| value == "1")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("gpu_check {}: not as it must be; the table says what", arguments.join(" "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("gpu_check {}: {error}", arguments.join(" "));
            ExitCode::from(2)
        }
    }
}

/// Whether all is as it must be.
fn run(arguments: &[&str]) -> Outcome<bool> {
    match *arguments {
        ["store", file] => correct::store(Path::new(file))?,
        ["count", part] => println!("{}", count(part)?),
        ["correct", piece, file] => return correct::compare(piece.parse()?, Path::new(file)),
        ["golden", piece, folder] => return golden::check(piece.parse()?, Path::new(folder)),
        ["bits", piece] => return bits::check(piece.parse()?),
        ["epochs", piece] => return times::epochs(piece.parse()?),
        ["kernels", piece] => times::kernels(piece.parse()?)?,
        ["step"] => bits::step()?,
        ["load"] => times::load()?,
        ["ceilings"] => noted("the others", ceilings::measure())?,
        ["memory"] => memory::print()?,
        _ => return Err(USAGE.into()),
    }
    Ok(true)
}

/// How many pieces a part has.
fn count(part: &str) -> Outcome<usize> {
    Ok(match part {
        "correct" => correct::subjects()?.len(),
        "golden" => golden::cases().len(),
        "bits" => bits::MODELS.len(),
        "epochs" => times::groups().len(),
        "kernels" => times::KERNELS.len(),
        _ => return Err(USAGE.into()),
    })
}

/// Prints the head of a table before its first piece.
fn head(piece: usize, columns: &str) {
    if piece == 0 {
        println!("{columns}\n|{}", " --- |".repeat(columns.matches('|').count() - 1));
    }
}

/// Prints a row for what could not be done.
fn noted<T>(name: &str, outcome: Outcome<T>) -> Outcome<T> {
    outcome.inspect_err(|error| println!("| {name} | failed: {error} |"))
}
