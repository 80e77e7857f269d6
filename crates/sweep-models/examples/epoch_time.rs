//! Seconds of an epoch: 1080 trials of 2 x 750 samples trained (forward, backward, Adam) and 1080 evaluated.
//!
//! `RAYON_NUM_THREADS=1 cargo run --release -p sweep-models --example epoch_time [EPOCHS [MODEL]]`

use std::time::Instant;

use sweep_job::{Activation, ModelKind};
use sweep_models::{DropoutKey, InputShape, ModelError, Network, Optimizer, OptimizerSettings, Settings};
use sweep_random::{Purpose, Stream};

const TRIALS: usize = 1080;
const SHAPE: InputShape = InputShape { channels: 2, samples: 750, classes: 2 };

fn main() -> Result<(), ModelError> {
    let epochs = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    let mut draws = Stream::new(0, Purpose::Synthetic, 0, 0).draws();
    let signal: Vec<f32> =
        (0..TRIALS * SHAPE.channels * SHAPE.samples).map(|_| 10.0 * draws.normal() as f32).collect();
    let labels: Vec<u32> = (0..TRIALS).map(|_| draws.below(2)).collect();
    for (model, batch) in [
        (ModelKind::EegNet, 108),
        (ModelKind::EegNet, 32),
        (ModelKind::DeepConvNet, TRIALS),
        (ModelKind::DeepConvNet, 108),
        (ModelKind::DeepConvNet, 16),
    ] {
        if std::env::args().nth(2).is_some_and(|name| name != model.name()) {
            continue;
        }
        for activation in [Activation::Elu { alpha: 1.0 }, Activation::Relu] {
            measure(model, activation, batch, epochs, &signal, &labels)?;
        }
    }
    Ok(())
}

fn measure(
    model: ModelKind,
    activation: Activation,
    batch: usize,
    epochs: u32,
    signal: &[f32],
    labels: &[u32],
) -> Result<(), ModelError> {
    let mut network: Network = Network::new(&Settings::lab(model, activation), SHAPE, 0)?;
    let settings =
        OptimizerSettings { optimizer: sweep_job::Optimizer::LAB, learning_rate: 1e-3, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(settings, &network)?;
    let (mut train, mut evaluation) = (Vec::new(), Vec::new());
    for epoch in 1..=epochs {
        let begin = Instant::now();
        for (step, first) in (1..).zip((0..TRIALS).step_by(batch)) {
            let numbers: Vec<u32> = (first as u32..TRIALS.min(first + batch) as u32).collect();
            let labels = &labels[first..first + numbers.len()];
            network.step(signal, &numbers, labels, DropoutKey { seed: 0, epoch, step })?;
            optimizer.step(&mut network);
        }
        let trained = Instant::now();
        network.logits(signal)?;
        train.push((trained - begin).as_secs_f64());
        evaluation.push(trained.elapsed().as_secs_f64());
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    println!(
        "{:11} {:5} batch {batch:4}: train {:.3} s, evaluation {:.3} s",
        model.title(),
        activation.title(),
        median(&mut train),
        median(&mut evaluation)
    );
    Ok(())
}
