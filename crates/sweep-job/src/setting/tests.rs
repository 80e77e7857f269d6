//! What the table of settings promises.

use proptest::prelude::*;
use sweep_networks::{Bounds, WholeList};

use super::*;
use crate::{Activation, Optimizer, Value};

fn lab(model: ModelKind) -> JobSpec {
    JobSpec::lab(model, Activation::Elu { alpha: 1.0 })
}

/// A value of `kind` that no default is.
fn other_value(kind: SettingKind) -> SettingValue {
    match kind {
        SettingKind::Name(names) => SettingValue::Name(names[names.len() - 1]),
        SettingKind::Whole { most, .. } => SettingValue::Whole(most.min(77)),
        SettingKind::Wholes { count, .. } => SettingValue::Wholes(WholeList::new(&vec![3; count]).unwrap()),
        SettingKind::Number(Bounds::Positive | Bounds::NotNegative) | SettingKind::NumberOrOff(_) => {
            SettingValue::Number(7.5)
        }
        SettingKind::Number(Bounds::Share) => SettingValue::Number(0.375),
        SettingKind::Switch => SettingValue::Switch(true),
        SettingKind::MaxNorm => SettingValue::Switch(true),
        SettingKind::Weights => SettingValue::Switch(false),
    }
}

#[test]
fn names_are_found_and_told_apart_by_their_bits() {
    for setting in Setting::all() {
        assert_eq!(Setting::named(setting.name()), Some(setting));
        if let SettingKind::Name(names) = setting.kind() {
            // `SettingValue::bits` looks no further.
            assert!(names.iter().all(|name| name.len() <= 16), "{setting:?}");
        }
    }
    for column in SettingColumn::all() {
        assert_eq!(SettingColumn::named(column.name()), Some(column));
    }
}

#[test]
fn networks_that_share_a_setting_share_its_values() {
    for model in ModelKind::ALL {
        for declared in model.descriptor().settings {
            let setting = Setting::named(declared.name).unwrap();
            assert_eq!(setting.kind(), declared.kind, "{}", declared.name);
            assert!(setting.kind().allows(declared.default));
            assert!(declared.since <= model.descriptor().since.max(5));
        }
    }
}

#[test]
fn what_is_set_is_the_value() {
    for model in ModelKind::ALL {
        for optimizer in Optimizer::NAMES {
            for activation in Activation::NAMES {
                let mut spec = lab(model);
                Setting::OPTIMIZER.set(&mut spec, SettingValue::Name(optimizer));
                Setting::ACTIVATION.set(&mut spec, SettingValue::Name(activation));
                assert_eq!((spec.optimizer.name(), spec.activation.name()), (optimizer, activation));
                let names = [Setting::MODEL, Setting::OPTIMIZER, Setting::ACTIVATION];
                for setting in Setting::all().filter(|setting| !names.contains(setting)) {
                    let value = other_value(setting.kind());
                    setting.set(&mut spec, value);
                    let expected = match value {
                        SettingValue::Switch(true) if setting.kind() == SettingKind::MaxNorm => {
                            SettingValue::Bounds(model.default_max_norm())
                        }
                        value => value,
                    };
                    match setting.applies(SettingContext::of(&spec)) {
                        true => assert_eq!(setting.value(&spec), Some(expected), "{setting:?} of {model}"),
                        false => assert_eq!(setting.value(&spec), None, "{setting:?} of {model}"),
                    }
                }
            }
        }
    }
}

#[test]
fn defaults_of_jobs_are_those_of_the_lab_but_for_size_and_length() {
    for model in ModelKind::ALL {
        let spec = lab(model);
        let kept = ["model", "activation", "epochs", "batch_size"];
        for setting in Setting::all().filter(|setting| !kept.contains(&setting.name())) {
            let applies = setting.applies(SettingContext::of(&spec));
            assert_eq!(setting.is_default(&spec), applies, "{setting:?} of {model}");
        }
    }
}

#[test]
fn a_default_leaves_no_trace_and_another_value_changes_the_id() {
    let data = crate::DataIdentity("data".to_owned());
    for model in ModelKind::ALL {
        let spec = lab(model);
        for setting in Setting::all().filter(|setting| setting.is_of_more()) {
            let mut same = spec.clone();
            if let Some(default) = setting.value(&spec) {
                setting.set(&mut same, default);
            }
            assert_eq!(same, spec, "{setting:?}");
            let mut other = spec.clone();
            setting.set(&mut other, other_value(setting.kind()));
            let applies = setting.applies(SettingContext::of(&spec));
            assert_eq!(other != spec, applies, "{setting:?} of {model}");
            assert_eq!(crate::JobId::new(&other, &data) != crate::JobId::new(&spec, &data), applies);
            let json = serde_json::to_string(&other).unwrap();
            assert_eq!(serde_json::from_str::<JobSpec>(&json).unwrap(), other, "{json}");
        }
    }
}

#[test]
fn stored_specifications_with_what_is_unknown_are_refused() {
    let json = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::to_value(lab(ModelKind::EegNet)).unwrap();
        change(&mut value);
        serde_json::from_value::<JobSpec>(value).map_err(|error| error.to_string())
    };
    assert_eq!(json(&|_| {}), Ok(lab(ModelKind::EegNet)));
    assert_eq!(json(&|spec| spec["version"] = 2.into()), Ok(lab(ModelKind::EegNet)));
    let refused = |name: &str, value: serde_json::Value| {
        json(&|spec| spec["settings"] = serde_json::json!({ name: value })).unwrap_err()
    };
    let texts = [
        json(&|spec| spec["version"] = 3.into()).unwrap_err(),
        refused("dilation", 2.into()),
        refused("filters", serde_json::json!([1, 2, 3, 4])),
        refused("epochs", 2.into()),
        refused("kernel_length", 0.into()),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    the specification has version 3, and this program knows versions up to 2; a newer program wrote it
    the specification sets `dilation`, which EEGNet does not have in this program; a newer program may have written it
    the specification sets `filters`, which EEGNet does not have in this program; a newer program may have written it
    the specification sets `epochs`, which EEGNet does not have in this program; a newer program may have written it
    the specification sets `kernel_length` to 0, which is not a valid value
    ");
}

proptest! {
    #[test]
    fn values_have_equal_bits_exactly_if_they_are_equal(one: [u16; 4], other: [u16; 4], x: f64, whole: u64) {
        let bits = |numbers: &[u16]| SettingValue::Wholes(WholeList::new(numbers).unwrap()).bits();
        prop_assert_eq!(bits(&one) == bits(&other), one == other);
        prop_assert_eq!(SettingValue::Number(x).bits()[0], x.to_bits());
        prop_assert_ne!(SettingValue::Number(x).bits(), SettingValue::Switch(false).bits());
        prop_assert_eq!(SettingValue::Whole(whole).bits()[0], whole);
    }
}

#[test]
fn columns_hold_what_specifications_say() {
    let mut spec = lab(ModelKind::DeepConvNet);
    let value = |spec: &JobSpec, name: &str| SettingColumn::named(name).unwrap().value(spec);
    assert_eq!(value(&spec, "filters"), Value::Text("[25, 50, 100, 200]".to_owned()));
    assert_eq!(value(&spec, "kernel_length"), Value::Integer(5));
    assert_eq!(value(&spec, "temporal_filters"), Value::Null);
    assert_eq!(value(&spec, "max_norm_dense"), Value::Null);
    assert_eq!(value(&spec, "momentum"), Value::Null);
    assert_eq!(value(&spec, "shuffle"), Value::Integer(1));
    Setting::named("max_norm").unwrap().set(&mut spec, SettingValue::Switch(true));
    assert_eq!(value(&spec, "max_norm_dense"), Value::Real(0.5));
    for column in SettingColumn::all() {
        let fits = match (column.value(&spec), column.holds()) {
            (Value::Null, _) => true,
            (Value::Integer(_), holds) => holds == crate::ColumnType::Integer,
            (Value::Real(_), holds) => holds == crate::ColumnType::Real,
            (Value::Text(_), holds) => holds == crate::ColumnType::Text,
            (Value::Blob(_), _) => false,
        };
        assert!(fits, "{column:?}");
    }
}
