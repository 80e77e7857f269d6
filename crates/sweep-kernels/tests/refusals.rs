//! Shapes and values that cannot be are errors, in either form; and what dropout promises of its mask.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Tensor};
use support::{random, values, ways};
use sweep_kernels::{
    Form, Pooling, batch_norm_evaluation, batch_norm_training, convolution, cross_entropy, dropout, linear,
    pool,
};
use sweep_random::{Purpose, Stream};

const FORMS: [Form; 2] = [Form::Fused, Form::Composed];

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap()
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let x = zeros(&[2, 4, 3, 5]);
    for form in FORMS {
        for (weight, padding, groups) in [
            ([6, 4, 1, 6], 0, 1),
            ([6, 4, 4, 1], 0, 1),
            ([6, 3, 1, 1], 0, 1),
            ([6, 1, 1, 1], 0, 4),
            ([6, 4, 1, 1], 0, 0),
            ([6, 4, 0, 1], 0, 1),
        ] {
            assert!(convolution(form, &x, &zeros(&weight), None, padding, groups).is_err(), "{weight:?}");
        }
        let fits = zeros(&[6, 4, 1, 1]);
        assert!(convolution(form, &x, &fits, Some(&zeros(&[5])), 0, 1).is_err());
        assert!(convolution(form, &x.flatten_from(2).unwrap(), &fits, None, 0, 1).is_err());
        for size in [0, 6] {
            assert!(pool(form, &x, Pooling::Average, size).is_err());
        }
        assert!(batch_norm_training(form, &x, &zeros(&[3]), &zeros(&[4]), 1e-5).is_err());
        assert!(batch_norm_training(form, &zeros(&[1, 4]), &zeros(&[4]), &zeros(&[4]), 1e-5).is_err());
        let [four, three] = [zeros(&[4]), zeros(&[3])];
        assert!(batch_norm_evaluation(form, &x, &four, &four, &four, &three, 1e-5).is_err());
        assert!(linear(form, &zeros(&[2, 4]), &zeros(&[3, 5]), &zeros(&[3])).is_err());
    }
}

#[test]
fn labels_that_are_no_classes_are_refused() {
    let logits = zeros(&[2, 3]);
    for form in FORMS {
        let labels = |labels: &[u32]| Tensor::new(labels, &Device::Cpu).unwrap();
        assert!(cross_entropy(form, &logits, &labels(&[0])).is_err());
        assert!(cross_entropy(form, &logits, &labels(&[0, 3])).is_err());
        assert!(cross_entropy(form, &logits, &zeros(&[2])).is_err());
        assert!(cross_entropy(form, &zeros(&[0, 3]), &labels(&[])).is_err());
    }
}

#[test]
fn other_element_types_are_refused_by_the_fused_form() {
    let x = zeros(&[2, 4, 3, 5]).to_dtype(DType::F16).unwrap();
    let error = pool(Form::Fused, &x, Pooling::Average, 2).unwrap_err().to_string();
    assert!(error.starts_with("elements of type f16"), "{error}");
    let mixed = convolution(Form::Fused, &zeros(&[1, 1, 1, 4]), &random(1, &[1, 1, 1, 2]), None, 0, 1);
    assert!(mixed.is_err());
}

#[test]
fn a_mask_is_the_words_of_its_stream() {
    let stream = Stream::new(5, Purpose::Dropout { layer: 2 }, 6, 7);
    let mut words = vec![0; 3 * 20_000];
    stream.fill(0, &mut words);
    for (form, device) in ways() {
        let x = Tensor::ones((3, 20_000), DType::F64, &device).unwrap();
        let out = values(&dropout(form, &x, 0.25, stream).unwrap());
        for (out, word) in out.iter().zip(&words) {
            assert_eq!(*out, if *word >= 1 << 30 { 1.0 / 0.75 } else { 0.0 });
        }
        let kept = out.iter().filter(|out| **out > 0.0).count() as f64;
        assert!((kept / 6e4 - 0.75).abs() < 5.0 * (0.75 * 0.25 / 6e4f64).sqrt(), "{kept}");
        for probability in [-0.1, 1.0, f64::NAN] {
            assert!(dropout(form, &x, probability, stream).is_err());
        }
        assert_eq!(values(&dropout(form, &x, 0.0, stream).unwrap()), values(&x));
    }
}

#[test]
fn operands_that_are_views_are_read_right() {
    let wide = random(1, &[2, 3, 2, 9]);
    let view = wide.narrow(3, 1, 7).unwrap().transpose(0, 1).unwrap();
    let copy = view.copy().unwrap().contiguous().unwrap();
    for form in FORMS {
        let weight = random(2, &[4, 2, 1, 3]);
        let of = |x: &Tensor| values(&convolution(form, x, &weight, None, 1, 1).unwrap());
        assert_eq!(of(&view), of(&copy));
        let pooled = |x: &Tensor| values(&pool(form, x, Pooling::Maximum, 2).unwrap());
        assert_eq!(pooled(&view), pooled(&copy));
    }
}
