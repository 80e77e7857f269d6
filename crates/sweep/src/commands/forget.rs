//! `sweep forget`: the only way to remove a result.

use std::io::{self, IsTerminal, Write, stdin};

use sweep_store::ToForget;

use super::{open_existing, run::remove_unneeded_files};
use crate::{
    cli::ForgetArguments,
    error::{CliError, Ending},
    output::{counted, tell},
};

pub(super) fn run(arguments: &ForgetArguments) -> Result<Ending, CliError> {
    let database = &arguments.database.db;
    let mut store = open_existing(&arguments.database)?;
    let what = store.reader().to_forget(&arguments.name)?;
    tell(&format!("{}: {}", database.display(), words(&what)));
    if !arguments.yes && !is_meant()? {
        tell("nothing was removed");
        return Ok(Ending::Done);
    }
    store.forget(&what)?;
    remove_unneeded_files(store.reader())?;
    store.close()?;
    tell("done");
    Ok(Ending::Done)
}

fn words(what: &ToForget) -> String {
    let jobs = counted(what.jobs.len(), "job");
    let mut text = match &what.sweep {
        Some(sweep) => format!("sweep \"{sweep}\" and {jobs} of it would be forgotten"),
        None => format!(
            "{jobs} would be forgotten: {}",
            what.jobs.iter().map(ToString::to_string).collect::<String>()
        ),
    };
    text.push_str(&format!(", {} finished, with all epochs, predictions and weights", what.finished));
    if what.shared > 0 {
        text.push_str(&format!(
            "; {} of it stay, since other sweeps ask for them",
            counted(what.shared, "job")
        ));
    }
    text
}

/// Asks on the terminal.
fn is_meant() -> Result<bool, CliError> {
    if !stdin().is_terminal() {
        return Err(CliError::Argument {
            message: "cannot ask for confirmation: standard input is not a terminal".to_owned(),
            hint: Some("pass `--yes` to remove without a question".to_owned()),
        });
    }
    let _ = write!(io::stderr(), "remove permanently? [y/N] ");
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(CliError::Input)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_would_go() {
        let job = "00440ac62d47638253bafcb4cad1d994".parse().unwrap_or_else(|_| panic!("an id"));
        let single = ToForget { sweep: None, jobs: vec![job], finished: 1, shared: 0 };
        insta::assert_snapshot!(words(&single), @"1 job would be forgotten: 00440ac62d47638253bafcb4cad1d994, 1 finished, with all epochs, predictions and weights");
        let sweep = ToForget { sweep: Some("lab2".into()), jobs: vec![job; 4], finished: 3, shared: 2 };
        insta::assert_snapshot!(words(&sweep), @r#"sweep "lab2" and 4 jobs of it would be forgotten, 3 finished, with all epochs, predictions and weights; 2 jobs of it stay, since other sweeps ask for them"#);
    }
}
