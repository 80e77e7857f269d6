//! `sweep serve`: the results on a live web page.

use sweep_serve::{ServeOptions, serve};
use sweep_store::Location;

use crate::{
    cli::ServeArguments,
    error::{CliError, Ending},
    open_files,
    output::{print, tell},
};

/// Open files of a server that has no visitors.
const FILES_TO_START: usize = 24;

pub(super) fn run(arguments: &ServeArguments) -> Result<Ending, CliError> {
    let database = Location::from(&arguments.database);
    let shown = database.path().display().to_string();
    if !database.path().exists() {
        tell(&format!(
            "note: there is no database {shown} yet; the page shows it as soon as `sweep run` makes it"
        ));
    }
    let options = ServeOptions { database, host: arguments.host.clone(), port: arguments.port };
    open_files::check_room(FILES_TO_START, "raise the limit with `ulimit -n`")?;
    let mut printed = Ok(());
    serve(&options, |announcement| {
        printed = print(&format!("{shown} is shown at {} until Ctrl-C", announcement.url));
    })?;
    printed?;
    Ok(Ending::Done)
}
