//! Gradients of both whole networks by finite differences in float64, with dropout and batch statistics, in both forms.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::{DType, Tensor, Var};
use support::{ACTIVATIONS, TRAIN, small, trials, values, ways};
use sweep_job::ModelKind;
use sweep_models::{Network, Settings, cross_entropy};

/// Changes one element of a variable for the time of `work`.
fn with_change(parameter: &Var, element: usize, change: f64, work: impl FnOnce() -> f64) -> f64 {
    let original = parameter.as_detached_tensor().copy().unwrap();
    let mut elements = values(parameter);
    elements[element] += change;
    let changed = Tensor::from_vec(elements, parameter.shape(), parameter.device()).unwrap();
    parameter.set(&changed).unwrap();
    let result = work();
    parameter.set(&original).unwrap();
    result
}

#[test]
fn whole_networks() {
    // Small enough that hardly any activation or maximum changes sides, large enough for float64.
    const STEP: f64 = 1e-6;
    for model in ModelKind::ALL {
        for activation in ACTIVATIONS {
            for (form, device) in ways() {
                let settings = Settings { dropout: 0.3, ..Settings::lab(model, activation) };
                let network =
                    Network::new(&settings, small(model), 5, DType::F64, &device).unwrap().with_form(form);
                let (x, labels) = trials(small(model), 4, DType::F64);
                let (x, labels) = (x.to_device(&device).unwrap(), labels.to_device(&device).unwrap());
                let loss = || cross_entropy(&network.forward(&x, TRAIN).unwrap(), &labels).unwrap();
                let gradients = loss().backward().unwrap();
                for (name, parameter) in network.parameters() {
                    let gradient = values(gradients.get(parameter).unwrap());
                    let scale = gradient.iter().fold(1e-3f64, |largest, value| largest.max(value.abs()));
                    // A dozen elements of each, spread over all of it.
                    for element in (0..gradient.len()).step_by(gradient.len().div_ceil(12)) {
                        let at = |change| {
                            with_change(parameter, element, change, || loss().to_scalar::<f64>().unwrap())
                        };
                        let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                        let analytic = gradient[element];
                        assert!(
                            (analytic - numeric).abs() < 1e-5 * scale,
                            "{model} {activation:?} {form:?} {name} {element}: {analytic}, by differences {numeric}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn both_forms_agree_with_dropout() {
    for model in ModelKind::ALL {
        for activation in ACTIVATIONS {
            let settings = Settings::lab(model, activation);
            let (x, labels) = trials(small(model), 6, DType::F64);
            let run = |form| {
                let device = x.device();
                let network =
                    Network::new(&settings, small(model), 5, DType::F64, device).unwrap().with_form(form);
                let loss = cross_entropy(&network.forward(&x, TRAIN).unwrap(), &labels).unwrap();
                let gradients = loss.backward().unwrap();
                let mut all = values(&loss);
                for (_, parameter) in network.parameters() {
                    all.extend(values(gradients.get(parameter).unwrap()));
                }
                all
            };
            let (fused, composed) = (run(sweep_models::Form::Fused), run(sweep_models::Form::Composed));
            let difference = support::relative_difference(&fused, &composed, 0.0);
            assert!(difference < 1e-11, "{model} {activation:?}: {difference:e}");
        }
    }
}
