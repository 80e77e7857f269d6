//! The fused form's estimate against the buffers that it really has; and what an estimate must do when its inputs grow.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sweep_job::{Activation, ModelKind, Optimizer};
use sweep_networks::SettingValues;

use super::*;

fn memory(model: ModelKind, shape: InputShape, batch_size: usize, form: Form) -> TrainingMemory {
    let work = Workload { train_trials: 1080, batch_size, evaluated_trials: 1080, threads: 1 };
    training_memory(&Settings::lab(model, Activation::Relu), &Optimizer::LAB, shape, &work, form).unwrap()
}

#[test]
fn weights_gradients_and_moments_are_counted_once_each() {
    let shape = InputShape { channels: 2, samples: 750, classes: 2 };
    let TrainingMemory { weights, gradients, optimizer, .. } =
        memory(ModelKind::EegNet, shape, 108, Form::Fused);
    let blueprint = ModelKind::EegNet.descriptor().blueprint(&SettingValues::default(), shape).unwrap();
    let parameters: usize = blueprint.layers.iter().map(|layer| layer.kind.parameter_count()).sum();
    assert_eq!(gradients, 4 * parameters as u64);
    assert_eq!(optimizer, 2 * gradients);
    // 16 + 32 + 32 planes with two statistics each.
    assert_eq!(weights, gradients + 4 * 2 * 80);
}

#[test]
fn a_larger_training_never_takes_less() {
    for model in ModelKind::ALL {
        for form in [Form::Fused, Form::Composed] {
            let total = |channels, samples, batch| {
                memory(model, InputShape { channels, samples, classes: 4 }, batch, form).total()
            };
            let sizes =
                [(8, 250, 16), (8, 250, 32), (8, 250, 540), (8, 500, 540), (32, 500, 540), (32, 1000, 1080)];
            let totals = sizes.map(|(channels, samples, batch)| total(channels, samples, batch));
            assert!(totals.is_sorted(), "{model} {form:?}: {totals:?}");
            assert!(totals[0] > 0);
        }
    }
}

#[test]
fn networks_that_the_fused_form_does_not_know_are_composed() {
    let shape = InputShape { channels: 2, samples: 750, classes: 65 };
    let of = |form| memory(ModelKind::EegNet, shape, 108, form);
    assert_eq!(of(Form::Fused), of(Form::Composed));
}

#[test]
fn a_batch_is_never_larger_than_the_train_set() {
    let batches = |batch_size, train_trials| {
        let work = Workload { train_trials, batch_size, evaluated_trials: 1, threads: 1 };
        work.batches().collect::<Vec<_>>()
    };
    assert_eq!(batches(100, 1080), [100, 80]);
    assert_eq!(batches(108, 1080), [108]);
    assert_eq!(batches(2000, 1080), [1080, 1080]);
}
