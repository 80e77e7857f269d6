//! `sweep predict` against PyTorch: state dicts that PyTorch saved, and the logits that it computed from them. The numbers are
//! those of `sweep-models/tests/golden`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs::{self, File};

use npyz::NpyFile;
use safetensors::SafeTensors;
use support::{Place, repository};
use sweep_data::{ArrayValues, NamedArray, write_npz};
use zip::ZipArchive;

const GOLDEN: &str = "crates/sweep-models/tests/golden";

fn floats(file: &SafeTensors<'_>, name: &str) -> (Vec<usize>, Vec<f32>) {
    let tensor = file.tensor(name).unwrap();
    let values =
        tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    (tensor.shape().to_vec(), values)
}

#[test]
fn predict_reproduces_the_logits_of_pytorch() {
    let place = Place::new();
    let bytes = fs::read(repository(GOLDEN).join("numbers.safetensors")).unwrap();
    let numbers = SafeTensors::deserialize(&bytes).unwrap();
    for model in ["eegnet", "deepconvnet"] {
        let (shape, x) = floats(&numbers, &format!("{model}.x"));
        let [trials, 1, channels, samples] = shape[..] else { panic!("{shape:?}") };
        let signal =
            NamedArray { name: "signal", shape: &[trials, channels, samples], values: ArrayValues::F32(&x) };
        write_npz(&place.path("x.npz"), &[signal]).unwrap();
        let weights = repository(GOLDEN).join(format!("{model}.safetensors"));
        for activation in ["relu", "leaky_relu", "elu"] {
            let ran = place.succeed(&[
                "predict",
                "--model",
                model,
                "--activation",
                activation,
                "--weights",
                weights.to_str().unwrap(),
                "--data",
                "x.npz",
                "--layout",
                "trial,channel,time",
                "--out",
                "logits.npz",
            ]);
            assert!(!ran.out.contains("accuracy"), "there is no label: {}", ran.out);

            let (shape, expected) = floats(&numbers, &format!("{model}.{activation}.logits"));
            let mut archive = ZipArchive::new(File::open(place.path("logits.npz")).unwrap()).unwrap();
            let logits = NpyFile::new(archive.by_name("logits.npy").unwrap()).unwrap();
            assert_eq!(logits.shape(), shape.iter().map(|length| *length as u64).collect::<Vec<_>>());
            let logits: Vec<f32> = logits.into_vec().unwrap();
            let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
            for (ours, theirs) in logits.iter().zip(&expected) {
                assert!(
                    (ours - theirs).abs() <= 1e-5 * largest,
                    "{model} {activation}: {ours} against {theirs}"
                );
            }
        }
    }
}
