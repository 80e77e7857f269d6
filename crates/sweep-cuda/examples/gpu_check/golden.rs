//! The kernels on this device against PyTorch: the state dicts and numbers that the golden tests use.

use std::{collections::HashMap, fs, path::Path};

use safetensors::{Dtype, SafeTensors};
use sweep_cuda::{
    Device, Executor, Launching,
    launch::{Launch, bytes_of, from_bytes},
    plan::{MemberSettings, PTX, Plan, Rule, Set, TensorKind, Work, arguments::Member},
};
use sweep_kernels::{Activation, AdamRule, DecayKind};
use sweep_networks::{InputShape, ModelKind, SettingValues};

use crate::{Outcome, correct::relative_error, head, is_small, noted, subject::device};

const ACTIVATIONS: [(&str, Activation); 3] = [
    ("relu", Activation::Relu),
    ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
    ("elu", Activation::Elu { alpha: 1.0 }),
];
const TRIALS: usize = 12;
/// As the golden tests allow: logits, gradients and losses of the first step, losses of 20 steps.
const TOLERANCES: [f64; 3] = [1e-5, 1e-4, 1e-3];

type Numbers = HashMap<String, Vec<f64>>;

fn numbers(file: &Path) -> Outcome<Numbers> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let all = SafeTensors::deserialize(&bytes)?;
    let numbers = all.iter().map(|(name, view)| {
        let numbers = match view.dtype() {
            Dtype::I64 => from_bytes::<i64>(view.data()).into_iter().map(|number| number as f64).collect(),
            _ => from_bytes::<f32>(view.data()).into_iter().map(f64::from).collect(),
        };
        (name.to_owned(), numbers)
    });
    Ok(numbers.collect())
}

fn number<'a>(numbers: &'a Numbers, name: &str) -> Outcome<&'a [f64]> {
    Ok(numbers.get(name).ok_or_else(|| format!("there is no {name}"))?)
}

/// A network whose numbers are stored: its name among them, its shape, its learning rate, and its activation functions.
pub(crate) struct Case {
    name: &'static str,
    model: ModelKind,
    shape: InputShape,
    rate: f64,
    activations: &'static [(&'static str, Activation)],
}

const LAB: InputShape = InputShape { channels: 2, samples: 750, classes: 2 };

/// The networks, each a piece.
pub(crate) fn cases() -> &'static [Case] {
    if is_small() { &CASES[..1] } else { CASES }
}

const CASES: &[Case] = &[
    Case {
        name: "eegnet_small",
        model: ModelKind::EegNet,
        shape: InputShape { channels: 3, samples: 77, classes: 4 },
        rate: 1e-3,
        activations: ACTIVATIONS.split_at(2).1,
    },
    Case { name: "eegnet", model: ModelKind::EegNet, shape: LAB, rate: 1e-3, activations: &ACTIVATIONS },
    Case {
        name: "deepconvnet",
        model: ModelKind::DeepConvNet,
        shape: LAB,
        rate: 3e-5,
        activations: &ACTIVATIONS,
    },
];

/// Prints the row of a network.
pub(crate) fn check(piece: usize, folder: &Path) -> Outcome<bool> {
    let case = cases().get(piece).ok_or("there is no such piece")?;
    head(
        piece,
        "| against PyTorch, relative | logits (1e-5) | loss and gradients (1e-4) | losses of 20 steps (1e-3) |",
    );
    let errors = noted(case.name, device().and_then(|device| case.errors(&device, folder)))?;
    let [logits, gradients, curve] = errors;
    println!("| {} | {logits:.1e} | {gradients:.1e} | {curve:.1e} |", case.name);
    Ok(errors.iter().zip(TOLERANCES).all(|(error, most)| *error <= most))
}

impl Case {
    /// The largest errors, in the order of [`TOLERANCES`].
    fn errors(&self, device: &Device, folder: &Path) -> Outcome<[f64; 3]> {
        let golden = numbers(&folder.join("numbers.safetensors"))?;
        let weights = numbers(&folder.join(format!("{}.safetensors", self.name)))?;
        let mut run = Run::new(device, self, golden)?;
        let mut errors = [0.0_f64; 3];
        let mut note = |which: usize, error: f64| errors[which] = errors[which].max(error);
        // An epoch's evaluation, with the weights as they are.
        run.reset(&weights)?;
        let evaluation = run.plan.program.evaluation.clone();
        run.executor.run(&evaluation)?;
        let span = run.plan.program.results;
        let results = run.executor.read::<u8>(span.start, span.bytes as usize)?;
        for (member, results) in run.plan.results(&results).iter().enumerate() {
            let logits: Vec<f64> = results.test.iter().copied().map(f64::from).collect();
            note(0, relative_error(&logits, run.expected(member, "logits")?));
        }
        run.reset(&weights)?;
        let first: Vec<Launch> =
            run.steps().remove(0).into_iter().take_while(|launch| launch.kernel != "update").collect();
        run.executor.run(&first)?;
        for member in 0..self.activations.len() {
            note(1, run.first_step_error(member)?);
        }
        run.reset(&weights)?;
        for (member, curve) in run.curves()?.iter().enumerate() {
            let expected = run.expected(member, "curve")?;
            let missing = if curve.len() == expected.len() { 0.0 } else { f64::INFINITY };
            let errors =
                curve.iter().zip(expected).map(|(found, expected)| relative_error(&[*found], &[*expected]));
            note(2, errors.fold(missing, f64::max));
        }
        Ok(errors)
    }
}

/// A member for each activation.
struct Run<'a> {
    case: &'a Case,
    golden: Numbers,
    plan: Plan,
    executor: Executor,
}

impl<'a> Run<'a> {
    fn new(device: &Device, case: &'a Case, golden: Numbers) -> Outcome<Self> {
        let Case { name, model, shape, rate, activations } = *case;
        let blueprint = model.descriptor().blueprint(&SettingValues::default(), shape)?;
        let adam = AdamRule {
            learning_rate: rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            decay_kind: DecayKind::Coupled,
        };
        let member = |(_, activation): &(&str, Activation)| {
            Member::from(&MemberSettings {
                seed: 1,
                activation: *activation,
                dropout: 0.0,
                rule: Rule::Adam(adam),
                label_smoothing: 0.0,
                clip_norm: None,
                max_norm: None,
            })
        };
        let members: Vec<Member> = activations.iter().map(member).collect();
        let work = Work {
            members: members.len(),
            train_trials: TRIALS,
            validation_trials: 0,
            test_trials: TRIALS,
            batch_size: TRIALS / 2,
            evaluated_together: 5,
            has_clip: false,
        };
        let plan = Plan::new(&blueprint, shape, work).ok_or("there are no kernels for it")?;
        let mut executor = Executor::new(device, PTX, plan.program.clone(), Launching::Plain)?;
        executor.write(plan.members(), &members)?;
        let signal: Vec<f32> =
            number(&golden, &format!("{name}.x"))?.iter().map(|value| *value as f32).collect();
        let labels: Vec<u32> =
            number(&golden, &format!("{name}.labels"))?.iter().map(|label| *label as u32).collect();
        let laid = plan.lay(&signal);
        executor.take_data(&[
            (plan.trials(Set::Train), bytes_of(&laid)),
            (plan.trials(Set::Test), bytes_of(&laid)),
            (plan.labels(), bytes_of(&labels)),
        ])?;
        Ok(Self { case, golden, plan, executor })
    }

    /// What PyTorch found for a member.
    fn expected(&self, member: usize, what: &str) -> Outcome<&[f64]> {
        number(&self.golden, &format!("{}.{}.{what}", self.case.name, self.case.activations[member].0))
    }

    /// The weights that PyTorch saved, and an optimizer that has made no step.
    fn reset(&mut self, weights: &Numbers) -> Outcome<()> {
        let mut state = vec![0.0_f32; self.plan.program.state_bytes as usize / 4];
        for tensor in self.plan.network_tensors() {
            let numbers = number(weights, &tensor.name)?;
            if tensor.kind == TensorKind::Counter {
                state[tensor.offset] = f32::from_bits(numbers[0] as u32);
            } else {
                let place = &mut state[tensor.offset..][..tensor.length];
                place.iter_mut().zip(numbers).for_each(|(to, from)| *to = *from as f32);
            }
        }
        let order: Vec<u32> = (0..TRIALS as u32).collect();
        for member in 0..self.case.activations.len() {
            self.executor.set_state(member as u32, &state)?;
        }
        let input = self.plan.input(&vec![Some((1, &order[..])); self.case.activations.len()]);
        Ok(self.executor.write(self.plan.program.input.start, &input)?)
    }

    fn steps(&self) -> Vec<Vec<Launch>> {
        let training = &self.plan.program.training;
        training.split_inclusive(|launch| launch.kernel == "update").map(<[Launch]>::to_vec).collect()
    }

    /// The sum of a member's losses so far.
    fn loss_sum(&mut self, member: usize) -> Outcome<f64> {
        let mut place = self.plan.progress();
        place.offset += self.plan.program.stride(place.region) * member as u64;
        Ok(self.executor.read::<f64>(place, 1)?[0])
    }

    fn first_step_error(&mut self, member: usize) -> Outcome<f64> {
        let loss = self.loss_sum(member)? / (TRIALS / 2) as f64;
        let mut largest = relative_error(&[loss], self.expected(member, "loss")?);
        for tensor in self.plan.network_tensors().to_vec() {
            if tensor.kind != TensorKind::Parameter || is_zero_up_to_rounding(self.case.name, &tensor.name) {
                continue;
            }
            let mut place = self.plan.gradient(&tensor).ok_or("a parameter without a gradient")?;
            place.offset += self.plan.program.stride(place.region) * member as u64;
            let gradient = self.executor.read::<f32>(place, tensor.length)?;
            let every = if gradient.len() > 5000 { 7 } else { 1 };
            let sampled: Vec<f64> = gradient.iter().step_by(every).copied().map(f64::from).collect();
            let expected = self.expected(member, &format!("gradient.{}", tensor.name))?;
            largest = largest.max(relative_error(&sampled, expected));
        }
        Ok(largest)
    }

    /// Losses of 20 steps, first and second half of the trials in turn.
    fn curves(&mut self) -> Outcome<Vec<Vec<f64>>> {
        let steps = self.steps();
        let mut curves = vec![Vec::new(); self.case.activations.len()];
        let mut before = vec![0.0; self.case.activations.len()];
        for (number, step) in (0..10).flat_map(|_| steps.iter().enumerate()) {
            // An epoch's first step begins its sum anew.
            if number == 0 {
                before.fill(0.0);
            }
            self.executor.run(step)?;
            for (member, curve) in curves.iter_mut().enumerate() {
                let sum = self.loss_sum(member)?;
                curve.push((sum - before[member]) / (TRIALS / 2) as f64);
                before[member] = sum;
            }
        }
        Ok(curves)
    }
}

/// Gradients of shifts that a normalisation takes out again; PyTorch's are rounding errors, too.
fn is_zero_up_to_rounding(network: &str, tensor: &str) -> bool {
    match network {
        "deepconvnet" => [
            "firstconv.0.bias",
            "firstconv.1.bias",
            "secondconv.0.bias",
            "thirdconv.0.bias",
            "fourthconv.0.bias",
        ]
        .contains(&tensor),
        _ => tensor.starts_with("firstconv.1."),
    }
}
