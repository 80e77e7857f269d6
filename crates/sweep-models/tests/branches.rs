//! A network with every kind of layer that published networks have, with residual connections, parallel branches and attention: against
//! PyTorch, and its gradients by finite differences. `golden/make_branches.py` wrote the numbers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{fs, path::PathBuf};

use support::{KEY, loss_with_change, relative_difference, step, tensors, trials, values};
use sweep_job::{Activation, ModelKind};
use sweep_models::{InputShape, Network, Settings};
use sweep_networks::{
    Bias, Blueprint, Bound, Builder,
    Combination::{Mean, Planes, Sum},
    ConvolutionSizes,
    Function::{Gelu, SafeLog, Square},
    Initial, JobWords, Padding, Pooling,
};

const SHAPE: InputShape = InputShape { channels: 3, samples: 40, classes: 3 };

/// The network of the script.
fn branches() -> Blueprint {
    let time = |before, behind| Padding { height: (0, 0), time: (before, behind) };
    let along = |outputs, taps| ConvolutionSizes::new(outputs, (1, taps));
    let network = Builder::new("branches", SHAPE)
        .name("embed")
        .convolution(ConvolutionSizes { padding: time(2, 4), ..along(6, 7) })
        .name("space")
        .convolution(ConvolutionSizes {
            groups: 6,
            bias: Bias::Without,
            ..ConvolutionSizes::new(6, (SHAPE.channels, 1))
        })
        .name("norm")
        .batch_norm_with(0.01, 1e-3)
        .block("begin")
        .activation()
        .pool_every(Pooling::Average, 6, 3)
        .dropout();
    let begin = network.here();
    let network = network
        .block("left")
        .name("left")
        .convolution(ConvolutionSizes { padding: time(4, 0), dilation: (1, 2), ..along(4, 3) })
        .function(Gelu);
    let left = network.here();
    let network = network
        .at(begin)
        .block("right")
        .name("right")
        .convolution(ConvolutionSizes { initial: Initial::Xavier, ..along(2, 1) })
        .function(Square);
    let right = network.here();
    let network = network.block("joined").combine(Planes, &[left, right]);
    let both = network.here();
    let network = network.combine(Sum, &[begin, both]);
    let joined = network.here();
    let network = network.name("layer_norm").layer_norm(1e-6);
    let normed = network.here();
    let (network, [queries, keys, values]) = {
        let mut network = network;
        let places = ["queries", "keys", "values"].map(|name| {
            let built = std::mem::replace(&mut network, Builder::new("", SHAPE));
            network = built.at(normed).name(name).dense(6, Bound::None);
            network.here()
        });
        (network, places)
    };
    let network = network
        .block("attention")
        .attention(3, 0.5, [queries, keys, values])
        .name("project")
        .dense(6, Bound::None);
    let attended = network.here();
    let network = network.combine(Sum, &[joined, attended]);
    let all = network.here();
    let network = network.block("windows").window(2, 8);
    let early = network.here();
    let network = network.at(all).window(4, 8);
    let late = network.here();
    network
        .combine(Mean, &[early, late])
        .function(Square)
        .pool_every(Pooling::Maximum, 3, 1)
        .function(SafeLog)
        .name("down")
        .convolution(ConvolutionSizes { stride: (1, 2), ..along(5, 2) })
        .mean()
        .name("classify")
        .convolution(ConvolutionSizes { bound: Bound::Dense, ..along(SHAPE.classes, 1) })
        .flatten()
        .finish()
        .unwrap()
}

fn network(dropout: f64) -> Network<f64> {
    let settings = Settings { dropout, ..Settings::lab(ModelKind::EegNet, Activation::Elu { alpha: 1.0 }) };
    Network::of_layers(branches(), &settings, SHAPE, 3).unwrap()
}

fn golden_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn results_are_pytorchs() {
    let mut network = network(0.0);
    assert!(!network.is_fused(), "there are no kernels for it");
    network.load_safetensors(&fs::read(golden_file("branches.safetensors")).unwrap()).unwrap();
    let numbers = tensors(&fs::read(golden_file("branches_numbers.safetensors")).unwrap());
    let check = |what: &str, found: &[f64], name: &str, least_scale: f64| {
        let difference = relative_difference(found, &numbers[name].2, least_scale);
        assert!(difference < 1e-10, "{what}: {difference:e}");
    };
    let x: Vec<f32> = numbers["x"].2.iter().map(|number| *number as f32).collect();
    check("logits", &network.logits(&x).unwrap(), "logits", 0.0);
    let labels: Vec<u32> = numbers["labels"].2.iter().map(|label| *label as u32).collect();
    let loss = step(&mut network, &x, &labels, KEY).loss;
    check("loss", &[loss], "loss", 0.0);
    for (parameter, gradient) in network.parameters().zip(network.gradients()) {
        let name = &parameter.name;
        // Some are 0 up to rounding: what a softmax or a batch normalisation takes out again changes no loss.
        check(name, gradient, &format!("gradient.{name}"), 1e-3);
    }
    for name in ["norm.running_mean", "norm.running_var"] {
        let entry = network.state().iter().find(|entry| entry.name == name).unwrap();
        check(name, entry.numbers(), &format!("running.{name}"), 0.0);
    }
}

#[test]
fn gradients_with_dropout_are_those_of_finite_differences() {
    const STEP: f64 = 1e-6;
    let mut network = network(0.3);
    let (x, labels) = trials(SHAPE, 4);
    step(&mut network, &x, &labels, KEY);
    let gradients: Vec<Vec<f64>> = network.gradients().map(values).collect();
    let names: Vec<String> = network.parameters().map(|entry| entry.name.clone()).collect();
    for (parameter, (name, gradient)) in names.iter().zip(gradients).enumerate() {
        let scale = gradient.iter().fold(1e-3f64, |largest, value| largest.max(value.abs()));
        for element in (0..gradient.len()).step_by(gradient.len().div_ceil(12)) {
            let mut at = |change| loss_with_change(&mut network, (parameter, element), change, (&x, &labels));
            let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let analytic = gradient[element];
            let what = format!("{name} {element}: {analytic}, by differences {numeric}");
            assert!((analytic - numeric).abs() < 1e-5 * scale, "{what}");
        }
    }
}

#[test]
fn its_table_its_cost_and_its_initial_weights() {
    let rows = branches().rows(JobWords::ANY);
    let lines = rows.iter().map(|row| {
        format!(
            "{:14}{:62}{:12}{:>5}\n",
            row.name,
            row.layer,
            format!("{:?}", row.output_shape),
            row.parameters
        )
    });
    insta::assert_snapshot!(lines.collect::<String>());

    let convolutions = 6 * 7 * 3 * 40 + 6 * 3 * 40 + 4 * 6 * 3 * 12 + 2 * 6 * 12 + 5 * 12 * 3 + 3 * 5;
    let (dense, attention) = (4 * 6 * 6 * 12, 2 * 6 * 12 * 12);
    assert_eq!(branches().multiply_adds(SHAPE), convolutions + dense + attention);

    let network = network(0.0);
    let parameter =
        |wanted: &str| network.parameters().find(|entry| entry.name == wanted).unwrap().numbers().to_vec();
    let largest = |name: &str| parameter(name).iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    // Xavier's: 6 inputs and 2 outputs.
    assert!((0.7..(6.0f64 / 8.0).sqrt()).contains(&largest("right.weight")));
    assert_eq!(parameter("right.bias"), [0.0, 0.0]);
    assert!((0.3..(1.0f64 / 6.0).sqrt()).contains(&largest("queries.weight")));
    assert_eq!(parameter("layer_norm.weight"), [1.0; 6]);
}

#[test]
fn sizes_that_do_not_fit_each_other_are_refused() {
    let begin = || Builder::new("Branches", SHAPE).convolution(ConvolutionSizes::new(6, (3, 1)));
    let (network, place) = (begin(), begin().here());
    let attention = network.attention(4, 1.0, [place; 3]).finish();
    let grouped =
        begin().convolution(ConvolutionSizes { groups: 4, ..ConvolutionSizes::new(8, (1, 1)) }).finish();
    let shorter = begin().pool(Pooling::Average, 2).here();
    let combined = begin().combine(Sum, &[place, shorter]).finish();
    let messages = [attention, grouped, combined].map(|refused| refused.unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"));
}
