//! `sweep models`: the networks and their layers.

use sweep_job::{ModelKind, QueryTable, SettingValues, Value};
use sweep_models::InputShape;
use sweep_text::thousands;

use super::{model_named, network_settings::network_settings};
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
    let settings = network_settings(&models, &arguments.set)?;
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
