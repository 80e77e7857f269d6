//! `sweep run --device cuda` on the fake driver of `sweep-cuda`, which computes with the real kernels: bundles, a kill or a stop in the
//! middle, jobs that are cancelled or diverge, networks without kernels, and a GPU that is full or lost.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../../sweep-cuda/emulation/library.rs"]
mod library;
mod memory;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Stdio};

use library::library;
use support::{Place, Ran, send_signal, wait_until};
use sweep_data::{ArrayValues, NamedArray, write_npz};

const SAMPLES: usize = 110;

/// Few short trials of two channels, with a difference between the classes.
fn write_trials(place: &Place, name: &str, trials: usize, samples: usize, seed: u64) {
    let mut state = seed;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let labels: Vec<i64> = (0..trials as i64).map(|trial| trial % 2).collect();
    let sample = |at: usize| {
        let (trial, time) = (at / (2 * samples), at / 2 % samples);
        (time as f32 * (0.3 + 0.4 * (trial % 2) as f32)).sin()
    };
    let signal: Vec<f32> = (0..trials * 2 * samples).map(|at| sample(at) + noise()).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &[trials, samples, 2], values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &[trials], values: ArrayValues::I64(&labels) },
    ];
    write_npz(&place.path(name), &arrays).unwrap();
}

/// Two networks with three activation functions and two seeds.
const SWEEP: &str = r#"
name = "gpu"
[data]
set = "npz"
train = ["train.npz"]
test = ["test.npz"]
[grid]
model = ["eegnet", "deepconvnet"]
activation = ["relu", "leaky_relu", "elu"]
batch_size = 8
epochs = 4
seed = [0, 1]
"#;

fn place() -> Place {
    place_with(20, SAMPLES)
}

fn place_with(train_trials: usize, samples: usize) -> Place {
    let place = Place::new();
    write_trials(&place, "train.npz", train_trials, samples, 1);
    write_trials(&place, "test.npz", 10, samples, 2);
    place.write("s.toml", SWEEP);
    place
}

/// The command on a machine with a GPU.
fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command(arguments);
    command.env("LD_LIBRARY_PATH", library().parent().unwrap());
    command
}

fn run(place: &Place, arguments: &[&str]) -> Ran {
    Ran::from(command(place, arguments).output().unwrap())
}

fn results(place: &Place) -> [Vec<String>; 2] {
    [
        "SELECT job_id, epoch, train_loss, train_accuracy, test_loss, test_accuracy FROM epochs ORDER BY 1, 2",
        "SELECT hex(weights_sha256) FROM snapshots ORDER BY 1",
    ]
    .map(|query| place.sql(query))
}

/// Whether a condition on the results is true, once there are some.
fn holds(place: &Place, condition: &str) -> bool {
    place.path("results.db").exists()
        && place.run(&["sql", condition, "--format", "csv"]).out.ends_with("\n1\n")
}

const ARGUMENTS: [&str; 6] = ["run", "s.toml", "--device", "cuda", "--checkpoint-every", "1"];

#[test]
fn a_sweep_that_is_killed_goes_on_to_the_same_bits_and_close_to_those_of_the_cpu() {
    let whole = place();
    // What can be used is used.
    let ran = run(&whole, &["run", "s.toml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("jobs: 12 finished"), "{}", ran.err);
    assert_eq!(whole.sql("SELECT DISTINCT device, hardware FROM trials"), ["cuda:0,Emulated GPU"]);
    let expected = results(&whole);
    assert_eq!(expected[0].len(), 12 * 4);

    let killed = place();
    let mut first = command(&killed, &ARGUMENTS).stderr(Stdio::null()).spawn().unwrap();
    wait_until("epochs are recorded", || holds(&killed, "SELECT count(*) > 5 FROM epochs"));
    send_signal("KILL", first.id());
    first.wait().unwrap();
    assert_ne!(results(&killed), expected, "it was killed in the middle");
    let ran = run(&killed, &[&ARGUMENTS[..], &["--report"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(results(&killed), expected);
    assert!(ran.out.contains("DeepConvNet") && ran.out.contains("LeakyReLU"), "{}", ran.out);

    let cpu = place();
    cpu.succeed(&["run", "s.toml", "--device", "cpu", "--quiet"]);
    let losses = |place: &Place| -> Vec<f64> {
        let rows = place.sql("SELECT test_loss FROM epochs WHERE epoch = 1 ORDER BY job_id");
        rows.iter().map(|row| row.parse().unwrap()).collect()
    };
    for (gpu, cpu) in losses(&whole).iter().zip(losses(&cpu)) {
        assert!((gpu - cpu).abs() < 1e-3 * cpu, "{gpu} and {cpu}");
    }
}

#[test]
fn two_gpus_share_a_sweep() {
    let place = place();
    let one_network = ["--set", "model=eegnet", "--set", "epochs=1"];
    let ran = Ran::from(
        command(&place, &[&["run", "s.toml"], &one_network[..]].concat())
            .env("FAKE_CUDA_DEVICES", "2")
            .output()
            .unwrap(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("up to 2 workers of 1 thread on cuda:0, cuda:1"), "{}", ran.err);
    assert_eq!(
        place.sql("SELECT device, count(*) FROM trials GROUP BY 1 ORDER BY 1"),
        ["cuda:0,3", "cuda:1,3"]
    );
}

#[test]
fn eval_and_rerun_on_the_gpu_find_what_it_recorded() {
    let place = place();
    let one = ["--set", "model=eegnet", "--set", "activation=elu", "--set", "seed=1", "--quiet"];
    let ran = run(&place, &[&ARGUMENTS[..4], &one].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let job = place.sql("SELECT job_id FROM trials").remove(0);
    for (arguments, words) in [
        (["eval", &job, "--device", "cuda"].as_slice(), "to the last bit"),
        (&["rerun", &job, "--device", "cuda"], "the same bits"),
    ] {
        let ran = run(&place, arguments);
        assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
        assert!(ran.out.contains(words), "{}", ran.out);
    }
}

#[test]
fn a_network_without_kernels_is_trained_on_the_cpu_and_plan_says_so() {
    let place = place();
    let models =
        ["--set", "model=eegnet,shallow", "--set", "activation=elu", "--set", "seed=0", "--set", "epochs=1"];
    let words = "1 of 2 jobs train on the CPU, because the GPU has no kernels for";
    let plan = run(&place, &[&["plan", "s.toml"], &models[..]].concat());
    assert!(plan.out.contains(words), "{}\n{}", plan.out, plan.err);
    assert!(!place.run(&[&["plan", "s.toml"], &models[..]].concat()).out.contains(words), "there is no GPU");
    let ran = run(&place, &[&ARGUMENTS[..4], &models[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains(words), "{}", ran.err);
    assert!(ran.err.replace('\n', " ").contains("uses all cores with `--device cpu`"), "{}", ran.err);
    assert_eq!(place.sql("SELECT model, device FROM trials ORDER BY 1"), ["eegnet,cuda:0", "shallow,cpu"]);
}

#[test]
fn a_gpu_that_is_lost_once_costs_a_retry_and_a_gpu_that_is_gone_fails_with_the_reason() {
    let lost = place();
    let one_network = ["--set", "model=eegnet"];
    let once = lost.path("lost-once");
    let mut command_line = command(&lost, &[&ARGUMENTS[..], &one_network].concat());
    command_line.env("FAKE_CUDA_LOST_ONCE", &once).env("FAKE_CUDA_LOST_AFTER", "60");
    let ran = Ran::from(command_line.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(once.exists());
    assert!(ran.err.contains("jobs: 6 finished"), "{}", ran.err);
    assert_eq!(lost.sql("SELECT DISTINCT attempts FROM trials"), ["2"]);

    let gone = place();
    let arguments = [&ARGUMENTS[..], &one_network, &["--retries", "0"]].concat();
    let ran = Ran::from(command(&gone, &arguments).env("FAKE_CUDA_LOST_AFTER", "60").output().unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let reasons = gone.sql("SELECT DISTINCT status, reason FROM trials");
    assert!(reasons.iter().all(|row| row.starts_with("failed,") && row.contains("GPU")), "{reasons:?}");
}

#[test]
fn what_a_gpu_records_does_not_depend_on_the_company_and_one_that_diverges_ends_alone() {
    let (data, _) = SWEEP.split_once("[grid]").unwrap();
    let rows = r#"
[grid]
model = "eegnet"
batch_size = 8
[[rows]]
activation = "elu"
epochs = [2, 3]
seed = [0, 1]
[[rows]]
activation = "relu"
learning_rate = 1e30
optimizer = "sgd"
epochs = 3
seed = 2
"#;
    let trained = |side_by_side| {
        let place = place();
        place.write("s.toml", &[data, rows].concat());
        let ran = run(&place, &["run", "s.toml", "--device", "cuda", "--side-by-side", side_by_side]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("jobs: 4 finished, 1 diverged"), "{}", ran.err);
        assert_eq!(place.sql("SELECT DISTINCT device, attempts FROM trials"), ["cuda:0,1"]);
        (results(&place), place.sql("SELECT job_id, status, reason FROM trials ORDER BY 1"))
    };
    assert_eq!(trained("64"), trained("1"));
}

#[test]
fn a_job_with_more_batches_than_kernels_can_count_is_trained_on_the_cpu() {
    let place = place_with(65_536, 32);
    let settings =
        ["--set", "model=eegnet", "--set", "activation=elu", "--set", "seed=0", "--set", "epochs=1"];
    let arguments = [&ARGUMENTS[..4], &settings, &["--set", "batch_size=1"]].concat();
    let run = command(&place, &arguments).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("it trains", || {
        holds(&place, "SELECT count(*) = 1 FROM trials WHERE status = 'running' AND device = 'cpu'")
    });
    // An epoch takes too long to wait for its end.
    send_signal("KILL", run.id());
    let ended = run.wait_with_output().unwrap();
    let words = "because the GPU has no kernels for EEGNet with batch_size 1 on so many trials";
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(told.contains(words), "{told}");
}

#[test]
fn auto_takes_the_cpu_if_no_job_has_kernels() {
    let place = place();
    let shallow = ["--set", "model=shallow", "--set", "activation=elu", "--set", "epochs=1"];
    let ran = run(&place, &[&["run", "s.toml"], &shallow[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("2 of 2 jobs train on the CPU, because"), "{}", ran.err);
    assert!(ran.err.contains("of 1 thread on cpu"), "{}", ran.err);
    assert_eq!(place.sql("SELECT DISTINCT device FROM trials"), ["cpu"]);
}
