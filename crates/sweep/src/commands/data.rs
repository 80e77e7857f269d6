//! `sweep data`: looks at data sets.

use std::fs;

use sweep_data::{Examined, Inspection, export, inspect_file, inspect_set, load, verify};
use sweep_job::{DataIdentity, DataSetRecord, DataSpec, Layout};
use sweep_text::{printable_line, wrap};

use super::{places, plan, prepared::data_error};
use crate::{
    cli::{DataCommand, LayoutArgument, SweepArguments},
    error::{CliError, Ending},
    output::{print, width},
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
            let file = plan::read(sweep)?;
            let set = load(&file.plan.data).map_err(|error| data_error(&file, error))?;
            fs::create_dir_all(dir).map_err(|source| CliError::MakeFolder { path: dir.clone(), source })?;
            export(&set, dir)?;
            print(&format!("the prepared data are in {}", dir.display()))?;
            Ok(Ending::Done)
        }
    }
}

fn inspect(sweep: &SweepArguments, layout: LayoutArgument, json: bool) -> Result<Ending, CliError> {
    let inspection = if sweep.file.extension().is_some_and(|extension| extension == "toml") {
        let file = plan::read(sweep)?;
        inspect_set(&file.plan.data).map_err(|error| data_error(&file, error))?
    } else {
        inspect_file(&sweep.file, layout.into())?
    };
    print(&if json {
        serde_json::to_string_pretty(&inspection).map_err(|error| CliError::Output(error.into()))?
    } else {
        fitted(inspection, width())
    })?;
    Ok(Ending::Done)
}

/// An inspection in lines of at most `width` columns, with what looks wrong at its end.
fn fitted(inspection: Inspection, width: usize) -> String {
    let title = end_of(&printable_line(&inspection.title), width.saturating_sub(1));
    let inspection = Inspection { title, ..inspection };
    let mut text = String::new();
    for line in inspection.to_string().lines() {
        // A row of a table stays a row.
        let line = if line.starts_with(' ') { line.to_owned() } else { wrap(line, width, "  ") };
        text.push_str(&line);
        text.push('\n');
    }
    for finding in &inspection.findings {
        text.push_str(&wrap(&format!("warning: {finding}"), width, "  "));
        text.push('\n');
    }
    text
}

/// `text`, or the end of it if it is longer than `width`.
fn end_of(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    std::iter::once('…').chain(text.chars().skip(length + 1 - width)).collect()
}

impl From<LayoutArgument> for Layout {
    fn from(layout: LayoutArgument) -> Self {
        match layout {
            LayoutArgument::TrialTimeChannel => Self::TrialTimeChannel,
            LayoutArgument::TrialChannelTime => Self::TrialChannelTime,
        }
    }
}

/// What the database needs to know of a data set that was read as `spec` says.
pub(super) fn data_set_record(
    spec: &DataSpec,
    identity: DataIdentity,
    Examined { set, leaks, .. }: Examined,
) -> DataSetRecord {
    DataSetRecord {
        identity,
        spec: places::absolute_data(spec),
        title: spec.source.title(),
        channels: set.channels as u32,
        samples: set.samples as u32,
        sampling_rate_hz: set.sampling_rate_hz,
        train_trials: set.train.trials() as u32,
        validation_trials: set.validation.as_ref().map_or(0, |set| set.trials() as u32),
        classes: set.classes,
        test_labels: set.test.labels,
        test_subjects: set.test.subjects,
        leaks: Some(leaks),
    }
}

#[cfg(test)]
mod tests {
    use sweep_data::{Amplitude, Finding, InspectedPart};

    use super::*;

    #[test]
    fn an_inspection_fits_a_narrow_terminal() {
        let least = Some(-1.234567e-7);
        let amplitude = Amplitude {
            minimum: least,
            maximum: Some(123_456.0),
            mean: least,
            standard_deviation: Some(1.0),
        };
        let inspection = Inspection {
            title: format!("/{}train.npz", "a-long-name/".repeat(12)),
            channels: 12,
            samples: 750,
            sampling_rate_hz: None,
            parts: vec![InspectedPart {
                name: "archive",
                trials: 540,
                labels: None,
                subjects: None,
                missing_samples: 100_000,
                trials_with_missing: 12,
                repeated_trials: 0,
                amplitudes: vec![amplitude; 12],
            }],
            test_trials_in_train: None,
            leaks: None,
            baseline: None,
            findings: vec![Finding::FewValidationTrials { trials: 3 }],
        };
        for width in [60, 80] {
            let text = fitted(inspection.clone(), width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(text.starts_with('…') && text.contains("a-long-name/train.npz:"), "{text}");
            assert!(text.contains("\nwarning: the validation set has only 3 trials"), "{text}");
        }
    }
}
