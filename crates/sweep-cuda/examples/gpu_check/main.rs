//! Checks the engine on a GPU and measures it, without anything else on the machine. `scripts/gpu-check.sh` runs it.
//!
//!     gpu_check store FILE             what the emulation computes, to be compared with
//!     gpu_check correct FILE GOLDEN    this device against FILE and against PyTorch's numbers in the folder GOLDEN
//!     gpu_check bits                   the same bits alone, in bundles, reordered and twice
//!     gpu_check step                   a short epoch of each network, for compute-sanitizer
//!     gpu_check load                   seconds until the kernels are loaded
//!     gpu_check ceilings               what the device can do at most
//!     gpu_check kernels                the longest kernels of an epoch
//!     gpu_check epochs [SECONDS]       epochs of bundles, with graphs and launch by launch
//!     gpu_check memory                 device memory of bundles; needs no device
//!
//! All print tables in Markdown. With `GPU_CHECK_SMALL=1` the sizes suit the emulation. The exit code is 1 if a check failed.

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

/// Whether sizes must suit the emulation.
fn is_small() -> bool {
    std::env::var_os("GPU_CHECK_SMALL").is_some_and(|value| value == "1")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let all_right = match arguments[..] {
        ["store", file] => correct::store(Path::new(file)).map(|()| true),
        ["correct", file, golden] => both(correct::compare(Path::new(file)), golden::check(Path::new(golden))),
        ["bits"] => bits::check(),
        ["step"] => bits::step().map(|()| true),
        ["load"] => times::load().map(|()| true),
        ["ceilings"] => ceilings::measure().map(|()| true),
        ["kernels"] => times::kernels().map(|()| true),
        ["epochs"] => times::epochs(90.0).map(|()| true),
        ["epochs", seconds] => seconds.parse().map_err(Into::into).and_then(times::epochs).map(|()| true),
        ["memory"] => memory::print().map(|()| true),
        _ => Err("usage: gpu_check store FILE | correct FILE GOLDEN | bits | step | load | ceilings | kernels | epochs [SECONDS] | memory".into()),
    };
    match all_right {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("gpu_check: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether both are right. The second is checked even if the first is not.
fn both(first: Outcome<bool>, second: Outcome<bool>) -> Outcome<bool> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(first && second),
        (Err(first), Err(second)) => Err(format!("{first}; {second}").into()),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}
