//! `sweep predict` on weights from PyTorch and on our own: state dicts that PyTorch saved and the logits that it computed from
//! them (`sweep-models/tests/golden`), and what our weights files say about the network and its data.

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
            assert!(ran.out.contains("does not say how the training prepared its trials"), "{}", ran.out);

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

/// Trials of two channels with a difference between the classes, far from zero and on two scales, one sample missing.
fn write_trials(place: &Place, name: &str, trials: usize, seed: u64) {
    const SAMPLES: usize = 64;
    let mut state = seed;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let (mut signal, mut labels) = (Vec::new(), Vec::new());
    for trial in 0..trials {
        let class = trial % 2;
        labels.push(if class == 0 { 5i64 } else { 9 });
        for time in 0..SAMPLES {
            let wave = (time as f32 * (0.3 + 0.5 * class as f32)).sin();
            signal.push(1e-5 * (wave + 3.0 * noise()) + 4e-5);
            signal.push(1e3 * (wave + 3.0 * noise()) - 7e3);
        }
    }
    signal[10] = f32::NAN;
    let arrays = [
        NamedArray { name: "signal", shape: &[trials, SAMPLES, 2], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[trials], values: ArrayValues::I64(&labels) },
    ];
    write_npz(&place.path(name), &arrays).unwrap();
}

const STANDARDIZED: &str = r#"
name = "standardized"
[data]
set = "npz"
train = ["train.npz"]
test = ["test.npz"]
scale = "standardize"
[grid]
model = "eegnet"
activation = "elu"
alpha = 0.5
batch_size = 16
epochs = 6
"#;

/// A job on standardized data, and the file of its best weights.
fn standardized() -> (Place, String) {
    let place = Place::new();
    write_trials(&place, "train.npz", 64, 1);
    write_trials(&place, "test.npz", 50, 2);
    place.write("s.toml", STANDARDIZED);
    place.succeed(&["run", "s.toml", "--quiet"]);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    (place, format!("results.weights/{job}/best.safetensors"))
}

/// Writes weights without their metadata, as PyTorch would save them, to `bare.safetensors`.
fn strip_metadata(place: &Place, weights: &str) {
    let bytes = fs::read(place.path(weights)).unwrap();
    let bare = safetensors::serialize(SafeTensors::deserialize(&bytes).unwrap().tensors(), None).unwrap();
    fs::write(place.path("bare.safetensors"), bare).unwrap();
}

fn predict<'a>(weights: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["predict", "--weights", weights, "--data", "test.npz", "--out", "logits.npz"], more].concat()
}

#[test]
fn predict_prepares_trials_as_the_training_did_and_finds_the_recorded_accuracy() {
    let (place, weights) = standardized();
    let recorded = place.sql("SELECT printf('%.2f', 100 * best_test_accuracy) FROM trials").remove(0);
    let ran = place.succeed(&predict(&weights, &[]));
    assert!(ran.out.contains(&format!("accuracy {recorded} %")), "recorded {recorded}: {}", ran.out);
    assert!(ran.out.contains("the trials were standardized with"), "{}", ran.out);
    let logits = fs::read(place.path("logits.npz")).unwrap();

    // What is prepared already is not prepared again, and gives the same.
    place.succeed(&["data", "export", "s.toml", "--dir", "prepared"]);
    let arguments = ["predict", "--weights", &weights, "--data", "prepared/test.npz", "--out", "logits.npz"];
    let ran = place.succeed(&[arguments.as_slice(), &["--prepared"]].concat());
    assert!(ran.out.contains(&format!("accuracy {recorded} %")), "{}", ran.out);
    assert_eq!(fs::read(place.path("logits.npz")).unwrap(), logits);

    strip_metadata(&place, &weights);
    assert_eq!(place.run(&predict("bare.safetensors", &[])).code, Some(2));
    let told = ["--model", "eegnet", "--activation", "elu", "--alpha", "0.5"];
    let ran = place.succeed(&predict("bare.safetensors", &told));
    assert!(ran.out.contains("does not say how the training prepared its trials"), "{}", ran.out);
}

#[test]
fn predict_takes_the_settings_of_a_network_from_the_command_line_if_the_file_has_none() {
    let place = Place::new();
    write_trials(&place, "train.npz", 64, 1);
    write_trials(&place, "test.npz", 50, 2);
    place.write("s.toml", STANDARDIZED);
    place.succeed(&["run", "s.toml", "--quiet", "--set", "kernel_length=25", "--set", "pool_2=4"]);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    let weights = format!("results.weights/{job}/best.safetensors");
    place.succeed(&["data", "export", "s.toml", "--dir", "prepared"]);
    let logits = |weights, more: &[&str]| {
        let arguments = ["predict", "--weights", weights, "--data", "prepared/test.npz", "--prepared"];
        place.succeed(&[&arguments, &["--out", "logits.npz"][..], more].concat());
        fs::read(place.path("logits.npz")).unwrap()
    };
    let expected = logits(&weights, &["--set", "pool_2=4"]);
    strip_metadata(&place, &weights);
    let told = ["--model", "eegnet", "--activation", "elu", "--alpha", "0.5", "--set", "kernel_length=25"];
    assert_eq!(logits("bare.safetensors", &[&told, &["--set", "pool_2=4"][..]].concat()), expected);

    let refused = |arguments: &[&str]| {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{}\n{}", ran.out, ran.err);
        ran.err
    };
    let weights = weights.replace(&job, "JOB");
    fs::create_dir_all(place.path("results.weights/JOB")).unwrap();
    fs::copy(place.path(&weights.replace("JOB", &job)), place.path(&weights)).unwrap();
    let answers = [
        refused(&predict("bare.safetensors", &told)),
        refused(&predict(&weights, &["--set", "kernel_length=51"])),
        refused(&predict(&weights, &["--set", "filters=[1, 2, 3, 4]"])),
        refused(&predict(&weights, &["--set", "pool_2=0"])),
        refused(&predict(&weights, &["--set", "pool_2"])),
    ];
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn predict_refuses_what_contradicts_the_weights() {
    let (place, weights) = standardized();
    fs::copy(place.path(&weights), place.path("w.safetensors")).unwrap();
    place.succeed(&predict("w.safetensors", &["--model", "eegnet", "--activation", "elu", "--alpha", "0.5"]));
    place.succeed(&predict("w.safetensors", &["--activation", "elu"]));
    let mut answers = String::new();
    for more in [
        ["--activation", "relu"].as_slice(),
        &["--model", "deepconvnet"],
        &["--alpha", "1"],
        &["--slope", "0.01"],
        &["--layout", "trial,channel,time"],
    ] {
        let ran = place.run(&predict("w.safetensors", more));
        assert_eq!(ran.code, Some(2), "{more:?}: {}\n{}", ran.out, ran.err);
        answers.push_str(&format!("## {}\n{}\n", more.join(" "), ran.err));
    }
    insta::assert_snapshot!(answers);
}

#[test]
fn trials_with_logits_that_are_not_finite_are_wrong() {
    let (place, weights) = standardized();
    let told = ["--model", "eegnet", "--activation", "elu"];
    // One trial so loud that the network overflows, then weights that always do.
    let bytes = fs::read(place.path(&weights)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    strip_metadata(&place, &weights);
    let signal: Vec<f32> =
        (0..4 * 64 * 2).map(|at| if at < 128 { 3e38 } else { (at as f32 * 0.7).sin() }).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &[4, 64, 2], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[4], values: ArrayValues::I64(&[5, 9, 5, 9]) },
    ];
    write_npz(&place.path("test.npz"), &arrays).unwrap();
    let ran = place.succeed(&predict("bare.safetensors", &told));
    assert!(
        ran.out.contains("1 of 4 trials has logits that are not finite; counted as wrong"),
        "{}",
        ran.out
    );

    let mut values: Vec<_> = file
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    for (name, _, _, data) in &mut values {
        if name == "classify.0.weight" {
            for value in data.chunks_exact_mut(4) {
                value.copy_from_slice(&3e38f32.to_le_bytes());
            }
        }
    }
    let views = values.iter().map(|(name, dtype, shape, data)| {
        (name, safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    fs::write(place.path("huge.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    let signal: Vec<f32> = (0..4 * 64 * 2).map(|at| 1e3 * (at as f32 * 0.7).sin()).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &[4, 64, 2], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[4], values: ArrayValues::I64(&[5, 9, 5, 9]) },
    ];
    write_npz(&place.path("test.npz"), &arrays).unwrap();
    let ran = place.run(&predict("huge.safetensors", &told));
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("no accuracy: the logits of all 4 trials are not finite"), "{}", ran.out);
}

#[test]
fn a_pipe_in_the_place_of_weights_is_not_waited_for() {
    let place = Place::new();
    write_trials(&place, "test.npz", 4, 1);
    assert!(std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let ran = place.run(&predict("pipe", &["--model", "eegnet", "--activation", "elu"]));
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.err);
    place.write("s.toml", &STANDARDIZED.replace("alpha = 0.5", "alpha = 0.5\ninitial_weights = \"pipe\""));
    let ran = place.run(&["plan", "s.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("it is a pipe, not a regular file"), "{}", ran.err);
}
