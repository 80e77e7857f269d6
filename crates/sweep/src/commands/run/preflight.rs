//! What can be wrong with a sweep is found before the database is touched.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use sweep_job::{DataIdentity, DataSetRecord, DeviceChoice, JobSpec, ModelKind};
use sweep_models::InputShape;
use sweep_plan::Plan;
use sweep_store::{Location, Store, weights_dir};

use crate::{commands::data::data_set_record, error::CliError, settings::RunSettings};

/// Checks device, data, networks, initial weights and the place for new weights; gives what is known of the data set.
pub(super) fn check(
    plan: &Plan,
    identity: &DataIdentity,
    database: &Location,
    settings: &RunSettings,
) -> Result<DataSetRecord, CliError> {
    if let DeviceChoice::Cuda(_) = settings.device {
        sweep_worker::open_device(settings.device)?;
    }
    let data = match known_data_set(database, identity) {
        None => data_set_record(&plan.data, identity.clone())?,
        Some(known) if known.leaks.is_some() => known,
        // An earlier version recorded it and did not look.
        Some(known) => DataSetRecord { leaks: Some(sweep_data::find_leaks(&plan.data)?), ..known },
    };
    check_networks(&plan.jobs, &data)?;
    check_weights_dir(&weights_dir(database.path()))?;
    Ok(data)
}

fn known_data_set(database: &Location, identity: &DataIdentity) -> Option<DataSetRecord> {
    // Whatever is wrong with the database is told when it is opened for writing.
    Store::open_read_only(database).ok()?.data_set(identity).ok()
}

/// Refuses jobs whose network does not fit the data, or whose initial weights do not fit the network.
fn check_networks(jobs: &[JobSpec], data: &DataSetRecord) -> Result<(), CliError> {
    let shape = InputShape {
        channels: data.channels as usize,
        samples: data.samples as usize,
        classes: data.classes.len(),
    };
    let models: HashSet<ModelKind> = jobs.iter().map(|spec| spec.model).collect();
    for model in ModelKind::ALL.into_iter().filter(|model| models.contains(model)) {
        sweep_models::layer_table(model, shape)?;
    }
    let with_weights =
        jobs.iter().filter_map(|spec| Some(((spec.model, &spec.initial_weights.as_ref()?.sha256), spec)));
    for spec in with_weights.collect::<HashMap<_, _>>().into_values() {
        sweep_worker::check_initial_weights(spec, shape)?;
    }
    Ok(())
}

/// Refuses a place where workers could not write, before hours are spent on what cannot be kept.
fn check_weights_dir(folder: &Path) -> Result<(), CliError> {
    if folder.to_str().is_none() {
        return Err(CliError::Argument {
            message: format!("the path of the database, {}, is not Unicode text", folder.display()),
            hint: Some("workers are told paths as text: choose another folder or name".to_owned()),
        });
    }
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Err(CliError::Argument {
            message: format!("{} is where weights are to be saved, but it is no folder", folder.display()),
            hint: Some("move it away, or name another database with `--db`".to_owned()),
        }),
        _ => Ok(()),
    }
}
