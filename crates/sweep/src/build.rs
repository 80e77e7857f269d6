//! What this program was built from, and how it was called: what every run records of itself.

use std::env;

use sweep_job::RunDetails;

/// What is recorded of a run.
pub(crate) fn run_details() -> RunDetails {
    RunDetails {
        command_line: command_line(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: Some(env!("SWEEP_GIT_COMMIT")).filter(|commit| !commit.is_empty()).map(str::to_owned),
        compiler: env!("SWEEP_COMPILER").to_owned(),
        target: env!("SWEEP_TARGET").to_owned(),
        features: String::new(),
    }
}

/// Tells builds of the program apart: equal for equal sources, compiler and options.
pub(crate) fn id() -> &'static str {
    env!("SWEEP_BUILD_ID")
}

/// The command line as it was typed, near enough.
pub(crate) fn command_line() -> String {
    env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
