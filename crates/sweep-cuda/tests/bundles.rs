//! A member gets the same bits alone and in any bundle, in whatever order threads and blocks run; and gradients are those of the loss.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod emulated;

use emulated::{
    Machine, Order, Real,
    trained::{Task, Trainee, adam, first_step, values},
};
use sweep_job::{Activation, MaxNorm, ModelKind, Optimizer};
use sweep_models::{InputShape, OptimizerSettings, Settings};
use sweep_networks::{
    SettingValue::{Number, Whole, Wholes},
    WholeList,
};

fn eegnet(channels: usize) -> Task {
    let pairs =
        [("temporal_filters", Whole(6)), ("kernel_length", Whole(25)), ("gradient_clip_norm", Number(0.5))];
    task(ModelKind::EegNet, InputShape { channels, samples: 70, classes: 3 }, &pairs)
}

fn deepconvnet(channels: usize) -> Task {
    let filters = Wholes(WholeList::new(&[6, 10, 14, 18]).unwrap());
    task(ModelKind::DeepConvNet, InputShape { channels, samples: 90, classes: 3 }, &[("filters", filters)])
}

fn task(model: ModelKind, shape: InputShape, pairs: &[(&'static str, sweep_networks::SettingValue)]) -> Task {
    let lab = Settings::lab(model, Activation::Relu);
    let max_norm = Some(MaxNorm { convolution: 0.7, dense: 0.25 });
    Task { trials: 8, batch: 5, ..Task::new(Settings { more: values(pairs), max_norm, ..lab }, shape) }
}

fn trainees() -> [Trainee; 3] {
    let sgd = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    [
        Trainee { seed: 5, activation: Activation::Elu { alpha: 1.0 }, dropout: 0.25, optimizer: adam(1e-3) },
        Trainee {
            seed: 6 << 32,
            activation: Activation::LeakyRelu { slope: 0.01 },
            dropout: 0.5,
            optimizer: OptimizerSettings { optimizer: sgd, learning_rate: 1e-2, weight_decay: 0.01 },
        },
        Trainee { seed: 7, activation: Activation::Relu, dropout: 0.0, optimizer: adam(1e-2) },
    ]
}

/// A machine after two epochs of these members.
fn trained(task: &Task, trainees: &[Trainee], order: Order) -> Machine {
    let mut machine = task.machine(trainees, Real::Float);
    machine.order = order;
    (1..=2).for_each(|epoch| task.epoch(&mut machine, trainees, epoch));
    machine
}

fn check_bits(task: &Task) {
    let all = trainees();
    let bundle = trained(task, &all, Order::Ascending);
    for order in [Order::Descending, Order::Shuffled] {
        let other = trained(task, &all, order);
        for member in 0..3 {
            assert!(other.state_bytes(member) == bundle.state_bytes(member), "member {member}, {order:?}");
        }
        assert_eq!(other.results(), bundle.results(), "{order:?}");
    }
    // Alone, and in the reverse bundle.
    let reverse: Vec<Trainee> = all.iter().rev().copied().collect();
    let reversed = trained(task, &reverse, Order::Ascending);
    for (member, trainee) in all.iter().enumerate() {
        let alone = trained(task, &[*trainee], Order::Ascending);
        assert!(alone.state_bytes(0) == bundle.state_bytes(member), "member {member} alone");
        assert_eq!(alone.results()[0], bundle.results()[member]);
        assert!(reversed.state_bytes(2 - member) == bundle.state_bytes(member), "member {member} reversed");
    }
}

#[test]
fn bits_of_eegnet() {
    check_bits(&eegnet(22));
}

#[test]
fn bits_of_deepconvnet() {
    check_bits(&deepconvnet(2));
}

/// A member whose loss overflows stops where it is, and disturbs no other.
#[test]
fn a_member_that_diverges() {
    for mut task in [eegnet(2), deepconvnet(3)] {
        task.settings.max_norm = None;
        let mut all = trainees();
        let healthy = trained(&task, &[all[0], all[2]], Order::Ascending);
        // Its first step takes the weights beyond what float32 holds.
        let sgd = Optimizer::Sgd { momentum: 0.0, nesterov: false };
        all[1].optimizer = OptimizerSettings { optimizer: sgd, learning_rate: 1e38, weight_decay: 10.0 };
        let mut machine = task.machine(&all, Real::Float);
        task.epoch(&mut machine, &all, 1);
        let first = machine.results();
        assert_eq!(
            first.iter().map(|results| results.diverged_step).collect::<Vec<_>>(),
            [None, Some(2), None]
        );
        assert!(first[1].not_finite.is_some());
        task.epoch(&mut machine, &all, 2);
        assert_eq!(machine.results()[1].diverged_step, Some(1));
        for (member, other) in [(0, 0), (2, 1)] {
            assert!(machine.state_bytes(member) == healthy.state_bytes(other), "member {member}");
            assert_eq!(machine.results()[member], healthy.results()[other]);
        }
    }
}

/// What an epoch's end finds in a state that no file of weights could hold.
#[test]
fn what_is_not_finite_is_named() {
    let task = eegnet(2);
    let all = trainees();
    let mut machine = task.machine(&all, Real::Float);
    let checked = machine.plan.checked_tensors();
    for (member, name, value) in [
        (0, "separableConv.1.running_var", -1.0),
        (1, "classify.0.weight.exp_avg", f64::NAN),
        (2, "classify.0.bias.exp_avg_sq", f64::INFINITY),
    ] {
        let tensor = checked.iter().find(|tensor| tensor.name == name).unwrap();
        let mut numbers = machine.tensor_numbers(member, tensor);
        *numbers.last_mut().unwrap() = value;
        machine.set_tensor(member, tensor, &numbers);
    }
    machine.run(&machine.plan.program.evaluation);
    let found: Vec<_> = machine.results().iter().map(|results| results.not_finite.unwrap()).collect();
    let names: Vec<_> = found.iter().map(|place| checked[*place].name.as_str()).collect();
    assert_eq!(
        names,
        ["separableConv.1.running_var", "classify.0.weight.exp_avg", "classify.0.bias.exp_avg_sq"]
    );
}

/// Gradients by finite differences, with the kernels compiled for float64.
#[test]
fn gradients_are_those_of_the_loss() {
    const STEP: f64 = 1e-6;
    for mut task in [eegnet(3), deepconvnet(2)] {
        task.settings.more.set("gradient_clip_norm", None);
        let all = trainees();
        let mut machine = task.machine(&all, Real::Double);
        let orders: Vec<_> = all.iter().map(|trainee| task.order(trainee, 1)).collect();
        machine.set_epoch(1, &orders);
        first_step(&machine, 0);
        let gradients: Vec<_> = (0..3).map(|member| machine.gradients(member)).collect();
        let forward: Vec<_> = machine
            .steps()
            .remove(0)
            .into_iter()
            .take_while(|launch| launch.kernel != "dense_gradient")
            .collect();
        for (number, (name, _)) in gradients[0].iter().enumerate() {
            let tensor =
                machine.plan.network_tensors().iter().find(|tensor| tensor.name == *name).unwrap().clone();
            for element in (0..tensor.length).step_by(tensor.length.div_ceil(4)) {
                let mut losses = |change: f64| {
                    for member in 0..3 {
                        let mut numbers = machine.tensor_numbers(member, &tensor);
                        numbers[element] += change;
                        machine.set_tensor(member, &tensor, &numbers);
                    }
                    machine.run(&forward);
                    let losses = [0, 1, 2].map(|member| machine.loss_sum(member) / task.batch as f64);
                    for member in 0..3 {
                        let mut numbers = machine.tensor_numbers(member, &tensor);
                        numbers[element] -= change;
                        machine.set_tensor(member, &tensor, &numbers);
                    }
                    losses
                };
                let (above, below) = (losses(STEP), losses(-STEP));
                for (member, gradients) in gradients.iter().enumerate() {
                    let (analytic, scale) = {
                        let numbers = &gradients[number].1;
                        (
                            numbers[element],
                            numbers.iter().fold(1e-2f64, |largest, value| largest.max(value.abs())),
                        )
                    };
                    let numeric = (above[member] - below[member]) / (2.0 * STEP);
                    let difference = (numeric - analytic).abs() / scale;
                    assert!(
                        difference < 1e-5,
                        "{name} [{element}] of {member}: {analytic} instead of {numeric}"
                    );
                }
            }
        }
    }
}
