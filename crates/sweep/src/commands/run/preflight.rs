//! What can be wrong with the workers' device and the place of the database is found before the database is touched.

use std::{fs, path::Path};

use sweep_scheduler::Executor;
use sweep_store::{Location, weights_dir};

use crate::{error::CliError, settings::RunSettings};

/// Checks the device and the place for weights.
pub(super) fn check(
    database: &Location,
    executor: &impl Executor,
    settings: &RunSettings,
) -> Result<(), CliError> {
    for device in &settings.devices {
        executor
            .find_device(*device)
            .map_err(|error| CliError::Argument { message: error.to_string(), hint: None })?;
    }
    check_weights_dir(&weights_dir(database.path()))
}

/// Refuses a place where workers could not write, before hours are spent on what cannot be kept.
fn check_weights_dir(folder: &Path) -> Result<(), CliError> {
    if folder.to_str().is_none() {
        return Err(CliError::Argument {
            message: format!("the path of the database, {}, is not Unicode text", folder.display()),
            hint: Some("choose a folder and a name that are valid UTF-8".to_owned()),
        });
    }
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Err(CliError::Argument {
            message: format!("weights are saved in {}, but that is not a folder", folder.display()),
            hint: Some("move it away, or name another database with `--db`".to_owned()),
        }),
        _ => Ok(()),
    }
}
