//! Layers of published networks against PyTorch and against finite differences; `golden/make_layers.py` wrote the numbers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::path::Path;

use candle_core::{DType, Device, Result, Tensor, Var, safetensors::load};
use support::{assert_close, check_gradients, dropout_stream, random};
use sweep_composed::operations::{
    AttentionInputs, Geometry, attention, convolution, gelu, layer_norm, linear_at_places, pool_every,
    safe_log, square,
};
use sweep_kernels::{Mask, Pooling};

/// A layer as a function of its inputs.
type Layer = Box<dyn Fn(&[Tensor]) -> Result<Tensor>>;

fn convolved(geometry: Geometry) -> Layer {
    Box::new(move |t| convolution(&t[0], &t[1], Some(&t[2]), geometry))
}

fn pooled(pooling: Pooling, size: usize, stride: usize) -> Layer {
    Box::new(move |t| pool_every(&t[0], pooling, size, stride))
}

fn attended(heads: usize, scale: f64, mask: Option<Mask>) -> Layer {
    Box::new(move |t| {
        attention(AttentionInputs { queries: &t[0], keys: &t[1], values: &t[2] }, heads, scale, mask)
    })
}

/// Each case of the golden numbers, and how many inputs it has.
fn cases() -> Vec<(&'static str, usize, Layer)> {
    let plain = Geometry::plain(0, 1);
    let along_time = |stride, dilation| Geometry { stride: (1, stride), dilation: (1, dilation), ..plain };
    let both_axes = Geometry { height: (1, 2), time: (2, 1), stride: (2, 3), dilation: (2, 2), ..plain };
    vec![
        ("stride", 3, convolved(along_time(3, 1))),
        ("stride_whole", 3, convolved(along_time(3, 1))),
        ("dilation", 3, convolved(along_time(1, 3))),
        ("causal", 3, convolved(Geometry { time: (6, 0), ..along_time(1, 2) })),
        ("same_even", 3, convolved(Geometry { time: (1, 2), groups: 2, ..plain })),
        ("both_axes", 3, convolved(both_axes)),
        ("depthwise", 3, convolved(Geometry { time: (1, 1), groups: 4, ..along_time(2, 1) })),
        ("pointwise", 3, convolved(plain)),
        ("average_7_3", 1, pooled(Pooling::Average, 7, 3)),
        ("average_3_5", 1, pooled(Pooling::Average, 3, 5)),
        ("maximum_7_3", 1, pooled(Pooling::Maximum, 7, 3)),
        ("maximum_ties", 1, pooled(Pooling::Maximum, 6, 2)),
        ("square", 1, Box::new(|t| square(&t[0]))),
        ("safe_log", 1, Box::new(|t| safe_log(&t[0], 1e-6))),
        ("gelu", 1, Box::new(|t| gelu(&t[0]))),
        ("layer_norm", 3, Box::new(|t| layer_norm(&t[0], &t[1], &t[2], 1e-6))),
        ("linear", 3, Box::new(|t| linear_at_places(&t[0], &t[1], &t[2]))),
        ("attention", 3, attended(3, 0.5f64.sqrt(), None)),
        ("attention_sizes", 3, attended(2, 0.7, None)),
    ]
}

#[test]
fn outputs_and_gradients_are_pytorchs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/layers.safetensors");
    let numbers = load(file, &Device::Cpu).unwrap();
    let cases = cases();
    let of_cases = |suffix: &str| numbers.keys().filter(|name| name.ends_with(suffix)).count();
    assert_eq!(of_cases(".out"), cases.len());

    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-5)] {
        for (case, inputs, layer) in &cases {
            let number = |name: &str| {
                let number = &numbers[&format!("{case}.{name}")];
                number.to_dtype(dtype).unwrap()
            };
            let inputs: Vec<Var> =
                (0..*inputs).map(|input| Var::from_tensor(&number(&input.to_string())).unwrap()).collect();
            let tensors: Vec<Tensor> = inputs.iter().map(|input| input.as_tensor().clone()).collect();
            let out = layer(&tensors).unwrap();
            let what = format!("{case} {dtype:?}");
            assert_close(&out, &number("out"), tolerance, &what);
            let gradients = (out * number("weights")).unwrap().sum_all().unwrap().backward().unwrap();
            for (place, input) in inputs.iter().enumerate() {
                let expected = number(&format!("gradient.{place}"));
                let what = format!("gradient {place} of {what}");
                assert_close(gradients.get(input).unwrap(), &expected, tolerance, &what);
            }
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let shapes: &[(&str, &[&[usize]])] = &[
        ("stride", &[&[2, 2, 1, 11], &[3, 2, 1, 3], &[3]]),
        ("dilation", &[&[2, 2, 1, 9], &[3, 2, 1, 3], &[3]]),
        ("both_axes", &[&[1, 2, 6, 8], &[2, 2, 2, 3], &[2]]),
        ("depthwise", &[&[1, 4, 2, 7], &[4, 1, 2, 3], &[4]]),
        ("average_7_3", &[&[2, 2, 1, 14]]),
        ("maximum_7_3", &[&[2, 2, 1, 14]]),
        ("square", &[&[2, 3, 1, 2]]),
        ("gelu", &[&[2, 3, 1, 2]]),
        ("layer_norm", &[&[2, 4, 2, 3], &[4], &[4]]),
        ("linear", &[&[2, 3, 2, 2], &[4, 3], &[4]]),
        ("attention", &[&[2, 6, 1, 4], &[2, 6, 1, 4], &[2, 6, 1, 4]]),
    ];
    let cases = cases();
    let masked = ("attention with dropout", attended(2, 0.5, Mask::new(0.3, dropout_stream(3))));

    for (name, shapes) in shapes {
        let (_, _, layer) = cases.iter().find(|(case, ..)| case == name).unwrap();
        let inputs: Vec<Tensor> =
            shapes.iter().enumerate().map(|(seed, shape)| random(seed as u64, shape)).collect();
        check_gradients(&inputs, layer);
    }
    let inputs = [4, 5, 6].map(|seed| random(seed, &[2, 4, 1, 3]));
    check_gradients(&inputs, &masked.1);
    // Away from where it is cut off.
    let x = random(7, &[2, 3]).abs().unwrap();
    check_gradients(&[(x + 0.1).unwrap()], &|t| safe_log(&t[0], 1e-6));
}

#[test]
fn what_cannot_be_is_refused() {
    let x = random(1, &[2, 4, 1, 6]);
    for (size, stride) in [(0, 1), (2, 0), (7, 2)] {
        assert!(pool_every(&x, Pooling::Average, size, stride).is_err(), "{size} {stride}");
    }
    let weight = random(2, &[3, 4, 1, 3]);
    let plain = Geometry::plain(0, 1);
    for geometry in [
        Geometry { dilation: (1, 3), ..plain },
        Geometry { stride: (1, 0), ..plain },
        Geometry { dilation: (0, 1), ..plain },
    ] {
        assert!(convolution(&x, &weight, None, geometry).is_err(), "{geometry:?}");
    }
    let of = |heads, keys: &[usize]| {
        let keys = random(3, keys);
        attention(AttentionInputs { queries: &x, keys: &keys, values: &keys }, heads, 1.0, None)
    };
    assert!(of(2, &[2, 4, 1, 5]).is_ok());
    assert!(of(3, &[2, 4, 1, 6]).is_err());
    assert!(of(0, &[2, 4, 1, 6]).is_err());
    assert!(of(2, &[2, 2, 1, 6]).is_err());
    assert!(layer_norm(&x, &random(4, &[3]), &random(4, &[3]), 1e-5).is_err());
    assert!(linear_at_places(&x, &random(4, &[5, 3]), &random(4, &[5])).is_err());
}
