//! The networks against PyTorch, in float32, from state dicts that PyTorch saved; `golden/make_golden.py` wrote them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{collections::HashMap, fs, path::PathBuf};

use support::{ACTIVATIONS, KEY, Way, relative_difference, step, tensors, values, ways};
use sweep_job::{Activation, ModelKind, Optimizer as Kind};
use sweep_models::{InputShape, InstructionSet, Network, Optimizer, OptimizerSettings, Settings};
use sweep_networks::{
    SettingValue::{self, Number, Whole},
    WholeList,
};

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
    /// The network's own settings that do not have their defaults.
    settings: &'static [(&'static str, SettingValue)],
    /// Whether there are kernels for all its layers.
    has_kernels: bool,
}

const LAB_CASE: Case = Case {
    name: "",
    model: ModelKind::EegNet,
    shape: support::LAB,
    learning_rate: 1e-3,
    activations: &[Activation::Elu { alpha: 1.0 }],
    settings: &[],
    has_kernels: true,
};

/// Those of `numbers.safetensors`.
const CASES: [Case; 3] = [
    Case { name: "eegnet", activations: &ACTIVATIONS, ..LAB_CASE },
    Case {
        name: "deepconvnet",
        model: ModelKind::DeepConvNet,
        learning_rate: 3e-5,
        activations: &ACTIVATIONS,
        ..LAB_CASE
    },
    Case { name: "eegnet_small", shape: InputShape { channels: 3, samples: 77, classes: 4 }, ..LAB_CASE },
];

/// Those of `settings.safetensors`.
const OTHER_SETTINGS: [Case; 7] = [
    Case {
        name: "eegnet_25_8",
        shape: InputShape { channels: 3, samples: 125, classes: 4 },
        settings: &[("kernel_length", Whole(25)), ("temporal_filters", Whole(8))],
        ..LAB_CASE
    },
    Case {
        name: "eegnet_101_16",
        shape: InputShape { channels: 2, samples: 250, classes: 2 },
        settings: &[("kernel_length", Whole(101)), ("temporal_filters", Whole(16))],
        ..LAB_CASE
    },
    Case {
        name: "eegnet_even",
        shape: InputShape { channels: 3, samples: 98, classes: 3 },
        activations: &[Activation::LeakyRelu { slope: 0.01 }],
        settings: &[
            ("temporal_filters", Whole(5)),
            ("spatial_filters", Whole(3)),
            ("kernel_length", Whole(64)),
            ("separable_kernel_length", Whole(16)),
            ("pool_1", Whole(3)),
            ("pool_2", Whole(5)),
        ],
        ..LAB_CASE
    },
    Case {
        name: "eegnet_wide",
        shape: InputShape { channels: 2, samples: 64, classes: 2 },
        settings: &[("temporal_filters", Whole(3)), ("spatial_filters", Whole(6))],
        // The kernels make at most four planes of a filter.
        has_kernels: false,
        ..LAB_CASE
    },
    Case {
        name: "deepconvnet_10_3",
        model: ModelKind::DeepConvNet,
        shape: InputShape { channels: 2, samples: 450, classes: 3 },
        learning_rate: 3e-5,
        settings: &[
            ("filters", SettingValue::Wholes(WholeList::new(&[10, 20, 30, 17]).unwrap())),
            ("kernel_length", Whole(10)),
            ("pool", Whole(3)),
        ],
        ..LAB_CASE
    },
    Case {
        name: "eegnet_smoothed",
        shape: InputShape { channels: 2, samples: 64, classes: 3 },
        settings: &[("label_smoothing", Number(0.1))],
        ..LAB_CASE
    },
    Case {
        name: "eegnet_clipped",
        shape: InputShape { channels: 2, samples: 64, classes: 3 },
        settings: &[("gradient_clip_norm", Number(0.5))],
        ..LAB_CASE
    },
];

/// Those of `shallow_numbers.safetensors`, from braindecode. The activation is not used.
const SHALLOW: [Case; 2] = [
    Case {
        name: "shallow",
        model: ModelKind::Shallow,
        shape: InputShape { channels: 3, samples: 200, classes: 4 },
        has_kernels: false,
        ..LAB_CASE
    },
    Case {
        name: "shallow_8_12",
        model: ModelKind::Shallow,
        shape: InputShape { channels: 2, samples: 97, classes: 3 },
        settings: &[
            ("temporal_filters", Whole(8)),
            ("spatial_filters", Whole(12)),
            ("kernel_length", Whole(10)),
            ("pool", Whole(20)),
            ("pool_stride", Whole(7)),
        ],
        has_kernels: false,
        ..LAB_CASE
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
        let mut settings = Settings { dropout: 0.0, ..Settings::lab(self.case.model, self.activation) };
        self.case.settings.iter().for_each(|(name, value)| settings.more.set(name, Some(*value)));
        let mut network = self.way.network::<f32>(&settings, self.case.shape, 0);
        let is_fused = self.case.has_kernels && matches!(self.way, Way::Fused);
        assert_eq!(network.is_fused(), is_fused, "{}", self.what());
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
    for (file, cases) in
        [("numbers", &CASES[..]), ("settings", &OTHER_SETTINGS), ("shallow_numbers", &SHALLOW)]
    {
        let numbers = tensors(&fs::read(golden_file(&format!("{file}.safetensors"))).unwrap());
        let numbers = numbers.into_iter().map(|(name, (_, _, numbers))| (name, numbers)).collect();
        for_each_run_of(cases, &numbers, &check);
    }
}

fn for_each_run_of(cases: &[Case], numbers: &HashMap<String, Vec<f64>>, check: impl Fn(&Run<'_>)) {
    for case in cases {
        for activation in case.activations {
            for way in &ways() {
                let sets = match way {
                    Way::Fused => InstructionSet::available(),
                    Way::Composed => vec![InstructionSet::plain()],
                };
                for set in sets {
                    check(&Run { case, numbers, activation: *activation, way, set });
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
        let trackers = state.iter().filter(|(name, _)| name.ends_with("num_batches_tracked"));
        let batches: Vec<f64> = trackers.flat_map(|(_, (_, _, count))| count.clone()).collect();
        assert_eq!(count, 2 * batches.len());
        // PyTorch saved a count of 7; this was the eighth batch.
        assert!(!batches.is_empty() && batches.iter().all(|count| *count == 8.0), "{batches:?}");
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
        )
        | (ModelKind::Shallow, "conv_time_spat.conv_time", "bias") => Some(format!("{layer}.weight")),
        _ => None,
    }
}

#[test]
fn twenty_steps_of_adam() {
    for_each_run(|run| {
        // The composed form is slow, and its gradients are compared above.
        let is_slow = matches!(run.way, Way::Composed);
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
