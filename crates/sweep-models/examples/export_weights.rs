//! Trains every network for a few steps and writes its weights, with trials and logits, for `tests/golden/check_exchange.py`.
//!
//! `cargo run --release -p sweep-models --example export_weights FOLDER`

use std::{collections::HashMap, error::Error, fs, path::Path};

use safetensors::{Dtype, tensor::TensorView};
use sweep_job::{Activation, ModelKind};
use sweep_models::{DropoutKey, InputShape, Network, Optimizer, OptimizerSettings, Settings};
use sweep_random::{Purpose, Stream};

const SHAPE: InputShape = InputShape { channels: 2, samples: 750, classes: 2 };
const TRIALS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: export_weights FOLDER")?;
    fs::create_dir_all(&folder)?;
    let mut draws = Stream::new(5, Purpose::Synthetic, 0, 0).draws();
    let signal: Vec<f32> =
        (0..TRIALS * SHAPE.channels * SHAPE.samples).map(|_| 10.0 * draws.normal() as f32).collect();
    let labels: Vec<u32> = (0..TRIALS).map(|_| draws.below(2)).collect();
    for model in ModelKind::ALL {
        for activation in
            [Activation::Relu, Activation::LeakyRelu { slope: 0.01 }, Activation::Elu { alpha: 1.0 }]
        {
            let name = format!("{model}.{}", activation.name());
            export(Path::new(&folder), &name, &Settings::lab(model, activation), &signal, &labels)?;
        }
    }
    Ok(())
}

fn export(
    folder: &Path,
    name: &str,
    settings: &Settings,
    x: &[f32],
    labels: &[u32],
) -> Result<(), Box<dyn Error>> {
    let mut network: Network = Network::new(settings, SHAPE, 0)?;
    let adam =
        OptimizerSettings { optimizer: sweep_job::Optimizer::LAB, learning_rate: 1e-3, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(adam, &network)?;
    let numbers: Vec<u32> = (0..labels.len() as u32).collect();
    for step in 1..=10 {
        network.step(x, &numbers, labels, DropoutKey { seed: 0, epoch: 1, step })?;
        optimizer.step(&mut network);
    }
    fs::write(folder.join(format!("{name}.safetensors")), network.to_safetensors()?)?;
    let logits = network.logits(x)?;
    let bytes = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let (x, logits) = (bytes(x), bytes(&logits));
    let tensors = HashMap::from([
        ("x", TensorView::new(Dtype::F32, vec![TRIALS, 1, SHAPE.channels, SHAPE.samples], &x)?),
        ("logits", TensorView::new(Dtype::F32, vec![TRIALS, SHAPE.classes], &logits)?),
    ]);
    let path = folder.join(format!("{name}.trials.safetensors"));
    fs::write(path, safetensors::serialize(tensors, None)?)?;
    Ok(())
}
