//! `sweep models`: the networks and their layers.

use sweep_job::{ModelKind, QueryTable, SettingKind, SettingValue, SettingValues, Value, WholeList};
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
        for (name, value) in &settings {
            if let Some(setting) = model.descriptor().setting(name) {
                values.set(setting.name, Some(*value));
            }
        }
        print_layers(model, &values, shape)?;
    }
    Ok(Ending::Done)
}

/// The name and value of `name=value`, a setting that one of `models` has for itself.
fn setting(models: &[ModelKind], text: &str) -> Result<(&'static str, SettingValue), CliError> {
    let own = |model: &ModelKind| model.descriptor().settings;
    let Some((name, value)) = text.split_once('=') else {
        return Err(CliError::Argument {
            message: format!("`--set {text}` has no value"),
            hint: Some("write it as `--set kernel_length=25`".to_owned()),
        });
    };
    let Some(setting) = models.iter().flat_map(own).find(|setting| setting.name == name.trim()) else {
        let mut names: Vec<&str> = models.iter().flat_map(own).map(|setting| setting.name).collect();
        names.sort_unstable();
        names.dedup();
        return Err(unknown("network setting", name, &names));
    };
    let value = value.trim();
    let read = match setting.kind {
        SettingKind::Wholes { .. } => {
            let numbers = value.trim_start_matches('[').trim_end_matches(']').split(',');
            let numbers: Option<Vec<u16>> = numbers.map(|number| number.trim().parse().ok()).collect();
            numbers.and_then(|numbers| WholeList::new(&numbers)).map(SettingValue::Wholes)
        }
        _ => value.parse().ok().map(SettingValue::Whole),
    };
    let allowed = match setting.kind {
        SettingKind::Whole { least, most } => format!("a whole number from {least} to {most}"),
        SettingKind::Wholes { count, most } => {
            format!("{count} whole numbers from 1 to {most}")
        }
        _ => "another value".to_owned(),
    };
    match read.filter(|value| setting.kind.allows(*value)) {
        Some(value) => Ok((setting.name, value)),
        None => Err(CliError::Argument {
            message: format!("`{name}` cannot be {value}: it must be {allowed}"),
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
