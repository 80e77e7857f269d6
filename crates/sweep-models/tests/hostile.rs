//! Files of weights whose headers claim what is not there, and trials that are not those of the weights.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use candle_core::{DType, Device};
use sweep_job::{Activation, ModelKind};
use sweep_models::{InputShape, ModelError, Network, Settings, infer_shape};
use sweep_networks::SettingValues;

const SHAPE: InputShape = InputShape { channels: 2, samples: 64, classes: 2 };

fn network() -> Network {
    let settings = Settings::lab(ModelKind::EegNet, Activation::Relu);
    Network::new(&settings, SHAPE, 0, DType::F32, &Device::Cpu).unwrap()
}

fn file(header: &str, zeros: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + zeros, 0);
    bytes
}

#[test]
fn tensors_without_values_tell_no_sizes() {
    for shape in ["[0,1,18446744073709551615,1]", "[1,0,18446744073709551615,1]", "[0,0,4,1]"] {
        let header = format!(
            r#"{{"depthwiseConv.0.weight":{{"dtype":"F32","shape":{shape},"data_offsets":[0,0]}},"classify.0.weight":{{"dtype":"F32","shape":[2,32],"data_offsets":[0,256]}}}}"#
        );
        let error =
            infer_shape(&file(&header, 256), ModelKind::EegNet, &SettingValues::default()).unwrap_err();
        assert!(matches!(error, ModelError::NotThisModel { .. }), "{error}");
    }
}

#[test]
fn trials_that_the_weights_are_not_for_are_refused_before_a_network_is_built() {
    let stored =
        infer_shape(&network().to_safetensors().unwrap(), ModelKind::EegNet, &SettingValues::default())
            .unwrap();
    assert_eq!(stored.input(ModelKind::EegNet, 2, 64).unwrap(), SHAPE);
    let answers = [(3, 64), (2, 1 << 40)].map(|(channels, samples)| {
        stored.input(ModelKind::EegNet, channels, samples).unwrap_err().to_string()
    });
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn a_file_of_many_tensors_is_not_told_in_full() {
    let tensors: Vec<String> = (0..5000)
        .map(|number| format!(r#""t{number}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#))
        .collect();
    let error =
        network().load_safetensors(&file(&format!("{{{}}}", tensors.join(",")), 0)).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 102, "{error}");
    assert!(error.ends_with("problems more"), "{error}");
}
