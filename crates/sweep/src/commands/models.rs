//! `sweep models`: the networks and their layers.

use sweep_job::{ModelKind, QueryTable, Value};
use sweep_models::InputShape;
use sweep_text::thousands;

use super::model_named;
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
    for model in models {
        print_layers(model, shape)?;
    }
    Ok(Ending::Done)
}

/// Prints a model with its layers, as users of torchinfo expect them.
fn print_layers(model: ModelKind, shape: InputShape) -> Result<(), CliError> {
    let layers = sweep_models::layer_table(model, shape)?;
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
