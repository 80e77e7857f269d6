//! Gradients of every composed operation by finite differences in float64.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{Device, Tensor};
use support::{assert_close, check_gradients, dropout_stream, random, with_gradients};
use sweep_composed::operations::{
    Geometry, activate, batch_norm_evaluation, batch_norm_training, convolution, cross_entropy, dropout,
    linear, pool,
};
use sweep_kernels::{Activation, Mask, Pooling};

/// Sizes of a convolution: input, weight, padding, groups.
type Sizes = ([usize; 4], [usize; 4], usize, usize);

/// The networks' convolutions in small, and what lies between.
const CONVOLUTIONS: [Sizes; 9] = [
    // EEGNet: along time, depthwise over channels, full.
    ([2, 1, 2, 12], [3, 1, 1, 7], 3, 1),
    ([2, 4, 3, 9], [8, 1, 3, 1], 0, 4),
    ([3, 3, 1, 10], [4, 3, 1, 5], 2, 1),
    // DeepConvNet: along time, over channels, full.
    ([2, 1, 3, 11], [3, 1, 1, 5], 0, 1),
    ([2, 3, 3, 7], [3, 3, 3, 1], 0, 1),
    ([2, 3, 1, 9], [4, 3, 1, 5], 0, 1),
    // A kernel smaller than the height; groups of several planes; a kernel that fits by its padding alone.
    ([2, 2, 4, 6], [3, 2, 2, 3], 1, 1),
    ([2, 4, 2, 20], [6, 2, 1, 6], 4, 2),
    ([1, 2, 1, 2], [2, 2, 1, 5], 3, 1),
];

#[test]
fn convolutions() {
    for (x, weight, padding, groups) in CONVOLUTIONS {
        let inputs = [random(1, &x), random(2, &weight), random(3, &weight[..1])];
        check_gradients(&inputs, &|t| {
            convolution(&t[0], &t[1], Some(&t[2]), Geometry::plain(padding, groups))
        });
        check_gradients(&inputs[..2], &|t| convolution(&t[0], &t[1], None, Geometry::plain(padding, groups)));
    }
}

#[test]
fn a_convolution_by_hand() {
    let x = Tensor::new(&[[[[1.0f64, 2.0, 3.0]]]], &Device::Cpu).unwrap();
    let weight = Tensor::new(&[[[[1.0f64, 10.0, 100.0]]]], &Device::Cpu).unwrap();
    let bias = Tensor::new(&[0.5f64], &Device::Cpu).unwrap();
    let out = convolution(&x, &weight, Some(&bias), Geometry::plain(2, 1)).unwrap();
    assert_eq!(support::values(&out), [100.5, 210.5, 321.5, 32.5, 3.5]);
}

#[test]
fn an_input_outside_the_graph_gets_no_gradient_and_changes_none() {
    let (x, weight) = (random(1, &[2, 3, 1, 9]), random(2, &[4, 3, 1, 5]));
    let (_, both) = with_gradients(&[x.clone(), weight.clone()], &|t| {
        convolution(&t[0], &t[1], None, Geometry::plain(0, 1))
    });
    let (_, one) = with_gradients(&[weight], &|t| convolution(&x, &t[0], None, Geometry::plain(0, 1)));
    assert_close(&one[0], &both[1], 0.0, "weight gradient");
}

#[test]
fn batch_norm_in_training() {
    for shape in [vec![5, 3, 2, 4], vec![6, 2, 7], vec![4, 3]] {
        let inputs = [random(4, &shape), random(5, &shape[1..2]), random(6, &shape[1..2])];
        check_gradients(&inputs, &|t| Ok(batch_norm_training(&t[0], &t[1], &t[2], 1e-5)?.output));
    }
}

#[test]
fn batch_norm_in_evaluation() {
    let inputs = [random(4, &[5, 3, 2, 4]), random(5, &[3]), random(6, &[3])];
    let (mean, variance) = (random(7, &[3]), random(8, &[3]).sqr().unwrap());
    let (mean, variance) = (mean, variance);
    check_gradients(&inputs, &|t| batch_norm_evaluation(&t[0], &t[1], &t[2], &mean, &variance, 1e-5));
}

#[test]
fn activations() {
    for activation in [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.01 },
        Activation::LeakyRelu { slope: -0.2 },
        Activation::Elu { alpha: 1.0 },
        Activation::Elu { alpha: 0.3 },
        Activation::Elu { alpha: -0.6 },
    ] {
        check_gradients(&[random(9, &[4, 3, 11])], &|t| activate(&t[0], activation));
    }
}

#[test]
fn pools() {
    for pooling in [Pooling::Average, Pooling::Maximum] {
        for (time, size) in [(369, 2), (750, 4), (187, 8), (7, 3), (5, 5), (4, 1)] {
            check_gradients(&[random(10, &[1, 2, 1, time])], &|t| pool(&t[0], pooling, size));
        }
    }
}

#[test]
fn dropouts() {
    let mask = Mask::new(0.3, dropout_stream(3)).unwrap();

    for copies in [1, 2, 4] {
        check_gradients(&[random(11, &[3, 4, 5, 7])], &|t| dropout(&t[0], mask, copies));
    }
}

#[test]
fn cross_entropies() {
    let labels = Tensor::new(&[2u32, 0, 1, 1], &Device::Cpu).unwrap();
    for smoothing in [0.0, 0.2] {
        check_gradients(&[random(12, &[4, 3])], &|t| cross_entropy(&t[0], &labels, smoothing));
    }
}

#[test]
fn dense_layers() {
    let inputs = [random(13, &[5, 7]), random(14, &[3, 7]), random(15, &[3])];
    check_gradients(&inputs, &|t| linear(&t[0], &t[1], &t[2]));
}
