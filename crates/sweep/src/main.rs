//! The program `sweep`: reads the command line, runs one command, and turns its end into an exit code.

mod build;
mod cli;
mod commands;
mod error;
mod eta;
mod memory;
mod open_files;
mod output;
mod progress;
mod settings;
mod signals;
mod workers;

use std::{
    env,
    io::{IsTerminal, stderr},
    panic,
    process::ExitCode,
};

use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};
use tracing_subscriber::EnvFilter;

use crate::{cli::Cli, error::Ending, output::tell};

fn main() -> ExitCode {
    signals::survive_file_size_limit();
    let cli = Cli::try_parse().unwrap_or_else(|error| closest_first(error).exit());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal() && env::var_os("NO_COLOR").is_none())
        .log_internal_errors(false)
        .init();
    panic::set_hook(Box::new(|panic| {
        tell(&format!("error: a fault in sweep itself: {panic}"));
        tell("what was recorded is safe; please report the lines above with the command that you ran");
    }));
    match commands::run(cli.command) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::JobsFailed) => ExitCode::from(1),
        Ok(Ending::Damaged) => ExitCode::from(3),
        Ok(Ending::Interrupted) => ExitCode::from(130),
        Err(error) => {
            error.print();
            ExitCode::from(error.exit_code())
        }
    }
}

/// A mistyped command with the closest commands first; clap sorts them the other way round.
fn closest_first(mut error: clap::Error) -> clap::Error {
    const MOST_SUGGESTED: usize = 3;
    if let Some(ContextValue::Strings(names)) = error.get(ContextKind::SuggestedSubcommand) {
        let closest = names.iter().rev().take(MOST_SUGGESTED).cloned().collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(closest));
    }
    error
}
