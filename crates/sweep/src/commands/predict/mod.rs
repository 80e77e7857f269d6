//! `sweep predict`: logits from saved weights.

mod network;
mod words;

use std::path::PathBuf;

use sweep_data::{ArrayValues, NamedArray, read_archive, write_npz};
use sweep_models::{Device, ModelError, Settings};
use sweep_worker::{WorkerError, engine_with_weights, read_weights};

use self::words::{Answer, summary};
use crate::{
    cli::{LayoutArgument, PredictArguments},
    error::{CliError, Ending},
    output::print,
    settings::one_device,
};

pub(super) fn run(arguments: &PredictArguments) -> Result<Ending, CliError> {
    network::check_names(arguments)?;
    let device = Device::open(one_device(arguments.device)?).map_err(WorkerError::from)?;
    let bytes = read_weights(&arguments.weights)
        .map_err(|source| CliError::Read { path: arguments.weights.clone(), source })?;
    let out = output_file(arguments)?;
    let mut archive = read_archive(&arguments.data, arguments.layout.into())?;
    let unfit = |source: ModelError| WorkerError::Weights { path: arguments.weights.clone(), source };
    let note = network::note(arguments, sweep_models::metadata(&bytes).map_err(unfit)?)?;
    let (model, activation) = network::kind(arguments, note.as_ref())?;
    let mut settings = Settings::lab(model, activation);
    settings.more = network::settings(arguments, model, note.as_ref())?;

    let stored = sweep_models::infer_shape(&bytes, model, &settings.more).map_err(unfit)?;
    let shape =
        stored.input(model, archive.channels, archive.samples).map_err(|error| CliError::Argument {
            message: unfit(error).to_string(),
            hint: stored
                .input(model, archive.samples, archive.channels)
                .ok()
                .map(|_| other_layout(arguments)),
        })?;
    let preparation = network::preparation(arguments, note.as_ref(), shape)?;
    if let Some(preparation) = preparation {
        archive.scale(&preparation.scaling);
    }
    let mut engine = engine_with_weights(&settings, shape, &bytes, &device)?;
    let logits = engine.logits(0, &std::mem::take(&mut archive.signal)).map_err(WorkerError::from)?;

    let trials = logits.len() / shape.classes;
    let dimensions = [trials, shape.classes];
    write_npz(&out, &[NamedArray { name: "logits", shape: &dimensions, values: ArrayValues::F32(&logits) }])?;
    let answer =
        Answer { model, note: note.as_ref(), archive: &archive, logits: &logits, classes: shape.classes };
    print(&summary(arguments, &answer))?;
    Ok(if answer.is_useless() { Ending::JobsFailed } else { Ending::Done })
}

/// What to do if the trials fit once their axes are read in the other order.
fn other_layout(arguments: &PredictArguments) -> String {
    let other = match arguments.layout {
        LayoutArgument::TrialTimeChannel => "trial,channel,time",
        LayoutArgument::TrialChannelTime => "trial,time,channel",
    };
    format!("with `--layout {other}` they would fit")
}

/// Where the logits go: never onto what they are computed from, onto a device, or in the place of a link.
fn output_file(arguments: &PredictArguments) -> Result<PathBuf, CliError> {
    let refuse = |why: &str| CliError::Argument {
        message: format!("{} cannot be the output: {why}", arguments.out.display()),
        hint: Some("name another file with `--out`".to_owned()),
    };
    let Ok(out) = arguments.out.canonicalize() else { return Ok(arguments.out.clone()) };
    if !out.is_file() {
        return Err(refuse("it is not a regular file"));
    }
    for (input, what) in [(&arguments.data, "the data"), (&arguments.weights, "the weights")] {
        if input.canonicalize().is_ok_and(|input| input == out) {
            return Err(refuse(&format!("it holds {what}")));
        }
    }
    Ok(out)
}
