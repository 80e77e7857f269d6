//! Gradients of every operation by finite differences in float64, and agreement of the two forms in value and gradient.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Result, Tensor};
use proptest::prelude::*;
use support::{assert_close, check_gradients, random, ways, with_gradients};
use sweep_kernels::{
    Activation, Form, Pooling, activate, batch_norm_evaluation, batch_norm_training, convolution,
    cross_entropy, dropout, linear, pool,
};
use sweep_random::{Purpose, Stream};

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
    for (form, device) in ways() {
        for (x, weight, padding, groups) in CONVOLUTIONS {
            let inputs = [random(1, &x), random(2, &weight), random(3, &weight[..1])];
            check_gradients(&device, &inputs, &|t| {
                convolution(form, &t[0], &t[1], Some(&t[2]), padding, groups)
            });
            check_gradients(&device, &inputs[..2], &|t| {
                convolution(form, &t[0], &t[1], None, padding, groups)
            });
        }
    }
}

#[test]
fn a_convolution_by_hand() {
    for (form, device) in ways() {
        let x = Tensor::new(&[[[[1.0f64, 2.0, 3.0]]]], &device).unwrap();
        let weight = Tensor::new(&[[[[1.0f64, 10.0, 100.0]]]], &device).unwrap();
        let bias = Tensor::new(&[0.5f64], &device).unwrap();
        let out = convolution(form, &x, &weight, Some(&bias), 2, 1).unwrap();
        assert_eq!(support::values(&out), [100.5, 210.5, 321.5, 32.5, 3.5]);
    }
}

#[test]
fn an_input_outside_the_graph_gets_no_gradient_and_changes_none() {
    let (x, weight) = (random(1, &[2, 3, 1, 9]), random(2, &[4, 3, 1, 5]));
    let (_, both) = with_gradients(&Device::Cpu, &[x.clone(), weight.clone()], &|t| {
        convolution(Form::Fused, &t[0], &t[1], None, 0, 1)
    });
    let (_, one) =
        with_gradients(&Device::Cpu, &[weight], &|t| convolution(Form::Fused, &x, &t[0], None, 0, 1));
    assert_close(&one[0], &both[1], 0.0, "weight gradient");
}

#[test]
fn batch_norm_in_training() {
    for (form, device) in ways() {
        for shape in [vec![5, 3, 2, 4], vec![6, 2, 7], vec![4, 3]] {
            let inputs = [random(4, &shape), random(5, &shape[1..2]), random(6, &shape[1..2])];
            check_gradients(&device, &inputs, &|t| {
                Ok(batch_norm_training(form, &t[0], &t[1], &t[2], 1e-5)?.output)
            });
        }
    }
}

#[test]
fn batch_norm_in_evaluation() {
    for (form, device) in ways() {
        let inputs = [random(4, &[5, 3, 2, 4]), random(5, &[3]), random(6, &[3])];
        let (mean, variance) = (random(7, &[3]), random(8, &[3]).sqr().unwrap());
        let (mean, variance) = (mean.to_device(&device).unwrap(), variance.to_device(&device).unwrap());
        check_gradients(&device, &inputs, &|t| {
            batch_norm_evaluation(form, &t[0], &t[1], &t[2], &mean, &variance, 1e-5)
        });
    }
}

#[test]
fn activations() {
    for (form, device) in ways() {
        for activation in [
            Activation::Relu,
            Activation::LeakyRelu { slope: 0.01 },
            Activation::Elu { alpha: 1.0 },
            Activation::Elu { alpha: 0.3 },
        ] {
            check_gradients(&device, &[random(9, &[4, 3, 11])], &|t| activate(form, &t[0], activation));
        }
    }
}

#[test]
fn pools() {
    for (form, device) in ways() {
        for pooling in [Pooling::Average, Pooling::Maximum] {
            for (time, size) in [(369, 2), (750, 4), (187, 8), (7, 3), (5, 5), (4, 1)] {
                check_gradients(&device, &[random(10, &[1, 2, 1, time])], &|t| {
                    pool(form, &t[0], pooling, size)
                });
            }
        }
    }
}

#[test]
fn dropouts() {
    let stream = Stream::new(3, Purpose::Dropout { layer: 1 }, 4, 5);
    for (form, device) in ways() {
        check_gradients(&device, &[random(11, &[3, 4, 5, 7])], &|t| dropout(form, &t[0], 0.3, stream));
    }
}

#[test]
fn cross_entropies() {
    for (form, device) in ways() {
        let labels = Tensor::new(&[2u32, 0, 1, 1], &device).unwrap();
        check_gradients(&device, &[random(12, &[4, 3])], &|t| cross_entropy(form, &t[0], &labels));
    }
}

#[test]
fn dense_layers() {
    for (form, device) in ways() {
        let inputs = [random(13, &[5, 7]), random(14, &[3, 7]), random(15, &[3])];
        check_gradients(&device, &inputs, &|t| linear(form, &t[0], &t[1], &t[2]));
    }
}

/// Compares the forms on one function of `inputs`, in both element types.
fn forms_agree(inputs: &[Tensor], function: &dyn Fn(Form, &[Tensor]) -> Result<Tensor>, what: &str) {
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 3e-6)] {
        let inputs: Vec<Tensor> = inputs.iter().map(|input| input.to_dtype(dtype).unwrap()).collect();
        let (out, gradients) = with_gradients(&Device::Cpu, &inputs, &|t| function(Form::Fused, t));
        for (form, device) in ways() {
            let (other, other_gradients) = with_gradients(&device, &inputs, &|t| function(form, t));
            assert_close(&out, &other, tolerance, what);
            for (gradient, other) in gradients.iter().zip(&other_gradients) {
                assert_close(gradient, other, tolerance, what);
            }
        }
    }
}

/// Sizes that fit each other, around those where the ways of computing part.
fn sizes() -> impl Strategy<Value = Sizes> {
    (1usize..4, 1usize..4, 1usize..4, 1usize..4, 1usize..4, 1usize..30, 1usize..12, 0usize..6).prop_flat_map(
        |(batch, groups, inputs, outputs, height, time, kernel_time, padding)| {
            let kernel_time = kernel_time.min(time + 2 * padding);
            (1..=height).prop_map(move |kernel_height| {
                let x = [batch, groups * inputs, height, time];
                (x, [groups * outputs, inputs, kernel_height, kernel_time], padding, groups)
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn forms_of_convolution_agree((x, weight, padding, groups) in sizes()) {
        let inputs = [random(1, &x), random(2, &weight), random(3, &weight[..1])];
        forms_agree(
            &inputs,
            &|form, t| convolution(form, &t[0], &t[1], Some(&t[2]), padding, groups),
            &format!("{x:?} {weight:?} padding {padding} groups {groups}"),
        );
    }

    #[test]
    fn forms_of_pooling_and_dropout_agree(rows in 1usize..70, time in 1usize..40, size in 1usize..9, p in 0.0f64..0.99) {
        let size = size.min(time);
        let stream = Stream::new(1, Purpose::Dropout { layer: 0 }, rows as u32, time as u32);
        let inputs = [random(4, &[rows, time])];
        for pooling in [Pooling::Average, Pooling::Maximum] {
            forms_agree(&inputs, &|form, t| pool(form, &t[0], pooling, size), "pooling");
        }
        forms_agree(&inputs, &|form, t| dropout(form, &t[0], p, stream), "dropout");
    }
}

#[test]
fn forms_of_the_rest_agree() {
    let x = random(20, &[9, 5, 2, 33]);
    let (weight, bias) = (random(21, &[5]), random(22, &[5]));
    for number in 0..3 {
        forms_agree(
            &[x.clone(), weight.clone(), bias.clone()],
            &|form, t| {
                let out = batch_norm_training(form, &t[0], &t[1], &t[2], 1e-5)?;
                Ok([out.output, out.mean, out.unbiased_variance][number].clone())
                    // Only the output is part of the graph; a path of weight 0 gives the others gradients to compare.
                    .and_then(|chosen| {
                        if number == 0 {
                            Ok(chosen)
                        } else {
                            chosen + ((&t[1] + &t[2])? + t[0].mean((0, 2, 3))?)?
                        }
                    })
            },
            "batch normalisation in training",
        );
    }
    for activation in [Activation::Relu, Activation::LeakyRelu { slope: 0.2 }, Activation::Elu { alpha: 0.7 }]
    {
        forms_agree(std::slice::from_ref(&x), &|form, t| activate(form, &t[0], activation), "activation");
    }
    let labels = Tensor::from_vec((0..45u32).map(|i| i % 6).collect(), 45, &Device::Cpu).unwrap();
    forms_agree(
        &[random(23, &[45, 6])],
        &|form, t| cross_entropy(form, &t[0], &labels.to_device(t[0].device())?),
        "cross-entropy",
    );
    forms_agree(
        &[random(24, &[9, 71]), random(25, &[4, 71]), random(26, &[4])],
        &|form, t| linear(form, &t[0], &t[1], &t[2]),
        "dense layer",
    );
}
