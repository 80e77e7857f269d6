//! The buffers of networks that have trained, against what is foretold of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use candle_core::{DType, Device, Tensor};
use sweep_job::{Activation, ModelKind};
use sweep_kernels::threads;

use super::*;
use crate::{
    DropoutKey, Network, Settings,
    computation::Computation,
    fused::{Fused, Part, stage::Stage},
};

fn floats<T>(buffers: &[Vec<T>]) -> u64 {
    (buffers.iter().map(Vec::len).sum::<usize>() * size_of::<T>()) as u64
}

/// Bytes of the buffers of all parts.
fn parts(fused: &Fused<f32>) -> u64 {
    let of_part = |part: &Part<f32>| {
        let moments = part.moments.iter().map(|moments| moments.mean.len() + moments.products.len());
        let moments = moments.sum::<usize>() as u64;
        floats(&part.stored)
            + floats(&part.results)
            + moments * (FLOAT32 + FLOAT64)
            + floats(&part.sums)
            + floats(&part.at_points)
            + (part.first.len() + part.end.len()) as u64 * FLOAT32
            + part.end_bias.len() as u64 * FLOAT64
    };
    fused.parts.iter().map(of_part).sum()
}

/// Bytes of what is there once and can be counted from here.
fn core(fused: &Fused<f32>) -> u64 {
    let of_stage = |stage: &Stage<f32>| {
        let Stage { mixing, mean, slopes, moments, sums, .. } = stage;
        let coefficients = mixing.weight.len()
            + mixing.offset.len()
            + mean.len()
            + slopes.slope.len()
            + slopes.constant.len();
        let sums = moments.mean.len() + moments.products.len() + sums.len();
        coefficients as u64 * FLOAT32 + sums as u64 * FLOAT64
    };
    let core = &fused.core;
    let packed = core.first.packed.len() + core.end.packed.len() + core.end.packed_bias.len();
    packed as u64 * FLOAT32
        + core.stages.iter().map(of_stage).sum::<u64>()
        + core
            .convolutions
            .iter()
            .map(|convolution| floats(std::slice::from_ref(&convolution.at_points)))
            .sum::<u64>()
        + (core.end.order.len() * size_of::<Option<usize>>()) as u64
}

fn trained(model: ModelKind, shape: InputShape, work: &Workload) -> Network {
    let settings = Settings::lab(model, Activation::Relu);
    let mut network = Network::new(&settings, shape, 0, DType::F32, &Device::Cpu).unwrap();
    let signal =
        Tensor::rand(-1f32, 1., (work.train_trials, 1, shape.channels, shape.samples), &Device::Cpu).unwrap();
    for trials in work.batches() {
        let numbers: Vec<u32> = (0..trials as u32).collect();
        let labels: Vec<u32> = numbers.iter().map(|number| number % 2).collect();
        network.step(&signal, &numbers, &labels, DropoutKey { seed: 0, epoch: 1, step: 1 }).unwrap();
    }
    network.logits(&signal).unwrap();
    network
}

#[test]
fn every_buffer_of_a_part_is_foretold_to_the_byte() {
    for (model, channels, samples) in
        [(ModelKind::EegNet, 3, 250), (ModelKind::EegNet, 1, 333), (ModelKind::DeepConvNet, 3, 250)]
    {
        for (train_trials, batch_size) in [(40, 40), (40, 7), (70, 48), (15, 100)] {
            let shape = InputShape { channels, samples, classes: 3 };
            let work =
                Workload { train_trials, batch_size, evaluated_trials: train_trials, threads: threads() };
            let network = trained(model, shape, &work);
            let Computation::Fused32(fused) = &network.computation else { panic!("{model} is not fused") };
            let memory = fused_memory(&network.blueprint, shape, &work).unwrap();
            assert_eq!(parts(fused), memory.parts, "{model}, {train_trials} trials by {batch_size}");
            let core = core(fused);
            assert!((core..3 * core).contains(&memory.core), "{core} of {memory:?}");
        }
    }
}

#[test]
fn parts_are_those_of_the_training() {
    assert_eq!(parts_of(15), [15]);
    assert_eq!(parts_of(31), [31]);
    assert_eq!(parts_of(50), [16, 17, 17]);
    assert_eq!(parts_of(1080), [135; 8]);
    let parts = |batch_size, threads| {
        Parts::new(&Workload { train_trials: 1080, batch_size, evaluated_trials: 1080, threads })
    };
    // Twenty batches of 54 trials and none smaller; eight trials are evaluated first where a checkpoint is.
    assert_eq!(parts(54, 1), Parts { trials: 54, outgrown: 8, count: 3 });
    // A last batch of 24 trials is one part, which outgrows that of 16.
    assert_eq!(parts(48, 2), Parts { trials: 48 + 8, outgrown: 16 + 16, count: 3 });
}
