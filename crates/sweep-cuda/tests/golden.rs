//! The kernels, emulated, against PyTorch: state dicts and numbers of `crates/sweep-models/tests/golden`, with the tolerances of its tests.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod emulated;

use std::{collections::HashMap, fs, path::PathBuf};

use emulated::{Machine, Real};
use safetensors::{Dtype, SafeTensors};
use sweep_cuda::{
    launch::Launch,
    plan::{MemberSettings, Plan, Rule, StateTensor, TensorKind, Work},
};
use sweep_kernels::{Activation, AdamRule, DecayKind, SgdRule};
use sweep_networks::{
    InputShape, ModelKind,
    SettingValue::{self, Whole},
    SettingValues, WholeList,
};

const ALL: [(&str, Activation); 3] = [
    ("relu", Activation::Relu),
    ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
    ("elu", Activation::Elu { alpha: 1.0 }),
];
const TRIALS: usize = 12;

/// One network with PyTorch's inputs and results.
struct Case {
    file: &'static str,
    name: &'static str,
    model: ModelKind,
    shape: InputShape,
    learning_rate: f64,
    activations: &'static [(&'static str, Activation)],
    settings: &'static [(&'static str, SettingValue)],
    label_smoothing: f64,
    clip_norm: Option<f64>,
}

const fn shape(channels: usize, samples: usize, classes: usize) -> InputShape {
    InputShape { channels, samples, classes }
}

const LAB: Case = Case {
    file: "settings",
    name: "",
    model: ModelKind::EegNet,
    shape: shape(2, 750, 2),
    learning_rate: 1e-3,
    activations: &[ALL[2]],
    settings: &[],
    label_smoothing: 0.0,
    clip_norm: None,
};

const EEGNET: Case = Case { file: "numbers", name: "eegnet", activations: &ALL, ..LAB };
const DEEPCONVNET: Case =
    Case { name: "deepconvnet", model: ModelKind::DeepConvNet, learning_rate: 3e-5, ..EEGNET };
const SMALL: Case = Case { file: "numbers", name: "eegnet_small", shape: shape(3, 77, 4), ..LAB };
const OTHERS: [Case; 7] = [
    Case {
        name: "eegnet_25_8",
        shape: shape(3, 125, 4),
        settings: &[("kernel_length", Whole(25)), ("temporal_filters", Whole(8))],
        ..LAB
    },
    Case {
        name: "eegnet_101_16",
        shape: shape(2, 250, 2),
        settings: &[("kernel_length", Whole(101)), ("temporal_filters", Whole(16))],
        ..LAB
    },
    Case {
        name: "eegnet_even",
        shape: shape(3, 98, 3),
        activations: &[ALL[1]],
        settings: &[
            ("temporal_filters", Whole(5)),
            ("spatial_filters", Whole(3)),
            ("kernel_length", Whole(64)),
            ("separable_kernel_length", Whole(16)),
            ("pool_1", Whole(3)),
            ("pool_2", Whole(5)),
        ],
        ..LAB
    },
    Case {
        name: "eegnet_wide",
        shape: shape(2, 64, 2),
        settings: &[("temporal_filters", Whole(3)), ("spatial_filters", Whole(6))],
        ..LAB
    },
    Case {
        name: "deepconvnet_10_3",
        model: ModelKind::DeepConvNet,
        shape: shape(2, 450, 3),
        learning_rate: 3e-5,
        settings: &[
            ("filters", SettingValue::Wholes(WholeList::new(&[10, 20, 30, 17]).unwrap())),
            ("kernel_length", Whole(10)),
            ("pool", Whole(3)),
        ],
        ..LAB
    },
    Case { name: "eegnet_smoothed", shape: shape(2, 64, 3), label_smoothing: 0.1, ..LAB },
    Case { name: "eegnet_clipped", shape: shape(2, 64, 3), clip_norm: Some(0.5), ..LAB },
];

fn golden(name: &str) -> HashMap<String, Vec<f64>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sweep-models/tests/golden");
    let bytes = fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let bytes = view.data();
        let numbers = match view.dtype() {
            Dtype::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes).into()).collect(),
            Dtype::I64 => bytes.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f64).collect(),
            other => panic!("{name} has type {other:?}"),
        };
        (name, numbers)
    };
    file.tensors().into_iter().map(numbers).collect()
}

/// A case with a machine, one member for each activation, or for each rule.
struct Run<'a> {
    case: &'a Case,
    numbers: HashMap<String, Vec<f64>>,
    machine: Machine,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, rules: &[Rule]) -> Self {
        let numbers = golden(case.file);
        let mut values = SettingValues::default();
        case.settings.iter().for_each(|(name, value)| values.set(name, Some(*value)));
        let blueprint = case.model.descriptor().blueprint(&values, case.shape).unwrap();
        let members: Vec<MemberSettings> = (case.activations.iter())
            .flat_map(|(_, activation)| rules.iter().map(move |rule| (*activation, *rule)))
            .map(|(activation, rule)| MemberSettings {
                seed: 1,
                activation,
                dropout: 0.0,
                rule,
                label_smoothing: case.label_smoothing,
                clip_norm: case.clip_norm,
                max_norm: None,
            })
            .collect();
        let work = Work {
            members: members.len(),
            train_trials: TRIALS,
            validation_trials: 0,
            test_trials: TRIALS,
            batch_size: TRIALS / 2,
            evaluated_together: 5,
            has_clip: case.clip_norm.is_some(),
        };
        let mut machine = Machine::new(Plan::new(&blueprint, case.shape, work).unwrap(), Real::Float);
        machine.set_members(&members);
        let all = |name: &str| &numbers[&format!("{}.{name}", case.name)];
        let signal: Vec<f32> = all("x").iter().map(|value| *value as f32).collect();
        let labels: Vec<u32> = all("labels").iter().map(|label| *label as u32).collect();
        machine.set_data((&signal, &labels), &[], &signal);
        let mut run = Self { case, numbers, machine };
        run.reset();
        run
    }

    /// The weights that PyTorch saved, and an optimizer that has made no step.
    fn reset(&mut self) {
        let state = golden(self.case.name);
        let program = &self.machine.plan.program;
        let (begin, bytes) = (program.state, program.state_bytes);
        for member in 0..program.members as usize {
            let place = begin.at(self.machine.plan.program.stride(begin) * member as u64);
            self.machine.write(place, &vec![0u8; bytes as usize]);
            for tensor in self.machine.plan.network_tensors().to_vec() {
                self.machine.set_tensor(member, &tensor, &state[&tensor.name]);
            }
        }
        let orders: Vec<Vec<u32>> =
            (0..self.machine.plan.program.members).map(|_| (0..TRIALS as u32).collect()).collect();
        self.machine.set_epoch(1, &orders);
    }

    fn number(&self, member: usize, name: &str) -> &[f64] {
        let activation = self.case.activations[member].0;
        &self.numbers[&format!("{}.{activation}.{name}", self.case.name)]
    }

    fn what(&self, member: usize) -> String {
        format!("{} {}", self.case.name, self.case.activations[member].0)
    }

    fn gradient(&self, member: usize, tensor: &StateTensor) -> Vec<f64> {
        let program = &self.machine.plan.program;
        let mut place = self.machine.plan.gradient(tensor).unwrap();
        place.offset += program.stride(program.state) * member as u64;
        self.machine.read_numbers(place, tensor.length)
    }

    /// Losses of 20 steps, first and second half of the trials in turn, for each member.
    fn curves(&mut self) -> Vec<Vec<f64>> {
        let steps = self.machine.steps();
        let members = self.machine.plan.program.members as usize;
        let mut curves = vec![Vec::new(); members];
        for _ in 0..10 {
            let mut before = vec![0.0; members];
            for step in &steps {
                self.machine.run(step);
                for (member, (curve, before)) in curves.iter_mut().zip(&mut before).enumerate() {
                    let program = &self.machine.plan.program;
                    let mut place = self.machine.plan.progress();
                    place.offset += program.stride(program.state) * member as u64;
                    let sum = self.machine.read::<f64>(place, 1)[0];
                    curve.push((sum - *before) / (TRIALS / 2) as f64);
                    *before = sum;
                }
            }
        }
        curves
    }

    fn check_curve(&self, found: &[f64], expected: &[f64], what: &str) {
        assert_eq!(found.len(), expected.len());
        for (step, (found, expected)) in found.iter().zip(expected).enumerate() {
            let difference = (found / expected - 1.0).abs();
            assert!(difference < 1e-3, "{what}, step {step}: {found} instead of {expected}");
        }
    }
}

/// The largest difference, relative to the largest magnitude of `expected` or to `least_scale` if that is larger.
fn relative_difference(found: &[f64], expected: &[f64], least_scale: f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale =
        expected.iter().fold(least_scale.max(f64::MIN_POSITIVE), |largest, value| largest.max(value.abs()));
    let differences = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs() / scale);
    differences.fold(0.0, |largest, difference| if difference <= largest { largest } else { difference })
}

fn adam(learning_rate: f64, weight_decay: f64) -> Rule {
    Rule::Adam(AdamRule {
        learning_rate,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay,
        decay_kind: DecayKind::Coupled,
    })
}

fn check(case: &Case) {
    let mut run = Run::new(case, &[adam(case.learning_rate, 0.0)]);
    logits(&mut run);
    gradients_and_statistics(&mut run);
    run.reset();
    for (member, curve) in run.curves().iter().enumerate() {
        run.check_curve(curve, run.number(member, "curve"), &run.what(member));
    }
}

fn logits(run: &mut Run<'_>) {
    let signal: Vec<f32> =
        run.numbers[&format!("{}.x", run.case.name)].iter().map(|value| *value as f32).collect();
    let InputShape { channels, samples, classes } = run.case.shape;
    let of_an_epoch = run.machine.plan.program.evaluation.clone();
    run.machine.run(&of_an_epoch);
    let results = run.machine.results();
    for (member, results) in results.iter().enumerate() {
        let probed = run.machine.logits(member, &signal, channels * samples, classes);
        let test: Vec<f64> = results.test.iter().copied().map(f64::from).collect();
        assert_eq!(probed, test, "{}", run.what(member));
        assert_eq!(results.not_finite, None);
        let difference = relative_difference(&probed, run.number(member, "logits"), 0.0);
        assert!(difference < 1e-5, "{}: {difference:e}", run.what(member));
    }
}

fn gradients_and_statistics(run: &mut Run<'_>) {
    let step = run.machine.steps().remove(0);
    let up_to_update: Vec<Launch> =
        step.into_iter().take_while(|launch| !["clip", "update"].contains(&launch.kernel)).collect();
    run.machine.run(&up_to_update);
    let tensors = run.machine.plan.network_tensors().to_vec();
    for member in 0..run.case.activations.len() {
        let what = run.what(member);
        let mut place = run.machine.plan.progress();
        place.offset += run.machine.plan.program.stride(run.machine.plan.program.state) * member as u64;
        let loss = run.machine.read::<f64>(place, 1)[0] / (TRIALS / 2) as f64;
        let difference = relative_difference(&[loss], run.number(member, "loss"), 0.0);
        assert!(difference < 1e-4, "{what}, loss: {difference:e}");
        let parameters = || tensors.iter().filter(|tensor| tensor.kind == TensorKind::Parameter);
        let squares = |gradient: &[f64]| gradient.iter().map(|value| value * value).sum::<f64>();
        let norm = parameters().map(|tensor| squares(&run.gradient(member, tensor))).sum::<f64>().sqrt();
        let factor = run.case.clip_norm.map_or(1.0, |bound| (bound / (norm + 1e-6)).min(1.0));
        for tensor in parameters() {
            let gradient =
                run.gradient(member, tensor).iter().map(|value| value * factor).collect::<Vec<_>>();
            check_gradient(run, member, &tensor.name, &gradient);
        }
        for tensor in &tensors {
            let found = run.machine.tensor_numbers(member, tensor);
            match tensor.kind {
                // PyTorch saved a count of 7; this was the eighth batch.
                TensorKind::Counter => assert_eq!(found, [8.0], "{what}, {}", tensor.name),
                TensorKind::Mean | TensorKind::Variance => {
                    let expected = run.number(member, &format!("running.{}", tensor.name));
                    let difference = relative_difference(&found, expected, 0.0);
                    assert!(difference < 1e-4, "{what}, {}: {difference:e}", tensor.name);
                }
                _ => {}
            }
        }
    }
}

fn check_gradient(run: &Run<'_>, member: usize, name: &str, gradient: &[f64]) {
    let golden = run.number(member, &format!("gradient.{name}"));
    let sampled: Vec<f64> = match gradient.len() {
        ..=5000 => gradient.to_vec(),
        _ => gradient.iter().copied().step_by(7).collect(),
    };
    let what = run.what(member);
    let least_scale = match measured_by(run.case.model, name) {
        Some(other) => run.number(member, &format!("norm.{other}"))[0],
        None => {
            let norm = gradient.iter().map(|value| value * value).sum::<f64>().sqrt();
            let difference = relative_difference(&[norm], run.number(member, &format!("norm.{name}")), 0.0);
            assert!(difference < 1e-4, "{what}, norm of the gradient of {name}: {difference:e}");
            0.0
        }
    };
    let difference = relative_difference(&sampled, golden, least_scale);
    assert!(difference < 1e-4, "{what}, gradient of {name}: {difference:e}");
}

/// The parameter whose gradient measures that of `name`, where the latter is 0 up to rounding, in PyTorch as well.
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
fn eegnet() {
    check(&EEGNET);
}

#[test]
fn deepconvnet() {
    check(&DEEPCONVNET);
}

#[test]
fn other_sizes_and_settings() {
    check(&SMALL);
    OTHERS.iter().for_each(check);
}

#[test]
fn every_optimizer() {
    let sgd = |momentum, nesterov| {
        Rule::Sgd(SgdRule { learning_rate: 1e-2, momentum, nesterov, weight_decay: 0.1 })
    };
    let adamw = Rule::Adam(AdamRule {
        learning_rate: 1e-3,
        beta1: 0.8,
        beta2: 0.99,
        epsilon: 1e-6,
        weight_decay: 0.1,
        decay_kind: DecayKind::Decoupled,
    });
    let rules = [
        ("adam", adam(1e-3, 0.1)),
        ("adamw", adamw),
        ("sgd", sgd(0.0, false)),
        ("momentum", sgd(0.9, false)),
        ("nesterov", sgd(0.9, true)),
    ];
    let mut run = Run::new(&SMALL, &rules.map(|(_, rule)| rule));
    let curves = run.curves();
    for ((name, _), curve) in rules.iter().zip(&curves) {
        run.check_curve(curve, run.number(0, &format!("curve.{name}")), name);
    }
}
