//! What has to be right before a sweep can be trained: its data, and a network for every model. `plan` and `run` check the same, and
//! say it in the same words.

use std::{collections::HashMap, path::Path};

use sweep_data::{Blame, DataError, Finding};
use sweep_job::{DataIdentity, DataSetRecord, JobSpec, Leaks, ModelKind, SettingValues};
use sweep_models::InputShape;
use sweep_plan::{Complaint, Culprit};

use super::{data::data_set_record, plan::PlannedFile};
use crate::{error::CliError, output::tell_paragraph};

/// The identity of a sweep's data set.
///
/// # Errors
/// If a file cannot be read, with the line that names it.
pub(super) fn identify(file: &PlannedFile) -> Result<DataIdentity, CliError> {
    sweep_data::identify(&file.plan.data).map_err(|error| data_error(file, error))
}

/// The data set of a sweep, for which all its networks can be built.
pub(super) struct Prepared {
    pub(super) data: DataSetRecord,
    findings: Vec<Finding>,
}

impl Prepared {
    /// Reads the data set, and checks that every job has a network for it. What its parts share is looked for unless it is known.
    ///
    /// # Errors
    /// If the data cannot be trained on, or a network cannot be built for them, with the lines that are to blame.
    pub(super) fn new(
        file: &PlannedFile,
        identity: &DataIdentity,
        known: Option<Leaks>,
    ) -> Result<Self, CliError> {
        let examined =
            sweep_data::examine(&file.plan.data, known).map_err(|error| data_error(file, error))?;
        let findings = examined.findings.clone();
        let data = data_set_record(&file.plan.data, identity.clone(), examined);
        let prepared = Self { data, findings };
        if let Err(error) = check_networks(file, &prepared.data) {
            // The axes may be the reason.
            prepared.warn();
            return Err(error);
        }
        Ok(prepared)
    }

    /// The same for a data set that is recorded, if there is nothing left to train: its files need not be read again.
    ///
    /// # Errors
    /// If a network cannot be built for the data.
    pub(super) fn recorded(file: &PlannedFile, data: DataSetRecord) -> Result<Self, CliError> {
        check_networks(file, &data)?;
        Ok(Self { data, findings: Vec::new() })
    }

    /// Says on standard error what looks wrong with the data.
    pub(super) fn warn(&self) {
        for finding in &self.findings {
            tell_paragraph(&format!("warning: {finding}"));
        }
        for leak in self.data.leaks.iter().flat_map(Leaks::warnings) {
            tell_paragraph(&format!("warning: {leak}"));
        }
    }
}

/// An error of a sweep's data, with the line that is to blame if there is one.
pub(super) fn data_error(file: &PlannedFile, error: DataError) -> CliError {
    let culprit = culprit(&error);
    let help = match &error {
        DataError::Io { path, source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            missing_hint(path).map(str::to_owned)
        }
        _ => None,
    };
    let error = CliError::Data(error);
    match culprit {
        Some(culprit) => file.blaming(vec![(culprit, help, error)]),
        None => error,
    }
}

/// What to do about a file that does not exist.
fn missing_hint(path: &Path) -> Option<&'static str> {
    if path.to_string_lossy().contains(['*', '?']) {
        Some("`*` and `?` are not expanded: list every file by its name")
    } else if path.is_relative() {
        Some("the path starts from the folder in which `sweep` is run")
    } else {
        None
    }
}

/// Whether a value in the sweep file is to blame for an error of its data, and not one of their files.
pub(super) fn is_of_a_key(error: &DataError) -> bool {
    matches!(culprit(error), Some(Culprit::DataKey(_)))
}

/// What of a sweep file is to blame for an error of its data.
fn culprit(error: &DataError) -> Option<Culprit> {
    error.blame().map(|blame| match blame {
        Blame::Path(path) => Culprit::Data(path.to_owned()),
        Blame::Key(key) => Culprit::DataKey(key),
    })
}

/// Refuses jobs whose network does not fit the data, or whose initial weights do not fit the network.
fn check_networks(file: &PlannedFile, data: &DataSetRecord) -> Result<(), CliError> {
    let shape = InputShape {
        channels: data.channels as usize,
        samples: data.samples as usize,
        classes: data.classes.len(),
    };
    let jobs = &file.plan.jobs;
    let mut unfit = Vec::new();
    for model in ModelKind::ALL {
        // Of many settings with which it cannot be built, the first are told.
        let failure = networks(jobs, model)
            .into_iter()
            .find_map(|own| Some((sweep_models::layer_table(model, &own, shape).err()?, own)));
        if let Some((error, own)) = failure {
            unfit.push((Culprit::Model(model), in_words(&own), error.into()));
        }
    }
    let with_weights = jobs.iter().filter_map(|spec| {
        let weights = spec.initial_weights.as_ref().filter(|_| unfit.is_empty())?;
        let own = spec.model.descriptor().own(&spec.more);
        Some(((spec.model, format!("{own:?}"), &weights.sha256), spec))
    });
    let mut failed: Vec<(Culprit, Option<String>, CliError)> = Vec::new();
    for spec in with_weights.collect::<HashMap<_, _>>().into_values() {
        match (sweep_worker::check_initial_weights(spec, shape), &spec.initial_weights) {
            (Ok(()), _) => {}
            (Err(error), Some(weights)) => {
                failed.push((Culprit::Weights(weights.path.clone()), None, error.into()));
            }
            (Err(error), None) => return Err(error.into()),
        }
    }
    unfit.extend(failed);
    if unfit.is_empty() { Ok(()) } else { Err(file.blaming(unfit)) }
}

/// The different settings of their own that the jobs of a model have.
fn networks(jobs: &[JobSpec], model: ModelKind) -> Vec<SettingValues> {
    let mut different: Vec<SettingValues> = Vec::new();
    for spec in jobs.iter().filter(|spec| spec.model == model) {
        let own = model.descriptor().own(&spec.more);
        if different.last() != Some(&own) && !different.contains(&own) {
            different.push(own);
        }
    }
    different
}

/// `these jobs have kernel_length = 101`.
fn in_words(own: &SettingValues) -> Option<String> {
    let settings: Vec<String> = own.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    (!settings.is_empty()).then(|| format!("these jobs have {}", settings.join(", ")))
}

/// A complaint of an error.
pub(super) fn complaint((culprit, help, error): &(Culprit, Option<String>, CliError)) -> Complaint {
    Complaint { culprit: culprit.clone(), words: error.with_causes(), help: help.clone() }
}
