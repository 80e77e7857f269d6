//! Weights out and in: exact round trips, every problem told at once, and no harm from hostile bytes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{collections::HashMap, sync::LazyLock};

use candle_core::{DType, Device, Tensor};
use proptest::prelude::*;
use support::{KEY, LAB, small, step, trials, values};
use sweep_job::{Activation, ModelKind, NetworkNote};
use sweep_models::{InputShape, ModelError, Network, Settings, infer_shape, metadata};
use sweep_networks::{SettingValue, SettingValues};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.01 };

fn network(model: ModelKind, shape: InputShape, seed: u64) -> Network {
    Network::new(&Settings::lab(model, LEAKY), shape, seed, DType::F32, &Device::Cpu).unwrap()
}

/// A network whose running statistics have moved.
fn trained(model: ModelKind) -> Network {
    let mut network = network(model, small(model), 7);
    let (x, labels) = trials(small(model), 5);
    step(&mut network, &x, &labels, KEY);
    network
}

fn tensors(bytes: &[u8]) -> HashMap<String, Tensor> {
    candle_core::safetensors::load_buffer(bytes, &Device::Cpu).unwrap()
}

fn file(tensors: &HashMap<String, Tensor>) -> Vec<u8> {
    safetensors::serialize(tensors, None).unwrap()
}

#[test]
fn weights_survive_the_way_out_and_in() {
    for model in ModelKind::ALL {
        let mut original = trained(model);
        let bytes = original.to_safetensors().unwrap();
        assert!(bytes == original.to_safetensors().unwrap());
        let mut copy = network(model, small(model), 8);
        assert!(bytes != copy.to_safetensors().unwrap());
        copy.load_safetensors(&bytes).unwrap();
        assert!(bytes == copy.to_safetensors().unwrap());
        let (x, _) = trials(small(model), 5);
        let logits = |network: &mut Network| values(&network.logits(&x).unwrap());
        assert_eq!(logits(&mut original), logits(&mut copy));
    }
}

#[test]
fn the_state_dict_is_pytorchs() {
    for model in ModelKind::ALL {
        let bytes = network(model, LAB, 0).to_safetensors().unwrap();
        let mut entries: Vec<String> = tensors(&bytes)
            .iter()
            .map(|(name, value)| format!("{name} {:?} {}", value.dims(), value.dtype().as_str()))
            .collect();
        entries.sort();
        insta::assert_snapshot!(format!("{model}_state_dict"), entries.join("\n"));
    }
    let mut settings = Settings::lab(ModelKind::EegNet, LEAKY);
    settings.more.set("kernel_length", Some(SettingValue::Whole(25)));
    let network = Network::new(&settings, LAB, 0, DType::F32, &Device::Cpu).unwrap();
    let text = metadata(&network.to_safetensors().unwrap()).unwrap().unwrap();
    let note = NetworkNote::parse(&text).unwrap();
    assert_eq!((note.model, note.activation, note.settings), (ModelKind::EegNet, LEAKY, settings.more));
    assert_eq!((note.channels, note.samples, note.preparation), (2, 750, None));
}

#[test]
fn every_float_type_is_taken() {
    let model = ModelKind::EegNet;
    let original = trained(model);
    for (dtype, tolerance) in [(DType::F64, 0.0), (DType::F16, 1e-3), (DType::BF16, 1e-2)] {
        let converted: HashMap<String, Tensor> = tensors(&original.to_safetensors().unwrap())
            .into_iter()
            .map(|(name, value)| {
                let value = if value.dtype() == DType::F32 { value.to_dtype(dtype).unwrap() } else { value };
                (name, value)
            })
            .collect();
        let copy = network(model, small(model), 8);
        copy.load_safetensors(&file(&converted)).unwrap();
        for ((name, found), (_, expected)) in copy.parameters().iter().zip(original.parameters()) {
            let difference = support::relative_difference(&values(found), &values(expected), 0.0);
            assert!(difference <= tolerance, "{name} from {dtype:?}: {difference}");
        }
    }
    let double =
        Network::new(&Settings::lab(model, LEAKY), small(model), 8, DType::F64, &Device::Cpu).unwrap();
    double.load_safetensors(&original.to_safetensors().unwrap()).unwrap();
    assert_eq!(values(&double.parameters()[0].1), values(&original.parameters()[0].1));
}

#[test]
fn the_count_of_batches_may_be_absent() {
    let model = ModelKind::DeepConvNet;
    let mut state = tensors(&trained(model).to_safetensors().unwrap());
    state.retain(|name, _| !name.ends_with("num_batches_tracked"));
    let copy = trained(model);
    copy.load_safetensors(&file(&state)).unwrap();
    let count = &tensors(&copy.to_safetensors().unwrap())["thirdconv.1.num_batches_tracked"];
    assert_eq!(count.to_scalar::<i64>().unwrap(), 0);
}

#[test]
fn every_problem_is_told_at_once_and_nothing_is_taken() {
    let model = ModelKind::EegNet;
    let target = network(model, LAB, 8);
    let before = target.to_safetensors().unwrap();
    let mut state = tensors(&network(model, LAB, 7).to_safetensors().unwrap());
    let full = |value: f32, shape: &[usize]| Tensor::full(value, shape, &Device::Cpu).unwrap();
    state.remove("firstconv.0.weight");
    state.insert("firstconv.2.weight".to_owned(), full(1.0, &[2]));
    state.insert("firstconv.1.weight".to_owned(), full(1.0, &[17]));
    state.insert("firstconv.1.bias".to_owned(), full(f32::NAN, &[16]));
    state.insert("firstconv.1.running_var".to_owned(), full(-1.0, &[16]));
    state.insert("firstconv.1.num_batches_tracked".to_owned(), full(1.0, &[]));
    state.insert("classify.0.bias".to_owned(), full(1.0, &[2]).to_dtype(DType::I64).unwrap());
    let negative = Tensor::new(-1i64, &Device::Cpu).unwrap();
    state.insert("depthwiseConv.1.num_batches_tracked".to_owned(), negative);
    let huge = (full(1.0, &[32]).to_dtype(DType::F64).unwrap() * 1e300).unwrap();
    state.insert("separableConv.1.bias".to_owned(), huge);
    insta::assert_snapshot!("weight_problems", target.load_safetensors(&file(&state)).unwrap_err());
    assert!(before == target.to_safetensors().unwrap());
}

#[test]
fn weights_of_another_network_are_refused_in_words() {
    let deep = network(ModelKind::DeepConvNet, LAB, 0).to_safetensors().unwrap();
    let error = network(ModelKind::EegNet, LAB, 0).load_safetensors(&deep).unwrap_err();
    insta::assert_snapshot!("other_network", error);
    insta::assert_snapshot!(
        "infer_other_network",
        infer_shape(&deep, ModelKind::EegNet, &SettingValues::default()).unwrap_err()
    );
}

#[test]
fn a_prefix_of_every_name_is_named() {
    for (model, prefix) in [(ModelKind::EegNet, "model."), (ModelKind::DeepConvNet, "module.network.")] {
        let target = network(model, LAB, 0);
        let state = tensors(&target.to_safetensors().unwrap());
        let mut state: HashMap<_, _> =
            state.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect();
        for error in [
            infer_shape(&file(&state), model, &SettingValues::default()).unwrap_err(),
            target.load_safetensors(&file(&state)).unwrap_err(),
        ] {
            assert!(matches!(&error, ModelError::Prefix { prefix: found, .. } if found == prefix), "{error}");
            insta::assert_snapshot!(format!("prefix_{model}"), error);
        }
        // One tensor without it, and it is no prefix of all.
        let bias = state.remove(&format!("{prefix}classify.0.bias")).unwrap();
        state.insert("classify.0.bias".to_owned(), bias);
        assert!(matches!(
            infer_shape(&file(&state), model, &SettingValues::default()),
            Err(ModelError::NotThisModel { .. })
        ));
        assert!(matches!(target.load_safetensors(&file(&state)), Err(ModelError::Weights { .. })));
    }
}

#[test]
fn files_of_torch_save_are_recognised() {
    let target = network(ModelKind::EegNet, LAB, 0);
    for begin in [&b"PK\x03\x04"[..], b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."] {
        let bytes = [begin, &[0; 64]].concat();
        insta::assert_snapshot!(
            "torch_save",
            infer_shape(&bytes, ModelKind::EegNet, &SettingValues::default()).unwrap_err()
        );
        insta::assert_snapshot!("torch_save", target.load_safetensors(&bytes).unwrap_err());
    }
}

#[test]
fn sizes_are_told_from_weights() {
    for model in ModelKind::ALL {
        for shape in [LAB, small(model), InputShape { channels: 1, samples: 200, classes: 5 }] {
            let bytes = network(model, shape, 0).to_safetensors().unwrap();
            let found = infer_shape(&bytes, model, &SettingValues::default()).unwrap();
            assert_eq!((found.channels, found.classes), (shape.channels, shape.classes));
            // Exactly these numbers of samples take the same weights.
            for (samples, fits) in [
                (shape.samples, true),
                (*found.samples.start(), true),
                (*found.samples.end(), true),
                (*found.samples.start() - 1, false),
                (*found.samples.end() + 1, false),
            ] {
                let taken = Network::new(
                    &Settings::lab(model, LEAKY),
                    InputShape { samples, ..shape },
                    0,
                    DType::F32,
                    &Device::Cpu,
                )
                .and_then(|network| network.load_safetensors(&bytes));
                assert_eq!(taken.is_ok(), fits, "{model} {shape}: {samples} samples, found {found:?}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_safetensors_file_are_refused() {
    let network = network(ModelKind::EegNet, LAB, 0);
    for bytes in [&b""[..], b"PK\x03\x04", &[0xff; 64], &[0; 64], b"\x02\0\0\0\0\0\0\0{}"] {
        let error = network.load_safetensors(bytes).unwrap_err();
        assert!(matches!(error, ModelError::NotSafetensors(_) | ModelError::Weights { .. }), "{error}");
        assert!(infer_shape(bytes, ModelKind::EegNet, &SettingValues::default()).is_err());
    }
}

#[test]
fn sizes_beyond_all_memory_in_a_header_are_refused() {
    for (shape, end) in
        [("[4611686018427387904,2]", 0u64), ("[0,9223372036854775807]", 0), ("[2,736]", u64::MAX)]
    {
        let header = format!(
            r#"{{"depthwiseConv.0.weight":{{"dtype":"F32","shape":[0,1,18446744073709551615,1],"data_offsets":[0,0]}},"classify.0.weight":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#
        );
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        assert!(infer_shape(&bytes, ModelKind::EegNet, &SettingValues::default()).is_err());
        assert!(network(ModelKind::EegNet, LAB, 0).load_safetensors(&bytes).is_err());
    }
}

static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| trained(ModelKind::EegNet).to_safetensors().unwrap());

proptest! {
    #[test]
    fn damaged_files_are_errors_or_finite_weights(
        changes in proptest::collection::vec((0usize..4000, any::<u8>()), 1..8), length in any::<proptest::sample::Index>(), cut in any::<bool>(),
    ) {
        let mut bytes = SMALL.clone();
        for (position, value) in changes {
            bytes[position] = value;
        }
        if cut {
            bytes.truncate(length.index(bytes.len()));
        }
        let target = network(ModelKind::EegNet, small(ModelKind::EegNet), 0);
        let _ = infer_shape(&bytes, ModelKind::EegNet, &SettingValues::default());
        if target.load_safetensors(&bytes).is_ok() {
            for (_, parameter) in target.parameters() {
                prop_assert!(values(parameter).iter().all(|value| value.is_finite()));
            }
        }
    }
}
