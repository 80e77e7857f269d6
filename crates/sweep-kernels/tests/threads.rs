//! Every result of a fused form is the same bits on any number of threads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Result, Tensor};
use support::{random, with_gradients};
use sweep_kernels::{
    Activation, Form::Fused, Pooling, activate, batch_norm_training, convolution, dropout, linear, pool,
};
use sweep_random::{Purpose, Stream};

/// Bits of output and gradients on `threads` threads.
fn bits(threads: usize, inputs: &[Tensor], function: fn(&[Tensor]) -> Result<Tensor>) -> Vec<Vec<u32>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let (out, mut gradients) = with_gradients(&Device::Cpu, inputs, &function);
        gradients.insert(0, out);
        gradients
            .iter()
            .map(|tensor| {
                let values: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
                values.into_iter().map(f32::to_bits).collect()
            })
            .collect()
    })
}

fn same_on_any_number(shapes: &[&[usize]], function: fn(&[Tensor]) -> Result<Tensor>) {
    let inputs: Vec<Tensor> =
        (1..).zip(shapes).map(|(seed, shape)| random(seed, shape).to_dtype(DType::F32).unwrap()).collect();
    let alone = bits(1, &inputs, function);
    for threads in [2, 4] {
        assert!(alone == bits(threads, &inputs, function), "{threads} threads");
    }
}

#[test]
fn convolutions() {
    // 41 trials: several partial sums, the last one short.
    same_on_any_number(&[&[41, 1, 2, 75], &[16, 1, 1, 51]], |t| {
        convolution(Fused, &t[0], &t[1], None, 25, 1)
    });
    same_on_any_number(&[&[41, 16, 2, 75], &[32, 1, 2, 1]], |t| {
        convolution(Fused, &t[0], &t[1], None, 0, 16)
    });
    same_on_any_number(&[&[41, 8, 1, 75], &[32, 8, 1, 15], &[32]], |t| {
        convolution(Fused, &t[0], &t[1], Some(&t[2]), 7, 1)
    });
    same_on_any_number(&[&[300, 5, 2, 30], &[7, 5, 2, 1], &[7]], |t| {
        convolution(Fused, &t[0], &t[1], Some(&t[2]), 0, 1)
    });
}

#[test]
fn the_rest() {
    same_on_any_number(&[&[41, 6, 2, 75], &[6], &[6]], |t| {
        Ok(batch_norm_training(Fused, &t[0], &t[1], &t[2], 1e-5)?.output)
    });
    same_on_any_number(&[&[41, 6, 2, 750]], |t| activate(Fused, &t[0], Activation::Elu { alpha: 1.0 }));
    same_on_any_number(&[&[41, 6, 2, 75]], |t| pool(Fused, &t[0], Pooling::Average, 4));
    same_on_any_number(&[&[41, 6, 2, 75]], |t| pool(Fused, &t[0], Pooling::Maximum, 2));
    same_on_any_number(&[&[41, 6, 2, 750]], |t| {
        dropout(Fused, &t[0], 0.5, Stream::new(1, Purpose::Dropout { layer: 0 }, 1, 1))
    });
    same_on_any_number(&[&[41, 600], &[3, 600], &[3]], |t| linear(Fused, &t[0], &t[1], &t[2]));
}
