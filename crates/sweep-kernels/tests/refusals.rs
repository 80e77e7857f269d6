//! Shapes and values that cannot be are errors, and operands that are views are read right.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Device, Tensor, Var};
use support::{devices, dropout_stream, random, values, ways};
use sweep_kernels::{
    AdamRule, DecayKind, Form, Geometry, Mask, Pooling, SgdRule, adam_step, batch_norm_evaluation,
    batch_norm_training, convolution, cross_entropy, dropout, limit_row_norms, linear, pool, sgd_step,
    with_elements, with_elements_mut,
};

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
    assert!(cross_entropy(&logits, &labels(&[0])).is_err());
    assert!(cross_entropy(&logits, &labels(&[0, 3])).is_err());
    assert!(cross_entropy(&logits, &zeros(&[2])).is_err());
    assert!(cross_entropy(&zeros(&[0, 3]), &labels(&[])).is_err());
}

const ADAM: AdamRule = AdamRule {
    learning_rate: 0.1,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.0,
    decay_kind: DecayKind::Coupled,
};
const SGD: SgdRule = SgdRule { learning_rate: 0.1, momentum: 0.9, nesterov: false, weight_decay: 0.0 };

#[test]
fn steps_by_tensors_of_another_shape_are_refused_and_change_nothing() {
    for (form, device) in ways() {
        let variable = |shape: &[usize]| Var::ones(shape, DType::F32, &device).unwrap();
        let (parameter, fits, other) = (variable(&[2, 3]), variable(&[2, 3]), variable(&[3, 2]));
        for (gradient, mean, square) in
            [(&other, &fits, &fits), (&fits, &other, &fits), (&fits, &fits, &other)]
        {
            assert!(adam_step(form, &parameter, gradient, mean, square, &ADAM, 1).is_err());
        }
        assert!(sgd_step(form, &parameter, &other, None, &SGD).is_err());
        assert!(sgd_step(form, &parameter, &fits, Some(&other), &SGD).is_err());
        for variable in [parameter, fits, other] {
            assert_eq!(values(&variable), [1.0; 6]);
        }
    }
}

#[test]
fn other_element_types_are_refused_by_the_fused_form() {
    let half = || Var::zeros(&[2, 3], DType::F16, &Device::Cpu).unwrap();
    let refused = [
        sgd_step(Form::Fused, &half(), &half(), None, &SGD),
        adam_step(Form::Fused, &half(), &half(), &half(), &half(), &ADAM, 1),
        limit_row_norms(Form::Fused, &half(), 1.0),
    ];
    for result in refused {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with("elements of type f16"), "{error}");
    }
    // Two types in one step, too.
    let single = Var::from_tensor(&zeros(&[2, 3])).unwrap();
    assert!(sgd_step(Form::Fused, &single, &random(1, &[2, 3]), None, &SGD).is_err());
}

#[test]
fn elements_are_lent_in_their_own_type_and_order_alone() {
    let x = random(1, &[2, 3]);
    let sum = with_elements(&x, |elements: &[f64]| elements.iter().sum::<f64>()).unwrap();
    assert_eq!(sum, values(&x).iter().sum::<f64>());
    // A view of rows that follow each other has its own elements alone.
    let row = x.narrow(0, 1, 1).unwrap();
    assert_eq!(with_elements(&row, |elements: &[f64]| elements.to_vec()).unwrap(), values(&row));
    assert!(with_elements(&x, |_: &[f32]| ()).is_err());
    assert!(with_elements(&x.t().unwrap(), |_: &[f64]| ()).is_err());

    let variable = Var::from_tensor(&x).unwrap();
    let count = with_elements_mut(&variable, |elements: &mut [f64]| {
        elements.fill(2.0);
        elements.len()
    });
    assert_eq!(count.unwrap(), 6);
    assert_eq!(values(&variable), [2.0; 6]);
    assert!(with_elements_mut(&variable, |elements: &mut [f32]| elements.fill(3.0)).is_err());
    assert_eq!(values(&variable), [2.0; 6]);
}

#[test]
fn operands_that_are_views_are_read_right() {
    let wide = random(1, &[2, 3, 2, 9]);
    for device in devices() {
        let view = wide.to_device(&device).unwrap().narrow(3, 1, 7).unwrap().transpose(0, 1).unwrap();
        let copy = view.copy().unwrap().contiguous().unwrap();
        let weight = random(2, &[4, 2, 1, 3]).to_device(&device).unwrap();
        let of = |x: &Tensor| values(&convolution(x, &weight, None, Geometry::plain(1, 1)).unwrap());
        assert_eq!(of(&view), of(&copy));
        let pooled = |x: &Tensor| values(&pool(x, Pooling::Maximum, 2).unwrap());
        assert_eq!(pooled(&view), pooled(&copy));
        let mask = Mask::new(0.5, dropout_stream(1)).unwrap();
        let dropped = |x: &Tensor| values(&dropout(x, mask, 2).unwrap());
        assert_eq!(dropped(&view), dropped(&copy));
    }
    // A gradient that is a view is taken by its elements, not by their places in memory.
    let gradient = random(3, &[3, 2]).t().unwrap();
    let step = |gradient: &Tensor| {
        let parameter = Var::zeros((2, 3), DType::F64, &Device::Cpu).unwrap();
        sgd_step(Form::Fused, &parameter, gradient, None, &SGD).unwrap();
        values(&parameter)
    };
    assert_eq!(step(&gradient), step(&gradient.contiguous().unwrap()));
}
