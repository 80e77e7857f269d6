//! `sweep data`: looks at data sets.

use std::fs;

use sweep_data::{Outline, export, inspect_file, inspect_set, load, outline, verify};
use sweep_job::{DataIdentity, DataSetRecord, DataSource, DataSpec, Layout};

use super::plan;
use crate::{
    cli::{DataCommand, LayoutArgument, SweepArguments},
    error::{CliError, Ending},
    output::print,
};

pub(super) fn run(command: &DataCommand) -> Result<Ending, CliError> {
    match command {
        DataCommand::Inspect { path, layout, set, data, json } => {
            let sweep = SweepArguments { file: path.clone(), set: set.clone(), data: data.clone() };
            inspect(&sweep, *layout, *json)
        }
        DataCommand::Verify { dir } => {
            let verification = verify(dir);
            print(&verification.to_string())?;
            Ok(if verification.is_complete() { Ending::Done } else { Ending::JobsFailed })
        }
        DataCommand::Export { sweep, dir } => {
            let set = load(&plan::read(sweep)?.plan.data)?;
            fs::create_dir_all(dir).map_err(|source| CliError::MakeFolder { path: dir.clone(), source })?;
            export(&set, dir)?;
            print(&format!("the prepared data are in {}", dir.display()))?;
            Ok(Ending::Done)
        }
    }
}

fn inspect(sweep: &SweepArguments, layout: LayoutArgument, json: bool) -> Result<Ending, CliError> {
    let inspection = if sweep.file.extension().is_some_and(|extension| extension == "toml") {
        inspect_set(&plan::read(sweep)?.plan.data)?
    } else {
        inspect_file(&sweep.file, layout.into())?
    };
    print(&if json {
        serde_json::to_string_pretty(&inspection).map_err(|error| CliError::Output(error.into()))?
    } else {
        inspection.to_string()
    })?;
    Ok(Ending::Done)
}

impl From<LayoutArgument> for Layout {
    fn from(layout: LayoutArgument) -> Self {
        match layout {
            LayoutArgument::TrialTimeChannel => Self::TrialTimeChannel,
            LayoutArgument::TrialChannelTime => Self::TrialChannelTime,
        }
    }
}

/// What the database needs to know of a data set.
pub(super) fn data_set_record(spec: &DataSpec, identity: DataIdentity) -> Result<DataSetRecord, CliError> {
    let Outline { set, leaks } = outline(spec)?;
    Ok(DataSetRecord {
        identity,
        spec: spec.clone(),
        title: title(&spec.source),
        channels: set.channels as u32,
        samples: set.samples as u32,
        sampling_rate_hz: set.sampling_rate_hz,
        classes: set.classes.clone(),
        train_trials: set.train.trials() as u32,
        validation_trials: set.validation.as_ref().map_or(0, |set| set.trials() as u32),
        test_labels: set.test.labels,
        test_subjects: set.test.subjects,
        leaks: Some(leaks),
    })
}

/// The name of a data set in titles.
fn title(source: &DataSource) -> String {
    match source {
        DataSource::Bci3b { .. } => "BCI Competition III, data set IIIb".to_owned(),
        DataSource::Npz { train, test, .. } => {
            let names: Vec<String> =
                train.iter().chain(test).map(|path| path.display().to_string()).collect();
            names.join(", ")
        }
        DataSource::Synthetic { seed } => format!("synthetic data, seed {seed}"),
    }
}
