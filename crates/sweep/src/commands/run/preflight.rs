//! What can be wrong with the machine and the place of the database is found before the database is touched.

use std::{fs, path::Path};

use sweep_job::DeviceChoice;
use sweep_models::Device;
use sweep_store::{Location, weights_dir};
use sweep_worker::WorkerError;

use crate::{error::CliError, settings::RunSettings};

/// Checks the device and the place for weights.
pub(super) fn check(database: &Location, settings: &RunSettings) -> Result<(), CliError> {
    if let DeviceChoice::Cuda(_) = settings.device {
        Device::open(settings.device).map_err(WorkerError::from)?;
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
