//! Shapes and values that cannot be are errors, and operands that are views are read right.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Tensor};
use support::{dropout_stream, random, values};
use sweep_composed::operations::{
    Geometry, batch_norm_evaluation, batch_norm_training, convolution, cross_entropy, dropout, linear, pool,
};
use sweep_kernels::{Mask, Pooling};

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap()
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let x = zeros(&[2, 4, 3, 5]);
    for (weight, padding, groups) in [
        ([6, 4, 1, 6], 0, 1),
        ([6, 4, 4, 1], 0, 1),
        ([6, 3, 1, 1], 0, 1),
        ([6, 1, 1, 1], 0, 4),
        ([6, 4, 1, 1], 0, 0),
        ([6, 4, 0, 1], 0, 1),
    ] {
        assert!(
            convolution(&x, &zeros(&weight), None, Geometry::plain(padding, groups)).is_err(),
            "{weight:?}"
        );
    }
    let fits = zeros(&[6, 4, 1, 1]);
    assert!(convolution(&x, &fits, Some(&zeros(&[5])), Geometry::plain(0, 1)).is_err());
    assert!(convolution(&x.flatten_from(2).unwrap(), &fits, None, Geometry::plain(0, 1)).is_err());
    for size in [0, 6] {
        assert!(pool(&x, Pooling::Average, size).is_err());
    }
    assert!(batch_norm_training(&x, &zeros(&[3]), &zeros(&[4]), 1e-5).is_err());
    assert!(batch_norm_training(&zeros(&[1, 4]), &zeros(&[4]), &zeros(&[4]), 1e-5).is_err());
    let [four, three] = [zeros(&[4]), zeros(&[3])];
    assert!(batch_norm_evaluation(&x, &four, &four, &four, &three, 1e-5).is_err());
    assert!(linear(&zeros(&[2, 4]), &zeros(&[3, 5]), &zeros(&[3])).is_err());
    let mask = Mask::new(0.5, dropout_stream(1)).unwrap();
    assert!(dropout(&zeros(&[2, 4, 5]), mask, 1).is_err());
}

#[test]
fn labels_that_are_no_classes_are_refused() {
    let logits = zeros(&[2, 3]);
    let labels = |labels: &[u32]| Tensor::new(labels, &Device::Cpu).unwrap();
    assert!(cross_entropy(&logits, &labels(&[0]), 0.0).is_err());
    assert!(cross_entropy(&logits, &labels(&[0, 3]), 0.0).is_err());
    assert!(cross_entropy(&logits, &zeros(&[2]), 0.0).is_err());
    assert!(cross_entropy(&zeros(&[0, 3]), &labels(&[]), 0.0).is_err());
}

#[test]
fn operands_that_are_views_are_read_right() {
    let wide = random(1, &[2, 3, 2, 9]);

    let view = wide.narrow(3, 1, 7).unwrap().transpose(0, 1).unwrap();
    let copy = view.copy().unwrap().contiguous().unwrap();
    let weight = random(2, &[4, 2, 1, 3]);
    let of = |x: &Tensor| values(&convolution(x, &weight, None, Geometry::plain(1, 1)).unwrap());
    assert_eq!(of(&view), of(&copy));
    let pooled = |x: &Tensor| values(&pool(x, Pooling::Maximum, 2).unwrap());
    assert_eq!(pooled(&view), pooled(&copy));
    let mask = Mask::new(0.5, dropout_stream(1)).unwrap();
    let dropped = |x: &Tensor| values(&dropout(x, mask, 2).unwrap());
    assert_eq!(dropped(&view), dropped(&copy));
}
