//! Gradients of both whole networks by finite differences in float64, with dropout and batch statistics, in both forms.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{ACTIVATIONS, KEY, Way, loss_with_change, small, step, trials, values, ways};
use sweep_job::ModelKind;
use sweep_models::{Settings, Step};

#[test]
fn whole_networks() {
    // Small enough that hardly any activation or maximum changes sides, large enough for float64.
    const STEP: f64 = 1e-6;
    for model in ModelKind::ALL {
        for activation in ACTIVATIONS {
            for way in ways() {
                let settings = Settings { dropout: 0.3, ..Settings::lab(model, activation) };
                let mut network = way.network::<f64>(&settings, small(model), 5);
                let (x, labels) = trials(small(model), 4);
                step(&mut network, &x, &labels, KEY);
                let gradients: Vec<Vec<f64>> = network.gradients().map(values).collect();
                let names: Vec<String> = network.parameters().map(|entry| entry.name.clone()).collect();
                for (parameter, (name, gradient)) in names.iter().zip(gradients).enumerate() {
                    let scale = gradient.iter().fold(1e-3f64, |largest, value| largest.max(value.abs()));
                    // A dozen elements of each, spread over all of it.
                    for element in (0..gradient.len()).step_by(gradient.len().div_ceil(12)) {
                        let mut at = |change| {
                            let place = (parameter, element);
                            loss_with_change(&mut network, place, change, (&x, &labels))
                        };
                        let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                        let analytic = gradient[element];
                        assert!(
                            (analytic - numeric).abs() < 1e-5 * scale,
                            "{model} {activation:?} {way:?} {name} {element}: {analytic}, by differences {numeric}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn both_forms_agree_with_dropout() {
    // Those that there are kernels for.
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        for activation in ACTIVATIONS {
            let settings = Settings::lab(model, activation);
            // More trials than one part of a batch holds.
            let (x, labels) = trials(small(model), 35);
            let run = |way: Way| {
                let mut network = way.network::<f64>(&settings, small(model), 5);
                assert_eq!(network.is_fused(), matches!(way, Way::Fused));
                let Step { loss, correct } = step(&mut network, &x, &labels, KEY);
                let mut all = vec![loss, correct as f64];
                network.gradients().for_each(|gradient| all.extend(values(gradient)));
                all.extend(values(&network.logits(&x).unwrap()));
                all
            };
            let (fused, composed) = (run(Way::Fused), run(Way::Composed));
            let difference = support::relative_difference(&fused, &composed, 0.0);
            assert!(difference < 1e-11, "{model} {activation:?}: {difference:e}");
        }
    }
}
