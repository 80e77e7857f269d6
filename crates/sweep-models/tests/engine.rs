//! Engines, on the processor and on a GPU (the fake driver's): members beside each other, states out and in, data that do not fit, and what
//! a diverged member leaves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unsafe_code,
    reason = "a test may panic, and the fake driver is a C library"
)]

#[path = "../../sweep-cuda/emulation/fake.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod fake;
#[path = "../../sweep-cuda/emulation/library.rs"]
mod library;

mod support;

use std::sync::Arc;

use fake::fake;
use support::{small, trials};
use sweep_job::{Activation, DeviceChoice, MaxNorm, ModelKind, Optimizer};
use sweep_models::{
    Device, Divergence, Engine, Epoch, EpochResult, LabelledTrials, Member, MemberEpoch, ModelError,
    OptimizerSettings, Settings, TrainedEpoch, TrainingData, Workload,
};

const MODEL: ModelKind = ModelKind::EegNet;

fn member(seed: u64, learning_rate: f64, dropout: f64) -> Member {
    let optimizer = OptimizerSettings { optimizer: Optimizer::LAB, learning_rate, weight_decay: 0.01 };
    let max_norm = Some(MaxNorm { convolution: 1.0, dense: 0.25 });
    let settings = Settings { dropout, max_norm, ..Settings::lab(MODEL, Activation::Elu { alpha: 1.0 }) };
    Member { settings, optimizer, seed }
}

fn data() -> Arc<TrainingData> {
    let set = |count| {
        let (signal, labels) = trials(small(MODEL), count);
        LabelledTrials { signal, labels }
    };
    Arc::new(TrainingData { train: set(25), validation: Some(set(7)), test: set(9) })
}

/// GPU number `number` of the fake driver.
fn gpu(number: u32) -> Device {
    fake();
    Device::open(DeviceChoice::Cuda(number)).unwrap()
}

/// Both kinds of devices.
fn devices() -> [Device; 2] {
    [Device::Cpu, gpu(0)]
}

fn engine(device: &Device, members: &[Member]) -> Box<dyn Engine> {
    let mut engine = device.engine(members, small(MODEL)).unwrap();
    engine.take_data(data()).unwrap();
    engine
}

/// The order of the trials: another one for each member.
fn order(seed: u64) -> Vec<u32> {
    (0..25).map(|number| (number * 7 + seed as u32) % 25).collect()
}

/// What an epoch gives for each member, without the times.
fn epoch(engine: &mut dyn Engine, number: u32, members: &[Member]) -> Vec<Result<TrainedEpoch, Divergence>> {
    assert!(engine.wants_epoch());
    let numbers = vec![Some(number); members.len()];
    epochs(engine, &numbers, members).into_iter().map(Option::unwrap).collect()
}

/// The same for members at different epochs, and for some that rest.
fn epochs(engine: &mut dyn Engine, numbers: &[Option<u32>], members: &[Member]) -> Vec<Option<EpochResult>> {
    let task = |(number, member): (&Option<u32>, &Member)| {
        number.map(|number| MemberEpoch { number, order: order(member.seed) })
    };
    let tasks = numbers.iter().zip(members).map(task).collect();
    engine.submit(Epoch { batch_size: 10, members: tasks }).unwrap();
    let results = engine.collect().unwrap().unwrap();
    assert_eq!(engine.collect().unwrap(), None);
    let timeless = |trained| TrainedEpoch { train_seconds: 0.0, evaluation_seconds: 0.0, ..trained };
    results.into_iter().map(|result| result.map(|result| result.map(timeless))).collect()
}

#[test]
fn members_are_trained_as_if_each_were_alone() {
    for device in devices() {
        let members = [member(1, 1e-3, 0.25), member(2, 1e-2, 0.5), member(3, 1e-3, 0.0)];
        let mut together = engine(&device, &members);
        let results: Vec<_> = (1..=3).map(|number| epoch(together.as_mut(), number, &members)).collect();
        for (number, member) in members.iter().enumerate() {
            let member = std::slice::from_ref(member);
            let mut alone = engine(&device, member);
            for (epoch_number, results) in (1..).zip(&results) {
                assert_eq!(epoch(alone.as_mut(), epoch_number, member)[0], results[number]);
            }
            assert_eq!(alone.state(0).unwrap(), together.state(number).unwrap());
        }
        assert_ne!(results[2][0], results[2][2], "dropout changes what is learnt");
    }
}

#[test]
fn a_state_in_another_engine_goes_on_with_the_same_bits() {
    for device in devices() {
        let members = [member(1, 1e-3, 0.25)];
        let mut first = engine(&device, &members);
        (1..=2).for_each(|number| drop(epoch(first.as_mut(), number, &members)));
        let state = first.state(0).unwrap();
        let mut second = engine(&device, &members);
        assert_ne!(second.state(0).unwrap(), state);
        second.set_state(0, state.clone()).unwrap();
        assert_eq!(second.state(0).unwrap(), state);
        let test = &data().test.signal;
        assert_eq!(second.logits(0, test).unwrap(), first.logits(0, test).unwrap());
        assert_eq!(epoch(second.as_mut(), 3, &members), epoch(first.as_mut(), 3, &members));
        assert_eq!(second.state(0).unwrap(), first.state(0).unwrap());
        // Of an epoch there are the logits that the network then has.
        let Ok(trained) = &epoch(first.as_mut(), 4, &members)[0] else { panic!("it does not diverge") };
        assert_eq!(trained.test, first.logits(0, test).unwrap());
        assert_eq!(
            trained.validation.as_ref(),
            Some(&first.logits(0, &data().validation.as_ref().unwrap().signal).unwrap())
        );
    }
}

#[test]
fn a_member_that_diverges_leaves_the_others_alone() {
    for device in devices() {
        let sgd = Optimizer::Sgd { momentum: 0.0, nesterov: false };
        let mut wild = member(1, 1e30, 0.0);
        wild.optimizer.optimizer = sgd;
        wild.settings.max_norm = None;
        let members = [wild, member(2, 1e-3, 0.0)];
        let results = epoch(engine(&device, &members).as_mut(), 1, &members);
        assert!(matches!(results[0], Err(Divergence { step: 2.. })), "{:?}", results[0]);
        assert_eq!(results[1], epoch(engine(&device, &members[1..]).as_mut(), 1, &members[1..])[0]);
    }
}

#[test]
fn an_epoch_that_does_not_fit_the_data_is_refused() {
    for device in devices() {
        let members = [member(1, 1e-3, 0.0)];
        let task = || Some(MemberEpoch { number: 1, order: (1..=25).collect() });
        let error =
            engine(&device, &members).submit(Epoch { batch_size: 10, members: vec![task()] }).unwrap_err();
        assert!(matches!(error, ModelError::Trial { number: 25, trials: 25 }), "{error}");
        let two = Epoch { batch_size: 10, members: vec![task(), None] };
        let error = engine(&device, &members).submit(two).unwrap_err();
        assert!(matches!(error, ModelError::Members { members: 1, given: 2 }), "{error}");
    }
}

#[test]
fn members_rest_and_go_on_at_epochs_of_their_own() {
    for device in devices() {
        let members = [member(1, 1e-3, 0.25), member(2, 1e-2, 0.5)];
        let alone = |number: usize| {
            let member = &members[number..=number];
            let mut engine = engine(&device, member);
            let results: Vec<_> =
                (1..=3).map(|number| epoch(engine.as_mut(), number, member)[0].clone()).collect();
            (results, engine.state(0).unwrap())
        };
        let mut together = engine(&device, &members);
        let mut results = [Vec::new(), Vec::new()];
        for numbers in [[Some(1), None], [Some(2), Some(1)], [None, Some(2)], [Some(3), Some(3)]] {
            let states = [0, 1].map(|member| together.state(member).unwrap());
            for (member, result) in epochs(together.as_mut(), &numbers, &members).into_iter().enumerate() {
                assert_eq!(result.is_some(), numbers[member].is_some());
                assert_eq!(result.is_none(), together.state(member).unwrap() == states[member], "it rests");
                results[member].extend(result);
            }
        }
        for (member, results) in results.into_iter().enumerate() {
            assert_eq!((results, together.state(member).unwrap()), alone(member));
        }
    }
}

/// The losses, accuracies and logits of two epochs of three members.
fn figures(device: &Device, model: ModelKind) -> Vec<Vec<f64>> {
    let member = |seed, activation, optimizer| {
        let settings = Settings { dropout: 0.25, ..Settings::lab(model, activation) };
        Member {
            settings,
            optimizer: OptimizerSettings { optimizer, ..member(1, 1e-3, 0.0).optimizer },
            seed,
        }
    };
    let sgd = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    let members = [
        member(1, Activation::Relu, Optimizer::LAB),
        member(2, Activation::LeakyRelu { slope: 0.01 }, sgd),
        member(3, Activation::Elu { alpha: 1.0 }, Optimizer::LAB),
    ];
    let shape = small(model);
    let set = |count| {
        let (signal, labels) = trials(shape, count);
        LabelledTrials { signal, labels }
    };
    let mut engine = device.engine(&members, shape).unwrap();
    engine
        .take_data(Arc::new(TrainingData { train: set(25), validation: Some(set(7)), test: set(9) }))
        .unwrap();
    let results = (1..=2).flat_map(|number| epoch(engine.as_mut(), number, &members));
    let figures = results.map(|result| {
        let TrainedEpoch { train, validation, test, not_finite, .. } = result.unwrap();
        assert_eq!(not_finite, None);
        let logits = validation.unwrap().into_iter().chain(test).map(f64::from);
        [train.loss, train.accuracy].into_iter().chain(logits).collect()
    });
    figures.collect()
}

#[test]
fn a_gpu_trains_as_the_processor_does() {
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        let (ours, theirs) = (figures(&gpu(1), model), figures(&Device::Cpu, model));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!((ours - theirs).abs() < 1e-3 * theirs.abs().max(1.0), "{model}: {ours} and {theirs}");
            }
        }
    }
    assert!(fake().count(1, "graphs") >= 4, "epochs are graphs");
}

#[test]
fn a_network_without_kernels_for_the_gpu_is_computed_on_the_processor() {
    let before = fake().count(2, "launches");
    let gpu_figures = figures(&gpu(2), ModelKind::Shallow);
    assert_eq!(gpu_figures, figures(&Device::Cpu, ModelKind::Shallow));
    assert_eq!(fake().count(2, "launches"), before);
}

#[test]
fn a_training_goes_on_in_the_memory_that_it_takes() {
    let members = [member(1, 1e-3, 0.25), member(2, 1e-2, 0.5)];
    let small_batches = |engine: &mut dyn Engine, number| {
        let task = |member: &Member| Some(MemberEpoch { number, order: order(member.seed) });
        engine.submit(Epoch { batch_size: 2, members: members.iter().map(task).collect() }).unwrap();
        let results = engine.collect().unwrap().unwrap();
        results.into_iter().map(|result| result.unwrap().unwrap().test).collect::<Vec<_>>()
    };
    let roomy = gpu(5);
    let mut first = engine(&roomy, &members);
    small_batches(first.as_mut(), 1);
    let states = [0, 1].map(|member| first.state(member).unwrap());

    let tight = gpu(6);
    fake().set(6, "MEMORY", &fake().count(5, "bytes").to_string());
    let mut second = engine(&tight, &members);
    for (member, state) in states.into_iter().enumerate() {
        second.set_state(member, state).unwrap();
        // A training may end where it was resumed: it is evaluated before anything is trained.
        let test = &data().test.signal;
        assert_eq!(second.logits(member, test).unwrap(), first.logits(member, test).unwrap());
    }
    assert_eq!(small_batches(second.as_mut(), 2), small_batches(first.as_mut(), 2));
}

#[test]
fn a_training_is_left_to_the_processor_if_it_has_more_batches_than_kernels_can_count() {
    let settings = &member(1, 1e-3, 0.0).settings;
    let device = |train_trials, batch_size| {
        let work = Workload { train_trials, batch_size, evaluated_trials: 9, threads: 1 };
        gpu(7).of_training(settings, small(MODEL), &work).unwrap()
    };
    assert!(matches!(device(65_535, 1), Device::Cuda(_)));
    assert!(matches!(device(65_536, 1), Device::Cpu));
    assert!(matches!(device(65_536, 2), Device::Cuda(_)));
}

#[test]
fn a_gpu_that_is_full_or_gone_says_so() {
    let members = [member(1, 1e-3, 0.0), member(2, 1e-3, 0.0)];
    let tasks = || {
        let task = |member: &Member| Some(MemberEpoch { number: 1, order: order(member.seed) });
        Epoch { batch_size: 10, members: members.iter().map(task).collect() }
    };
    let full = gpu(3);
    fake().set(3, "MEMORY", "100000");
    let error = engine(&full, &members).submit(tasks()).unwrap_err();
    assert!(matches!(&error, ModelError::OutOfMemory(_)), "{error}");
    let lost = gpu(4);
    let mut engine = engine(&lost, &members);
    engine.submit(tasks()).unwrap();
    engine.collect().unwrap().unwrap();
    fake().set(4, "LOST_AFTER", "0");
    let error = engine.submit(tasks()).and_then(|()| engine.collect().map(drop)).unwrap_err();
    assert!(matches!(&error, ModelError::Device(_)), "{error}");
    assert!(engine.state(0).is_err());
}
