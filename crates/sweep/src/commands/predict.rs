//! `sweep predict`: logits from saved weights.

use std::path::PathBuf;

use sweep_data::{Archive, ArrayValues, NamedArray, read_archive, write_npz};
use sweep_job::{Activation, ModelKind};
use sweep_models::Settings;
use sweep_worker::{
    ResidentSet, WorkerError, evaluate, network_with_weights, open_device, predicted_class, read_weights,
};

use super::model_named;
use crate::{
    cli::PredictArguments,
    error::{CliError, Ending},
    output::print,
    settings::resolve_device,
};

pub(super) fn run(arguments: &PredictArguments) -> Result<Ending, CliError> {
    let model = model_named(&arguments.model)?;
    let activation = activation(arguments)?;
    let device = open_device(resolve_device(&arguments.device)?)?;
    let bytes = read_weights(&arguments.weights)
        .map_err(|source| CliError::Read { path: arguments.weights.clone(), source })?;
    let out = output_file(arguments)?;
    let archive = read_archive(&arguments.data, arguments.layout.into())?;

    let unfit = |source| WorkerError::Weights { path: arguments.weights.clone(), source };
    let stored = sweep_models::infer_shape(&bytes, model);
    let shape =
        stored.and_then(|stored| stored.input(model, archive.channels, archive.samples)).map_err(unfit)?;
    let settings = Settings::lab(model, activation);
    let mut network = network_with_weights(&settings, shape, &bytes, &device)?;
    let labels = vec![0; archive.trials()];
    let set = ResidentSet::new(archive.signal.clone(), labels, shape, &device)?;
    let logits = evaluate(&mut network, &set)?.predictions.logits;

    let dimensions = [archive.trials(), shape.classes];
    write_npz(&out, &[NamedArray { name: "logits", shape: &dimensions, values: ArrayValues::F32(&logits) }])?;
    print(&summary(arguments, model, &archive, &logits, shape.classes))?;
    Ok(Ending::Done)
}

/// Where the logits go: never onto what they are computed from, onto a device, or in the place of a link.
fn output_file(arguments: &PredictArguments) -> Result<PathBuf, CliError> {
    let refuse = |why: &str| CliError::Argument {
        message: format!("{} cannot be the output: {why}", arguments.out.display()),
        hint: Some("name another file with `--out`".to_owned()),
    };
    let Ok(out) = arguments.out.canonicalize() else { return Ok(arguments.out.clone()) };
    if !out.is_file() {
        return Err(refuse("it is no regular file"));
    }
    for (input, what) in [(&arguments.data, "the data"), (&arguments.weights, "the weights")] {
        if input.canonicalize().is_ok_and(|input| input == out) {
            return Err(refuse(&format!("it holds {what}")));
        }
    }
    Ok(out)
}

fn activation(arguments: &PredictArguments) -> Result<Activation, CliError> {
    let (slope, alpha) = (arguments.slope, arguments.alpha);
    match (arguments.activation.as_str(), slope, alpha) {
        ("relu", None, None) => Ok(Activation::Relu),
        ("leaky_relu", _, None) => {
            Ok(Activation::LeakyRelu { slope: slope.unwrap_or(Activation::DEFAULT_SLOPE) })
        }
        ("elu", None, _) => Ok(Activation::Elu { alpha: alpha.unwrap_or(Activation::DEFAULT_ALPHA) }),
        ("relu" | "leaky_relu" | "elu", ..) => Err(CliError::Argument {
            message: format!(
                "{} has no such setting: --slope is of leaky_relu, --alpha of elu",
                arguments.activation
            ),
            hint: None,
        }),
        (name, ..) => Err(super::unknown("activation", name, &Activation::NAMES)),
    }
}

fn summary(
    arguments: &PredictArguments,
    model: ModelKind,
    archive: &Archive,
    logits: &[f32],
    classes: usize,
) -> String {
    let mut text = format!(
        "{} logits of {} trials x {classes} classes, written to {}\n",
        model.title(),
        archive.trials(),
        arguments.out.display()
    );
    if archive.missing_samples > 0 {
        text.push_str(&format!(
            "{} missing samples were replaced by the mean of this file, {:.6}\n",
            archive.missing_samples, archive.filled_with
        ));
    }
    if let Some(labels) = &archive.labels {
        text.push_str(&match class_indices(labels, classes) {
            Some(truth) => {
                let predicted = logits.chunks_exact(classes).map(predicted_class);
                let correct = predicted.zip(&truth).filter(|(predicted, truth)| predicted == *truth).count();
                let percent = 100.0 * correct as f64 / truth.len() as f64;
                format!("accuracy {percent:.2} % ({correct} of {} trials)\n", truth.len())
            }
            None => format!(
                "no accuracy: the labels of {} do not tell which of them is which of the {classes} classes\n",
                arguments.data.display()
            ),
        });
    }
    text
}

/// Class of each trial: the sorted distinct labels are the classes, if there are as many; where some are missing, labels
/// from 0 or from 1 are recognised by the first or the last of them.
fn class_indices(labels: &[i64], classes: usize) -> Option<Vec<usize>> {
    let mut distinct = labels.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let (first, last) = (*distinct.first()?, *distinct.last()?);
    let count = classes as i64;
    if distinct.len() == classes {
        return labels.iter().map(|label| distinct.binary_search(label).ok()).collect();
    }
    let offset = match (first, last) {
        (0, last) if last < count => 0,
        (first, last) if first >= 1 && last == count => 1,
        _ => return None,
    };
    Some(labels.iter().map(|label| (label - offset) as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::class_indices;

    #[test]
    fn labels_become_classes() {
        assert_eq!(class_indices(&[2, 1, 2], 2), Some(vec![1, 0, 1]));
        assert_eq!(class_indices(&[0, 1, 1], 2), Some(vec![0, 1, 1]));
        assert_eq!(class_indices(&[7, -3, 7], 2), Some(vec![1, 0, 1]));
        assert_eq!(class_indices(&[0, 2, 2], 4), Some(vec![0, 2, 2]));
        assert_eq!(class_indices(&[4, 2, 2], 4), Some(vec![3, 1, 1]));
        assert_eq!(class_indices(&[1, 1], 2), None, "1 of {{0, 1}} or of {{1, 2}}?");
        assert_eq!(class_indices(&[0, 5], 4), None);
        assert_eq!(class_indices(&[], 2), None);
    }
}
