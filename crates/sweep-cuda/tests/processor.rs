//! The kernels, emulated, against the processor's: networks of many sizes and settings, with dropout from the same streams.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod emulated;

use emulated::{
    Machine, Real,
    trained::{Task, Trainee, adam, first_step, values},
};
use sweep_job::{Activation, MaxNorm, ModelKind, Optimizer};
use sweep_models::{DropoutKey, InputShape, Network, OptimizerSettings, Settings, Value, multiply_adds};
use sweep_networks::{
    SettingValue::{self, Number, Whole, Wholes},
    WholeList,
};

const ACTIVATIONS: [Activation; 4] = [
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.01 },
    Activation::Elu { alpha: 0.7 },
    // It falls, so the largest value of a window is not that of the largest number.
    Activation::LeakyRelu { slope: -0.3 },
];

fn eegnet(channels: usize, samples: usize, classes: usize, sizes: [u64; 6]) -> Task {
    let names = [
        "temporal_filters",
        "spatial_filters",
        "kernel_length",
        "separable_kernel_length",
        "pool_1",
        "pool_2",
    ];
    let pairs: Vec<_> = names.into_iter().zip(sizes.map(Whole)).collect();
    task(ModelKind::EegNet, InputShape { channels, samples, classes }, &pairs)
}

fn deepconvnet(channels: usize, samples: usize, filters: [u16; 4], kernel_length: u64, pool: u64) -> Task {
    let filters = Wholes(WholeList::new(&filters).unwrap());
    let pairs = [("filters", filters), ("kernel_length", Whole(kernel_length)), ("pool", Whole(pool))];
    task(ModelKind::DeepConvNet, InputShape { channels, samples, classes: 3 }, &pairs)
}

fn task(model: ModelKind, shape: InputShape, pairs: &[(&'static str, SettingValue)]) -> Task {
    let settings = Settings::lab(model, Activation::Relu);
    Task::new(Settings { more: values(pairs), ..settings }, shape)
}

fn trainees() -> Vec<Trainee> {
    (1..)
        .zip(ACTIVATIONS)
        .map(|(seed, activation)| Trainee { seed, activation, dropout: 0.3, optimizer: adam(1e-3) })
        .collect()
}

/// The largest difference, relative to the largest magnitude of `expected`, or to `least` if that is larger.
fn difference(found: &[f64], expected: &[f64], least: f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(least, |largest, value| largest.max(value.abs()));
    let differences = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs() / scale);
    differences.fold(0.0, |largest, difference| if difference <= largest { largest } else { difference })
}

/// Loss and gradients of a step, with the kernels in float64. The processor of small networks computes in float64 too, so what differs is the
/// order of sums alone; float64 is slow there.
fn check_step(task: &Task) {
    let trainees = trainees();
    let mut machine = task.machine(&trainees, Real::Double);
    let orders: Vec<_> = trainees.iter().map(|trainee| task.order(trainee, 3)).collect();
    machine.set_epoch(3, &orders);
    for (member, trainee) in trainees.iter().enumerate() {
        check_member(task, &machine, member, trainee);
    }
}

fn check_member(task: &Task, machine: &Machine, member: usize, trainee: &Trainee) {
    let adds = multiply_adds(&task.settings, task.shape).unwrap();
    let is_small = adds < 100_000 && task.batch < 100;
    let ((loss, gradients), tolerance) = if is_small {
        (task.processor_step::<f64>(trainee, 3), 1e-9)
    } else {
        (task.processor_step::<f32>(trainee, 3), 1e-4)
    };
    let (found_sum, found) = first_step(machine, member);
    let what = format!("{:?} {:?} {:?}", task.settings.more, task.shape, trainee.activation);
    assert!(
        (found_sum / task.batch as f64 - loss).abs() < tolerance,
        "{what}: {found_sum} instead of {loss}"
    );
    let largest = gradients
        .iter()
        .flat_map(|(_, numbers)| numbers)
        .fold(0.0f64, |largest, value| largest.max(value.abs()));
    for ((name, expected), (_, found)) in gradients.iter().zip(&found) {
        let difference = difference(found, expected, 1e-3 * largest);
        assert!(difference < tolerance, "{what}, gradient of {name}: {difference:e}");
    }
}

#[test]
fn gradients_of_eegnets() {
    // Temporal and spatial filters, kernel lengths, pools.
    for task in [
        eegnet(2, 96, 2, [16, 2, 51, 15, 4, 8]),
        eegnet(22, 70, 4, [8, 2, 25, 16, 4, 8]),
        eegnet(64, 40, 3, [4, 2, 13, 5, 3, 2]),
        eegnet(1, 40, 2, [1, 1, 1, 1, 1, 1]),
        eegnet(3, 41, 5, [5, 3, 14, 4, 2, 3]),
        eegnet(5, 33, 2, [3, 6, 2, 17, 3, 1]),
        eegnet(2, 150, 2, [2, 2, 130, 20, 3, 5]),
        eegnet(2, 36, 64, [40, 2, 66, 15, 4, 2]),
    ] {
        check_step(&task);
    }
}

#[test]
fn gradients_of_deepconvnets() {
    for task in [
        deepconvnet(2, 90, [25, 50, 100, 200], 5, 2),
        deepconvnet(22, 90, [6, 9, 70, 5], 5, 2),
        deepconvnet(1, 40, [3, 4, 5, 6], 1, 2),
        deepconvnet(4, 70, [4, 8, 12, 130], 2, 2),
        deepconvnet(3, 150, [5, 6, 7, 8], 7, 2),
        deepconvnet(2, 80, [5, 33, 4, 3], 15, 1),
        deepconvnet(2, 200, [2, 3, 66, 1], 18, 1),
        deepconvnet(2, 170, [7, 3, 5, 2], 3, 3),
    ] {
        check_step(&task);
    }
}

/// Two epochs with a last batch that is smaller, bounds on norms, clipping, smoothing and AdamW.
fn check_epochs(mut task: Task) {
    task.settings.max_norm = Some(MaxNorm { convolution: 0.6, dense: 0.2 });
    task.settings.more.set("label_smoothing", Some(Number(0.1)));
    task.settings.more.set("gradient_clip_norm", Some(Number(0.4)));
    let adamw = Optimizer::AdamW { beta1: 0.9, beta2: 0.99, epsilon: 1e-4 };
    let optimizer = OptimizerSettings { optimizer: adamw, learning_rate: 3e-3, weight_decay: 0.05 };
    let trainees: Vec<_> = trainees().into_iter().map(|trainee| Trainee { optimizer, ..trainee }).collect();
    let mut machine = task.machine(&trainees, Real::Float);
    let (signal, labels) = task.data();
    let mut hosts: Vec<_> = (trainees.iter())
        .map(|trainee| {
            let network: Network = task.network(trainee);
            let optimizer = sweep_models::Optimizer::new(trainee.optimizer, &network).unwrap();
            (network, optimizer)
        })
        .collect();
    for epoch in 1..=2 {
        task.epoch(&mut machine, &trainees, epoch);
        let results = machine.results();
        for (member, (trainee, (network, optimizer))) in trainees.iter().zip(&mut hosts).enumerate() {
            let (mut loss_sum, mut correct) = (0.0, 0);
            let order = task.order(trainee, epoch);
            for (step, numbers) in (1..).zip(order.chunks(task.batch)) {
                let labels: Vec<u32> = numbers.iter().map(|number| labels[*number as usize]).collect();
                let key = DropoutKey { seed: trainee.seed, epoch, step };
                let taken = network.step(&signal, numbers, &labels, key).unwrap();
                loss_sum += taken.loss * numbers.len() as f64;
                correct += taken.correct;
                optimizer.step(network);
                network.apply_max_norm();
            }
            let what = format!("{:?}, epoch {epoch}, {:?}", task.settings.model, trainee.activation);
            let found = &results[member];
            assert!(
                (found.loss_sum / loss_sum - 1.0).abs() < 1e-3,
                "{what}: {} instead of {loss_sum}",
                found.loss_sum
            );
            assert!(found.correct.abs_diff(correct) <= 1, "{what}: {} instead of {correct}", found.correct);
            assert_eq!((found.diverged_step, found.not_finite), (None, None), "{what}");
            let expected: Vec<f64> = network.logits(&signal).unwrap().into_iter().map(f64::from).collect();
            let test: Vec<f64> = found.test.iter().copied().map(f64::from).collect();
            let difference = difference(&test, &expected, 0.0);
            assert!(difference < 5e-3, "{what}, logits: {difference:e}");
            assert_eq!(found.validation, found.test[..found.validation.len()], "{what}");
            for tensor in machine.plan.network_tensors() {
                let entry = network.state().iter().find(|entry| entry.name == tensor.name).unwrap();
                if let Value::Counter(count) = entry.value {
                    assert_eq!(
                        machine.tensor_numbers(member, tensor),
                        [count as f64],
                        "{what} {}",
                        tensor.name
                    );
                }
            }
        }
    }
}

#[test]
fn epochs_of_eegnet() {
    check_epochs(eegnet(3, 80, 3, [8, 2, 25, 15, 4, 4]));
}

#[test]
fn epochs_of_deepconvnet() {
    check_epochs(deepconvnet(3, 90, [10, 12, 14, 18], 5, 2));
}

/// The first normalisation's statistics come from lag sums, whose terms are large where the data have a large mean.
#[test]
fn a_large_mean_spoils_no_variance() {
    let trainees = [Trainee { seed: 4, activation: ACTIVATIONS[2], dropout: 0.0, optimizer: adam(1e-3) }];
    let mut task = eegnet(3, 90, 2, [6, 2, 25, 15, 4, 4]);
    task.mean = 5000.0;
    let (_, expected) = task.processor_step::<f64>(&trainees[0], 1);
    let mut machine = task.machine(&trainees, Real::Float);
    machine.set_epoch(1, &[task.order(&trainees[0], 1)]);
    let (_, found) = first_step(&machine, 0);
    let mut host: Network<f64> = task.network(&trainees[0]);
    let (signal, labels) = task.data();
    let numbers = task.order(&trainees[0], 1)[..task.batch].to_vec();
    let labels: Vec<u32> = numbers.iter().map(|number| labels[*number as usize]).collect();
    host.step(&signal, &numbers, &labels, DropoutKey { seed: 4, epoch: 1, step: 1 }).unwrap();
    for tensor in
        machine.plan.network_tensors().iter().filter(|tensor| tensor.name.starts_with("firstconv.1.running"))
    {
        let entry = host.state().iter().find(|entry| entry.name == tensor.name).unwrap();
        let difference = difference(&machine.tensor_numbers(0, tensor), entry.numbers(), 0.0);
        assert!(difference < 1e-6, "{}: {difference:e}", tensor.name);
    }
    for ((name, expected), (_, found)) in
        expected.iter().zip(&found).filter(|((name, _), _)| !name.starts_with("firstconv.1"))
    {
        let difference = difference(found, expected, 0.0);
        assert!(difference < 2e-2, "gradient of {name}: {difference:e}");
    }
}

/// Batches of very many rows have a kernel of their own.
#[test]
fn gradients_of_a_large_batch() {
    let task = Task { trials: 190, batch: 190, ..deepconvnet(2, 90, [256, 4, 4, 4], 5, 2) };
    let trainees = [trainees()[2]];
    let mut machine = task.machine(&trainees, Real::Double);
    let long = machine.steps()[0].iter().filter(|launch| launch.kernel == "convolve_5_long").count();
    assert_eq!(long, 1, "the first convolution");
    machine.set_epoch(3, &[task.order(&trainees[0], 3)]);
    check_member(&task, &machine, 0, &trainees[0]);
}
