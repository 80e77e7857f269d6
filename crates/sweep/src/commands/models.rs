//! `sweep models`: the networks and their layers.

use sweep_job::{ModelKind, QueryTable, Setting, SettingValue, SettingValues, Value};
use sweep_models::InputShape;
use sweep_text::thousands;

use super::{model_named, unknown};
use crate::{
    cli::{ModelsArguments, TableFormat},
    error::{CliError, Ending},
    output::{print_with, report_options},
};

pub(super) fn run(arguments: &ModelsArguments) -> Result<Ending, CliError> {
    let shape =
        InputShape { channels: arguments.channels, samples: arguments.samples, classes: arguments.classes };
    let models = match &arguments.model {
        Some(name) => vec![model_named(name)?],
        None => ModelKind::ALL.to_vec(),
    };
    let settings = arguments.set.iter().map(|text| setting(&models, text)).collect::<Result<Vec<_>, _>>()?;
    for model in models {
        let mut values = SettingValues::default();
        for (setting, value) in &settings {
            if setting.is_of(model) {
                values.set(setting.name(), Some(*value));
            }
        }
        print_layers(model, &values, shape)?;
    }
    Ok(Ending::Done)
}

/// A setting that one of `models` has for itself, and its value, from `name=value`.
fn setting(models: &[ModelKind], text: &str) -> Result<(Setting, SettingValue), CliError> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(CliError::Argument {
            message: format!("`--set {text}` has no value"),
            hint: Some("write it as `--set kernel_length=25`".to_owned()),
        });
    };
    let has = |setting: &Setting| models.iter().any(|model| setting.is_of(*model));
    let Some(setting) = Setting::named(name.trim()).filter(has) else {
        let mut names: Vec<&str> = Setting::all().filter(has).map(Setting::name).collect();
        names.sort_unstable();
        return Err(unknown("network setting", name, &names));
    };
    match setting.read(value.trim()) {
        Some(value) => Ok((setting, value)),
        None => Err(CliError::Argument {
            message: format!(
                "`{name}` cannot be {}: it must be a {}",
                value.trim(),
                setting.values_in_words()
            ),
            hint: None,
        }),
    }
}

/// Prints a model with its layers, as users of torchinfo expect them.
fn print_layers(model: ModelKind, values: &SettingValues, shape: InputShape) -> Result<(), CliError> {
    let layers = sweep_models::layer_table(model, values, shape)?;
    let total: usize = layers.iter().map(|layer| layer.parameters).sum();
    let InputShape { channels, samples, classes } = shape;
    let rows = layers
        .into_iter()
        .map(|layer| {
            let shape: Vec<String> = layer.output_shape.iter().map(ToString::to_string).collect();
            vec![
                Value::Text(layer.name),
                Value::Text(layer.layer),
                Value::Text(format!("[batch, {}]", shape.join(", "))),
                Value::Integer(layer.parameters as i64),
            ]
        })
        .collect();
    let columns = ["name", "layer", "output shape", "parameters"].map(str::to_owned).to_vec();
    print_with(|output| {
        writeln!(
            output,
            "{} (`{model}`) for {channels} channels x {samples} samples, {classes} classes: {} parameters",
            model.title(),
            thousands(total as u64)
        )?;
        let options = report_options(TableFormat::Table, None);
        sweep_report::query_report(&QueryTable { columns, rows }, &options, output)?;
        writeln!(output)
    })
}
