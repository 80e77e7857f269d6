//! The networks against PyTorch, in float32, from state dicts that PyTorch saved; `golden/make_golden.py` wrote them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{collections::HashMap, fs, path::PathBuf};

use support::{ACTIVATIONS, KEY, Way, relative_difference, step, tensors, values, ways};
use sweep_job::{Activation, ModelKind, Optimizer as Kind};
use sweep_models::{InputShape, InstructionSet, Network, Optimizer, OptimizerSettings, Settings};

fn golden_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// One network with PyTorch's inputs and results.
struct Case {
    name: &'static str,
    model: ModelKind,
    shape: InputShape,
    learning_rate: f64,
    activations: &'static [Activation],
}

const CASES: [Case; 3] = [
    Case {
        name: "eegnet",
        model: ModelKind::EegNet,
        shape: support::LAB,
        learning_rate: 1e-3,
        activations: &ACTIVATIONS,
    },
    Case {
        name: "deepconvnet",
        model: ModelKind::DeepConvNet,
        shape: support::LAB,
        learning_rate: 3e-5,
        activations: &ACTIVATIONS,
    },
    Case {
        name: "eegnet_small",
        model: ModelKind::EegNet,
        shape: InputShape { channels: 3, samples: 77, classes: 4 },
        learning_rate: 1e-3,
        activations: &[Activation::Elu { alpha: 1.0 }],
    },
];

/// One case with one activation, one way to compute.
struct Run<'a> {
    case: &'a Case,
    numbers: &'a HashMap<String, Vec<f64>>,
    activation: Activation,
    way: &'a Way,
    set: InstructionSet,
}

impl Run<'_> {
    /// The network with the weights that PyTorch saved, without dropout.
    fn network(&self) -> Network {
        let settings = Settings { dropout: 0.0, ..Settings::lab(self.case.model, self.activation) };
        let mut network = self.way.network::<f32>(&settings, self.case.shape, 0);
        let bytes = fs::read(golden_file(&format!("{}.safetensors", self.case.name))).unwrap();
        network.load_safetensors(&bytes).unwrap();
        network.with_instruction_set(self.set)
    }

    fn number(&self, name: &str) -> &[f64] {
        &self.numbers[&format!("{}.{}.{name}", self.case.name, self.activation.name())]
    }

    fn what(&self) -> String {
        let Run { case, activation, way, set, .. } = self;
        format!("{} {} {way:?} {set}", case.name, activation.name())
    }

    /// Trials and labels: all, or one half.
    fn trials(&self, first: usize, count: usize) -> (Vec<f32>, Vec<u32>) {
        let all = |name: &str| &self.numbers[&format!("{}.{name}", self.case.name)];
        let trial = self.case.shape.channels * self.case.shape.samples;
        let signal = all("x")[first * trial..][..count * trial].iter().map(|value| *value as f32);
        let labels = all("labels")[first..][..count].iter().map(|label| *label as u32);
        (signal.collect(), labels.collect())
    }

    /// Losses of 20 steps, first and second half of the trials in turn.
    fn curve(&self, settings: OptimizerSettings) -> Vec<f64> {
        let mut network = self.network();
        let mut optimizer = Optimizer::new(settings, &network).unwrap();
        (0..20)
            .map(|number| {
                let (x, labels) = self.trials(number % 2 * 6, 6);
                let loss = step(&mut network, &x, &labels, KEY).loss;
                optimizer.step(&mut network);
                loss
            })
            .collect()
    }

    fn check_curve(&self, name: &str, settings: OptimizerSettings) {
        let (found, expected) = (self.curve(settings), self.number(name));
        for (step, (found, expected)) in found.iter().zip(expected).enumerate() {
            let difference = (found / expected - 1.0).abs();
            assert!(difference < 1e-3, "{} {name}, step {step}: {found} instead of {expected}", self.what());
        }
    }
}

fn for_each_run(check: impl Fn(&Run<'_>)) {
    let numbers = tensors(&fs::read(golden_file("numbers.safetensors")).unwrap());
    let numbers = numbers.into_iter().map(|(name, (_, _, numbers))| (name, numbers)).collect();
    for case in &CASES {
        for activation in case.activations {
            for way in &ways() {
                let sets = match way {
                    Way::Fused => InstructionSet::available(),
                    Way::Composed(_) => vec![InstructionSet::plain()],
                };
                for set in sets {
                    check(&Run { case, numbers: &numbers, activation: *activation, way, set });
                }
            }
        }
    }
}

#[test]
fn evaluation_logits() {
    for_each_run(|run| {
        let (x, _) = run.trials(0, 12);
        let logits = run.network().logits(&x).unwrap();
        let difference = relative_difference(&values(&logits), run.number("logits"), 0.0);
        assert!(difference < 1e-5, "{}: {difference:e}", run.what());
    });
}

#[test]
fn loss_gradients_and_running_statistics() {
    for_each_run(|run| {
        let mut network = run.network();
        let (x, labels) = run.trials(0, 6);
        let loss = step(&mut network, &x, &labels, KEY).loss;
        let difference = relative_difference(&[loss], run.number("loss"), 0.0);
        assert!(difference < 1e-4, "{}, loss: {difference:e}", run.what());
        for (parameter, gradient) in network.parameters().zip(network.gradients()) {
            check_gradient(run, &parameter.name, &values(gradient));
        }
        let state = tensors(&network.to_safetensors().unwrap());
        let running = state.iter().filter(|(name, _)| name.contains("running"));
        let mut count = 0;
        for (name, (_, _, found)) in running {
            let expected = run.number(&format!("running.{name}"));
            let difference = relative_difference(found, expected, 0.0);
            assert!(difference < 1e-4, "{}, {name}: {difference:e}", run.what());
            count += 1;
        }
        let (tracked, expected_count) = match run.case.model {
            ModelKind::EegNet => ("firstconv.1", 6),
            ModelKind::DeepConvNet => ("firstconv.2", 8),
        };
        assert_eq!(count, expected_count);
        // PyTorch saved a count of 7; this was the eighth batch.
        assert_eq!(state[&format!("{tracked}.num_batches_tracked")].2, [8.0]);
    });
}

fn check_gradient(run: &Run<'_>, name: &str, gradient: &[f64]) {
    let golden = run.number(&format!("gradient.{name}"));
    let sampled: Vec<f64> = match gradient.len() {
        ..=5000 => gradient.to_vec(),
        _ => gradient.iter().copied().step_by(7).collect(),
    };
    let least_scale = match measured_by(run.case.model, name) {
        Some(other) => run.number(&format!("norm.{other}"))[0],
        None => {
            let norm = gradient.iter().map(|value| value * value).sum::<f64>().sqrt();
            let difference = relative_difference(&[norm], run.number(&format!("norm.{name}")), 0.0);
            assert!(difference < 1e-4, "{}, norm of the gradient of {name}: {difference:e}", run.what());
            0.0
        }
    };
    let difference = relative_difference(&sampled, golden, least_scale);
    assert!(difference < 1e-4, "{}, gradient of {name}: {difference:e}", run.what());
}

/// The parameter whose gradient measures that of `name`, where the latter is 0 up to rounding, in PyTorch as well: what
/// batch normalisation takes out again changes no loss. That is true of the bias of a convolution in front of it, and in EEGNet of the first
/// normalisation's weight and bias, since each plane goes through its own filters into the second normalisation.
fn measured_by(model: ModelKind, name: &str) -> Option<String> {
    let (layer, kind) = name.rsplit_once('.').unwrap();
    match (model, layer, kind) {
        (ModelKind::EegNet, "firstconv.1", _) => Some("depthwiseConv.0.weight".to_owned()),
        (
            ModelKind::DeepConvNet,
            "firstconv.0" | "firstconv.1" | "secondconv.0" | "thirdconv.0" | "fourthconv.0",
            "bias",
        ) => Some(format!("{layer}.weight")),
        _ => None,
    }
}

#[test]
fn twenty_steps_of_adam() {
    for_each_run(|run| {
        // The composed form on the processor is slow, and its gradients are compared above.
        let is_slow = matches!(run.way, Way::Composed(device) if device.is_cpu());
        if is_slow && run.case.name != "eegnet_small" {
            return;
        }
        let settings = OptimizerSettings {
            optimizer: Kind::LAB,
            learning_rate: run.case.learning_rate,
            weight_decay: 0.0,
        };
        run.check_curve("curve", settings);
    });
}

#[test]
fn twenty_steps_of_every_optimizer() {
    let optimizers = [
        ("adam", Kind::LAB, 1e-3),
        ("adamw", Kind::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-6 }, 1e-3),
        ("sgd", Kind::Sgd { momentum: 0.0, nesterov: false }, 1e-2),
        ("momentum", Kind::Sgd { momentum: 0.9, nesterov: false }, 1e-2),
        ("nesterov", Kind::Sgd { momentum: 0.9, nesterov: true }, 1e-2),
    ];
    for_each_run(|run| {
        if run.case.name == "eegnet_small" {
            for (name, optimizer, learning_rate) in optimizers {
                let settings = OptimizerSettings { optimizer, learning_rate, weight_decay: 0.1 };
                run.check_curve(&format!("curve.{name}"), settings);
            }
        }
    });
}
