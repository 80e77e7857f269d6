//! Engines: members beside each other, states out and in, data that do not fit, and what a diverged member leaves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;

use support::{small, trials};
use sweep_job::{Activation, MaxNorm, ModelKind, Optimizer};
use sweep_models::{
    Device, Divergence, Engine, Epoch, EpochResult, LabelledTrials, Member, MemberEpoch, ModelError,
    OptimizerSettings, Settings, TrainedEpoch, TrainingData,
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

fn engine(members: &[Member]) -> Box<dyn Engine> {
    let mut engine = Device::cpu().engine(members, small(MODEL)).unwrap();
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
    let members = [member(1, 1e-3, 0.25), member(2, 1e-2, 0.5), member(3, 1e-3, 0.0)];
    let mut together = engine(&members);
    let results: Vec<_> = (1..=3).map(|number| epoch(together.as_mut(), number, &members)).collect();
    for (number, member) in members.iter().enumerate() {
        let member = std::slice::from_ref(member);
        let mut alone = engine(member);
        for (epoch_number, results) in (1..).zip(&results) {
            assert_eq!(epoch(alone.as_mut(), epoch_number, member)[0], results[number]);
        }
        assert_eq!(alone.state(0).unwrap(), together.state(number).unwrap());
    }
    assert_ne!(results[2][0], results[2][2], "dropout changes what is learnt");
}

#[test]
fn a_state_in_another_engine_goes_on_with_the_same_bits() {
    let members = [member(1, 1e-3, 0.25)];
    let mut first = engine(&members);
    (1..=2).for_each(|number| drop(epoch(first.as_mut(), number, &members)));
    let state = first.state(0).unwrap();
    let mut second = engine(&members);
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

#[test]
fn a_member_that_diverges_leaves_the_others_alone() {
    let sgd = Optimizer::Sgd { momentum: 0.0, nesterov: false };
    let mut wild = member(1, 1e30, 0.0);
    wild.optimizer.optimizer = sgd;
    wild.settings.max_norm = None;
    let members = [wild, member(2, 1e-3, 0.0)];
    let results = epoch(engine(&members).as_mut(), 1, &members);
    assert!(matches!(results[0], Err(Divergence { step: 2.. })), "{:?}", results[0]);
    assert_eq!(results[1], epoch(engine(&members[1..]).as_mut(), 1, &members[1..])[0]);
}

#[test]
fn an_epoch_that_does_not_fit_the_data_is_refused() {
    let members = [member(1, 1e-3, 0.0)];
    let task = || Some(MemberEpoch { number: 1, order: vec![24, 25] });
    let error = engine(&members).submit(Epoch { batch_size: 10, members: vec![task()] }).unwrap_err();
    assert!(matches!(error, ModelError::Trial { number: 25, trials: 25 }), "{error}");
    let two = Epoch { batch_size: 10, members: vec![task(), None] };
    let error = engine(&members).submit(two).unwrap_err();
    assert!(matches!(error, ModelError::Members { members: 1, given: 2 }), "{error}");
}

#[test]
fn members_rest_and_go_on_at_epochs_of_their_own() {
    let members = [member(1, 1e-3, 0.25), member(2, 1e-2, 0.5)];
    let alone = |number: usize| {
        let member = &members[number..=number];
        let mut engine = engine(member);
        let results: Vec<_> =
            (1..=3).map(|number| epoch(engine.as_mut(), number, member)[0].clone()).collect();
        (results, engine.state(0).unwrap())
    };
    let mut together = engine(&members);
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
