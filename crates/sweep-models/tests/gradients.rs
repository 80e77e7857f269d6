//! Gradients of both whole networks by finite differences in float64, with dropout and batch statistics, in both forms.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use candle_core::DType;
use support::{ACTIVATIONS, KEY, small, step, trials, values, ways, with_change};
use sweep_job::ModelKind;
use sweep_models::{Form, Network, Settings, Step};

#[test]
fn whole_networks() {
    // Small enough that hardly any activation or maximum changes sides, large enough for float64.
    const STEP: f64 = 1e-6;
    for model in ModelKind::ALL {
        for activation in ACTIVATIONS {
            for (form, device) in ways() {
                let settings = Settings { dropout: 0.3, ..Settings::lab(model, activation) };
                let network = Network::new(&settings, small(model), 5, DType::F64, &device).unwrap();
                let mut network = network.with_form(form).unwrap();
                let (x, labels) = trials(small(model), 4);
                let x = x.to_device(&device).unwrap();
                step(&mut network, &x, &labels, KEY);
                let gradients: Vec<Vec<f64>> = network.gradients().iter().map(values).collect();
                let parameters = network.parameters().to_vec();
                for ((name, parameter), gradient) in parameters.iter().zip(gradients) {
                    let scale = gradient.iter().fold(1e-3f64, |largest, value| largest.max(value.abs()));
                    // A dozen elements of each, spread over all of it.
                    for element in (0..gradient.len()).step_by(gradient.len().div_ceil(12)) {
                        let mut at = |change| {
                            with_change(parameter, element, change, || {
                                step(&mut network, &x, &labels, KEY).loss
                            })
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
            // More trials than one part of a batch holds.
            let (x, labels) = trials(small(model), 35);
            let run = |form| {
                let network = Network::new(&settings, small(model), 5, DType::F64, x.device()).unwrap();
                let mut network = network.with_form(form).unwrap();
                assert_eq!(network.form(), form);
                let Step { loss, correct } = step(&mut network, &x, &labels, KEY);
                let mut all = vec![loss, correct as f64];
                network.gradients().iter().for_each(|gradient| all.extend(values(gradient)));
                all.extend(values(&network.logits(&x).unwrap()));
                all
            };
            let (fused, composed) = (run(Form::Fused), run(Form::Composed));
            let difference = support::relative_difference(&fused, &composed, 0.0);
            assert!(difference < 1e-11, "{model} {activation:?}: {difference:e}");
        }
    }
}
