//! Which network the weights are of: what their file says, and what the command line says. They must not contradict each other.

use sweep_job::{Activation, ModelKind, NetworkNote, Preparation, SettingValues};
use sweep_models::InputShape;

use crate::{
    cli::PredictArguments,
    commands::{model_named, network_settings::network_settings, unknown},
    error::CliError,
};

/// Refuses names that mean nothing before any file is read.
pub(super) fn check_names(arguments: &PredictArguments) -> Result<(), CliError> {
    arguments.model.as_deref().map(model_named).transpose()?;
    activation(arguments)?;
    Ok(())
}

/// What the file of weights says, if it says anything.
pub(super) fn note(
    arguments: &PredictArguments,
    text: Option<String>,
) -> Result<Option<NetworkNote>, CliError> {
    let unusable = |error| CliError::Argument {
        message: format!("{}: {error}", arguments.weights.display()),
        hint: Some("a newer `sweep` may have written it; or save the tensors without metadata".to_owned()),
    };
    text.map(|text| NetworkNote::parse(&text)).transpose().map_err(unusable)
}

/// The network and its activation.
pub(super) fn kind(
    arguments: &PredictArguments,
    note: Option<&NetworkNote>,
) -> Result<(ModelKind, Activation), CliError> {
    let model = arguments.model.as_deref().map(model_named).transpose()?;
    let activation = activation(arguments)?;
    let Some(note) = note else {
        let (Some(model), Some(activation)) = (model, activation) else {
            return Err(CliError::Argument {
                message: format!("{} does not say which network it holds", arguments.weights.display()),
                hint: Some("name it with `--model` and `--activation`".to_owned()),
            });
        };
        return Ok((model, activation));
    };
    let contradicts = |option: &str, stored: String| contradiction(arguments, option, &stored);
    if let Some(model) = model.filter(|model| *model != note.model) {
        return Err(contradicts(&format!("--model {model}"), format!("model {}", note.model)));
    }
    let stored = in_words(note.activation);
    if let Some(name) = arguments.activation.as_deref().filter(|name| *name != note.activation.name()) {
        return Err(contradicts(&format!("--activation {name}"), stored));
    }
    let (slope, alpha) = match note.activation {
        Activation::Relu => (None, None),
        Activation::LeakyRelu { slope } => (Some(slope), None),
        Activation::Elu { alpha } => (None, Some(alpha)),
    };
    for (option, said, own) in [("slope", arguments.slope, slope), ("alpha", arguments.alpha, alpha)] {
        if let Some(said) = said.filter(|said| Some(*said) != own) {
            return Err(contradicts(&format!("--{option} {said}"), stored));
        }
    }
    Ok((note.model, note.activation))
}

/// The settings of the network that differ from their defaults.
pub(super) fn settings(
    arguments: &PredictArguments,
    model: ModelKind,
    note: Option<&NetworkNote>,
) -> Result<SettingValues, CliError> {
    let mut values = note.map(|note| note.settings.clone()).unwrap_or_default();
    for (setting, value) in network_settings(&[model], &arguments.set)? {
        let (name, default) = (setting.name(), setting.default_for(Some(model), ""));
        let stored = values.get(name).or(default);
        match (note, stored) {
            (Some(_), Some(stored)) if stored != value => {
                let option = format!("--set {name}={value}");
                return Err(contradiction(arguments, &option, &format!("{name} {stored}")));
            }
            _ => values.set(name, Some(value).filter(|value| Some(*value) != default)),
        }
    }
    Ok(values)
}

fn contradiction(arguments: &PredictArguments, option: &str, stored: &str) -> CliError {
    CliError::Argument {
        message: format!("`{option}` contradicts {}, which says {stored}", arguments.weights.display()),
        hint: Some("leave the option out: the file's own settings are used".to_owned()),
    }
}

/// How the trials are to be prepared; `None` if that is unknown, or if they are prepared already.
pub(super) fn preparation<'n>(
    arguments: &PredictArguments,
    note: Option<&'n NetworkNote>,
    shape: InputShape,
) -> Result<Option<&'n Preparation>, CliError> {
    let Some(note) = note else { return Ok(None) };
    let classes = note.classes.as_ref().map_or(shape.classes, Vec::len);
    if (note.channels, classes) != (shape.channels, shape.classes) {
        return Err(CliError::Argument {
            message: format!(
                "the metadata of {} say {} channels and {classes} classes, its tensors {} and {}",
                arguments.weights.display(),
                note.channels,
                shape.channels,
                shape.classes
            ),
            hint: None,
        });
    }
    Ok(note.preparation.as_ref().filter(|_| !arguments.prepared))
}

/// The activation of the command line, if it names one.
fn activation(arguments: &PredictArguments) -> Result<Option<Activation>, CliError> {
    let (slope, alpha) = (arguments.slope, arguments.alpha);
    let Some(name) = arguments.activation.as_deref() else { return Ok(None) };
    match (name, slope, alpha) {
        ("relu", None, None) => Ok(Some(Activation::Relu)),
        ("leaky_relu", _, None) => {
            Ok(Some(Activation::LeakyRelu { slope: slope.unwrap_or(Activation::DEFAULT_SLOPE) }))
        }
        ("elu", None, _) => Ok(Some(Activation::Elu { alpha: alpha.unwrap_or(Activation::DEFAULT_ALPHA) })),
        ("relu" | "leaky_relu" | "elu", ..) => Err(CliError::Argument {
            message: format!("{name} has no such setting: `--slope` applies to leaky_relu, `--alpha` to elu"),
            hint: None,
        }),
        (name, ..) => Err(unknown("activation", name, &Activation::NAMES)),
    }
}

/// `activation elu with alpha 1`.
fn in_words(activation: Activation) -> String {
    let name = activation.name();
    match activation {
        Activation::Relu => format!("activation {name}"),
        Activation::LeakyRelu { slope } => format!("activation {name} with slope {slope}"),
        Activation::Elu { alpha } => format!("activation {name} with alpha {alpha}"),
    }
}
