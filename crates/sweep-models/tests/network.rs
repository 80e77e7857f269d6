//! Networks: sizes, tables, initial weights, modes, bounds on norms, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use proptest::prelude::*;
use support::{ACTIVATIONS, KEY, LAB, small, step, trials, values};
use sweep_job::{Activation, MaxNorm, ModelKind, Optimizer as Kind};
use sweep_models::{
    BlueprintError, DropoutKey, InputShape, LayerRow, ModelError, Network, Optimizer, OptimizerSettings,
    Settings, infer_shape, layer_table, multiply_adds,
};
use sweep_networks::{SettingValue, SettingValues, WholeList};

const ELU: Activation = Activation::Elu { alpha: 1.0 };

fn network(model: ModelKind, shape: InputShape, seed: u64) -> Network {
    Network::new(&Settings::lab(model, ELU), shape, seed).unwrap()
}

fn table(rows: &[LayerRow]) -> String {
    let line = |row: &LayerRow| {
        let shape = format!("{:?}", row.output_shape);
        format!("{:20}{:55}{shape:16}{:>7}\n", row.name, row.layer, row.parameters)
    };
    let total: usize = rows.iter().map(|row| row.parameters).sum();
    rows.iter().map(line).collect::<String>() + &format!("{total:>98}")
}

#[test]
fn layer_tables() {
    insta::assert_snapshot!(
        "eegnet",
        table(&layer_table(ModelKind::EegNet, &SettingValues::default(), LAB).unwrap())
    );
    insta::assert_snapshot!(
        "deepconvnet",
        table(&layer_table(ModelKind::DeepConvNet, &SettingValues::default(), LAB).unwrap())
    );
    let other = InputShape { channels: 22, samples: 1125, classes: 4 };
    insta::assert_snapshot!("eegnet_22x1125", table(&network(ModelKind::EegNet, other, 0).layers()));
}

#[test]
fn parameter_counts_and_names_are_the_labs() {
    for (model, count) in [(ModelKind::EegNet, 17_874), (ModelKind::DeepConvNet, 150_977)] {
        let network = network(model, LAB, 0);
        assert_eq!(network.parameter_count(), count);
        assert_eq!(network.layers().iter().map(|row| row.parameters).sum::<usize>(), count);
        let names: Vec<String> =
            network.parameters().map(|entry| format!("{} {:?}", entry.name, entry.shape)).collect();
        insta::assert_snapshot!(format!("{model}_parameters"), names.join("\n"));
    }
}

#[test]
fn shallow_has_the_layers_of_braindecode() {
    let shape = InputShape { channels: 22, samples: 1000, classes: 4 };
    let network = network(ModelKind::Shallow, shape, 0);
    assert_eq!(network.parameter_count(), 46_084);
    insta::assert_snapshot!("shallow", table(&network.layers()));
}

#[test]
fn multiply_adds_are_those_of_convolutions_and_dense_layers() {
    let of = |model, channels| {
        let shape = InputShape { channels, ..LAB };
        multiply_adds(&Settings::lab(model, ELU), shape).unwrap()
    };
    let eegnet = 16 * 51 * 2 * 750 + 32 * 2 * 750 + 32 * 32 * 15 * 187 + 736 * 2;
    assert_eq!(of(ModelKind::EegNet, 2), eegnet);
    // What was measured for the order of jobs before.
    let measured = |model| (of(model, 2) as f64 / 1e5).round() / 10.0;
    assert_eq!((measured(ModelKind::EegNet), measured(ModelKind::DeepConvNet)), (4.1, 16.5));
    assert!(ModelKind::ALL.into_iter().all(|model| of(model, 22) > of(model, 2)));
}

#[test]
fn initial_weights_are_uniform_within_pytorchs_bounds() {
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        let fan_in = |name: &str| match (model, name.rsplit_once('.').unwrap().0) {
            (ModelKind::EegNet, "firstconv.0") => 51,
            (ModelKind::EegNet, "depthwiseConv.0") => 2,
            (ModelKind::EegNet, "separableConv.0") => 480,
            (ModelKind::EegNet, "classify.0") => 736,
            (ModelKind::DeepConvNet, "firstconv.0") => 5,
            (ModelKind::DeepConvNet, "firstconv.1") => 50,
            (ModelKind::DeepConvNet, "secondconv.0") => 125,
            (ModelKind::DeepConvNet, "thirdconv.0") => 250,
            (ModelKind::DeepConvNet, "fourthconv.0") => 500,
            (ModelKind::DeepConvNet, "classify.0") => 8600,
            _ => 0,
        };
        for parameter in network(model, LAB, 3).parameters() {
            let (name, values) = (&parameter.name, values(parameter.numbers()));
            let fan_in = fan_in(name);
            if fan_in == 0 {
                let expected = if name.ends_with("weight") { 1.0 } else { 0.0 };
                assert!(values.iter().all(|value| *value == expected), "{name}");
                continue;
            }
            let (bound, count) = (1.0 / f64::from(fan_in).sqrt(), values.len() as f64);
            assert!(values.iter().all(|value| value.abs() <= bound * (1.0 + 1e-7)), "{name}");
            let mean = values.iter().sum::<f64>() / count;
            let deviation = bound / 3f64.sqrt();
            assert!(mean.abs() < 5.0 * deviation / count.sqrt(), "{name}: mean {mean}");
            let variance = values.iter().map(|value| value * value).sum::<f64>() / count;
            // The square of a uniform variable has a standard deviation of 0.894 times its mean.
            let spread = (variance / deviation.powi(2) - 1.0).abs();
            assert!(spread < 5.0 * 0.9 / count.sqrt(), "{name}: variance off by {spread}");
        }
    }
}

#[test]
fn initial_weights_follow_the_seed_and_differ_between_layers() {
    let weights = |seed| {
        let network = network(ModelKind::DeepConvNet, LAB, seed);
        network.parameters().map(|entry| values(entry.numbers())).collect::<Vec<_>>()
    };
    assert_eq!(weights(1), weights(1));
    let (one, two) = (weights(1), weights(2));
    assert_ne!(one[0], two[0]);
    // Unit by unit, first numbers of any two parameters are unlike.
    let mut first: Vec<f64> =
        one.iter().map(|values| values[0]).filter(|value| *value != 0.0 && *value != 1.0).collect();
    first.sort_by(f64::total_cmp);
    assert!(first.windows(2).all(|pair| pair[0] != pair[1]));
    // Their beginning is part of every result: a change of these numbers makes every recorded seed another one.
    insta::assert_debug_snapshot!("initial_weights", &one[0][..4]);
}

#[test]
fn trials_that_are_too_short_are_refused_with_the_length_that_would_do() {
    for (model, needed) in [(ModelKind::EegNet, 32), (ModelKind::DeepConvNet, 76)] {
        let build = |samples| {
            let shape = InputShape { channels: 2, samples, classes: 2 };
            layer_table(model, &SettingValues::default(), shape)
        };
        assert!(build(needed).is_ok());
        for samples in [0, 1, 3, needed - 1] {
            let error = build(samples).unwrap_err();
            assert!(
                matches!(
                    error,
                    ModelError::Blueprint(BlueprintError::TooShort { needed: found, .. }) if found == needed
                ),
                "{error}"
            );
        }
        insta::assert_snapshot!(format!("{model}_too_short"), build(needed - 1).unwrap_err());
        // And what is long enough computes.
        let shape = InputShape { channels: 1, samples: needed, classes: 2 };
        let (x, labels) = trials(shape, 3);
        let mut network = network(model, shape, 0);
        assert!(step(&mut network, &x, &labels, KEY).loss.is_finite());
    }
}

#[test]
fn what_cannot_be_built_is_refused() {
    let build = |change: fn(&mut Settings, &mut InputShape)| {
        let (mut settings, mut shape) = (Settings::lab(ModelKind::EegNet, ELU), LAB);
        change(&mut settings, &mut shape);
        Network::<f32>::new(&settings, shape, 0).unwrap_err().to_string()
    };
    let messages = [
        build(|_, shape| shape.channels = 0),
        build(|_, shape| shape.classes = 1),
        build(|settings, _| settings.dropout = 1.0),
        build(|settings, _| settings.dropout = f64::NAN),
        build(|settings, _| settings.activation = Activation::Elu { alpha: f64::INFINITY }),
        build(|settings, _| settings.max_norm = Some(MaxNorm { convolution: 1.0, dense: 0.0 })),
    ];
    insta::assert_snapshot!("refusals", messages.join("\n"));
}

#[test]
fn signals_of_another_shape_are_refused() {
    let mut network = network(ModelKind::EegNet, LAB, 0);
    for count in [1, 1499, 1501, 4 * 2 * 749] {
        let error = network.logits(&vec![0.0; count]).unwrap_err();
        assert!(matches!(error, ModelError::Input { .. }), "{error}");
    }
    insta::assert_snapshot!("other_input", network.logits(&[0.0; 4 * 2 * 749]).unwrap_err());
}

#[test]
fn evaluation_leaves_no_trace_and_does_not_depend_on_the_company_of_a_trial() {
    for model in ModelKind::ALL {
        let mut network = network(model, LAB, 0);
        let (x, labels) = trials(LAB, 5);
        step(&mut network, &x, &labels, KEY);
        let before = network.to_safetensors().unwrap();
        let together = network.logits(&x).unwrap();
        for trial in 0..5 {
            let alone = network.logits(&x[trial * 1500..][..1500]).unwrap();
            assert_eq!(alone, together[trial * 2..][..2], "{model}");
        }
        assert!(before == network.to_safetensors().unwrap());
    }
}

#[test]
fn dropout_follows_its_key_alone() {
    let mut network = network(ModelKind::DeepConvNet, LAB, 0);
    let (x, labels) = trials(LAB, 3);
    let mut loss = |key| step(&mut network, &x, &labels, key).loss;
    let reference = loss(KEY);
    assert_eq!(loss(KEY), reference);
    for other in
        [DropoutKey { seed: 9, ..KEY }, DropoutKey { epoch: 9, ..KEY }, DropoutKey { step: 9, ..KEY }]
    {
        assert_ne!(loss(other), reference);
    }
}

#[test]
fn bounds_hold_after_a_step_where_they_are_due() {
    for (model, free) in
        [(ModelKind::EegNet, &["firstconv.0", "separableConv.0"][..]), (ModelKind::DeepConvNet, &[])]
    {
        let bounds = MaxNorm { convolution: 0.3, dense: 0.02 };
        let settings = Settings { max_norm: Some(bounds), ..Settings::lab(model, ELU) };
        let mut network = Network::<f32>::new(&settings, LAB, 0).unwrap();
        let before: Vec<Vec<f32>> = network.parameters().map(|entry| entry.numbers().to_vec()).collect();
        network.apply_max_norm();
        for (parameter, before) in network.parameters().zip(before) {
            let (name, found) = (&parameter.name, parameter.numbers());
            let bound = match name.rsplit_once('.').unwrap() {
                ("classify.0", "weight") => bounds.dense,
                (layer, "weight") if parameter.shape.len() == 4 && !free.contains(&layer) => {
                    bounds.convolution
                }
                _ => {
                    assert_eq!(found, before, "{name}");
                    continue;
                }
            };
            assert_ne!(found, before, "{name}");
            for row in values(found).chunks(found.len() / parameter.shape[0]) {
                let norm = row.iter().map(|value| value * value).sum::<f64>().sqrt();
                assert!(norm <= bound, "{name}: {norm}");
            }
        }
    }
}

/// Losses and final weights of a short training.
fn train(model: ModelKind, activation: Activation, steps: u32) -> (Vec<f64>, Vec<u8>) {
    let settings = Settings { dropout: 0.1, ..Settings::lab(model, activation) };
    let mut network = Network::<f32>::new(&settings, small(model), 0).unwrap();
    let adam = OptimizerSettings { optimizer: Kind::LAB, learning_rate: 1e-3, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(adam, &network).unwrap();
    let (x, labels) = trials(small(model), 50);
    let losses = (1..=steps)
        .map(|number| {
            let loss = step(&mut network, &x, &labels, DropoutKey { step: number, ..KEY }).loss;
            optimizer.step(&mut network);
            loss
        })
        .collect();
    (losses, network.to_safetensors().unwrap())
}

#[test]
fn training_learns_and_is_the_same_bits_on_any_number_of_threads() {
    for model in ModelKind::ALL {
        for activation in ACTIVATIONS {
            let on = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| train(model, activation, 30))
            };
            let (losses, weights) = on(1);
            assert!(losses[29] < 0.6 * losses[0], "{model} {activation:?}: {losses:?}");
            for threads in [2, 4] {
                assert!(
                    on(threads) == (losses.clone(), weights.clone()),
                    "{model} {activation:?}, {threads} threads"
                );
            }
        }
    }
}

#[test]
fn an_optimizer_refuses_settings_that_cannot_be() {
    let network = network(ModelKind::EegNet, LAB, 0);
    let adam = OptimizerSettings { optimizer: Kind::LAB, learning_rate: 1e-3, weight_decay: 0.0 };
    for settings in [
        OptimizerSettings { learning_rate: f64::NAN, ..adam },
        OptimizerSettings { weight_decay: -1.0, ..adam },
        OptimizerSettings { optimizer: Kind::Adam { beta1: 1.0, beta2: 0.9, epsilon: 1e-8 }, ..adam },
        OptimizerSettings { optimizer: Kind::Sgd { momentum: -0.1, nesterov: false }, ..adam },
    ] {
        assert!(
            matches!(Optimizer::new(settings, &network), Err(ModelError::Setting { .. })),
            "{settings:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_table_tells_what_the_network_computes(
        channels in 1usize..6, samples in 1usize..200, classes in 2usize..5, deep in any::<bool>(),
        (filters, copies) in (1u16..11, 1u64..7), kernel in 1u64..30, separable in 1u64..9, pool in 1u64..5,
    ) {
        let model = if deep { ModelKind::DeepConvNet } else { ModelKind::EegNet };
        let shape = InputShape { channels, samples, classes };
        let mut settings = Settings::lab(model, ELU);
        let own = [
            ("temporal_filters", SettingValue::Whole(filters.into())),
            ("spatial_filters", SettingValue::Whole(copies)),
            ("separable_kernel_length", SettingValue::Whole(separable)),
            ("pool_2", SettingValue::Whole(pool)),
            ("filters", SettingValue::Wholes(WholeList::new(&[filters, 3, 2 * filters, 1]).unwrap())),
            ("pool", SettingValue::Whole(pool)),
            ("kernel_length", SettingValue::Whole(kernel)),
        ];
        own.into_iter().for_each(|(name, value)| settings.more.set(name, Some(value)));
        match Network::<f32>::new(&settings, shape, 0) {
            Err(ModelError::Blueprint(BlueprintError::TooShort { needed, .. })) => {
                prop_assert!(samples < needed);
                let longer = InputShape { samples: needed, ..shape };
                prop_assert!(layer_table(model, &settings.more, longer).is_ok());
                let shorter = InputShape { samples: needed - 1, ..shape };
                prop_assert!(layer_table(model, &settings.more, shorter).is_err());
            }
            Err(error) => prop_assert!(false, "{error}"),
            Ok(mut network) => {
                let (x, labels) = trials(shape, 2);
                step(&mut network, &x, &labels, KEY);
                let logits = network.logits(&x).unwrap();
                prop_assert_eq!(logits.len(), 2 * classes);
                let counted: usize = network.layers().iter().map(|row| row.parameters).sum();
                prop_assert_eq!(counted, network.parameter_count());
                let bytes = network.to_safetensors().unwrap();
                let stored = infer_shape(&bytes, model, &settings.more).unwrap();
                prop_assert_eq!(stored.input(model, channels, samples).unwrap(), shape);
            }
        }
    }
}

#[test]
fn batches_that_cannot_be_are_refused() {
    let mut network = network(ModelKind::EegNet, LAB, 0);
    let (x, _) = trials(LAB, 3);
    let messages: Vec<String> = [(&[0, 3][..], &[0, 1][..]), (&[0, 1], &[0, 2]), (&[0, 1], &[0]), (&[], &[])]
        .into_iter()
        .map(|(numbers, labels)| network.step(&x, numbers, labels, KEY).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!("batches", messages.join("\n"));
}
