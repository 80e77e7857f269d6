//! `sweep run --device cuda` on the fake driver of `sweep-cuda`, which computes with the real kernels: bundles, a kill in the middle, a
//! network without kernels, and a GPU that is lost.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../sweep-cuda/emulation/library.rs"]
mod library;
mod support;

use std::process::{Command, Stdio};

use library::library;
use support::{Place, Ran, send_signal, wait_until};
use sweep_data::{ArrayValues, NamedArray, write_npz};

const SAMPLES: usize = 110;

/// Few short trials of two channels, with a difference between the classes.
fn write_trials(place: &Place, name: &str, trials: usize, seed: u64) {
    let mut state = seed;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let labels: Vec<i64> = (0..trials as i64).map(|trial| trial % 2).collect();
    let sample = |at: usize| {
        let (trial, time) = (at / (2 * SAMPLES), at / 2 % SAMPLES);
        (time as f32 * (0.3 + 0.4 * (trial % 2) as f32)).sin()
    };
    let signal: Vec<f32> = (0..trials * 2 * SAMPLES).map(|at| sample(at) + noise()).collect();
    let arrays = [
        NamedArray { name: "signal", shape: &[trials, SAMPLES, 2], values: ArrayValues::F32(&signal) },
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
    let place = Place::new();
    write_trials(&place, "train.npz", 20, 1);
    write_trials(&place, "test.npz", 10, 2);
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
    wait_until("epochs are recorded", || {
        killed.path("results.db").exists()
            && killed
                .run(&["sql", "SELECT count(*) > 5 FROM epochs", "--format", "csv"])
                .out
                .ends_with("\n1\n")
    });
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
fn a_gpu_that_runs_out_of_memory_gets_smaller_bundles_and_gives_the_same_bits() {
    let one_network = ["--set", "model=eegnet", "--set", "epochs=2"];
    let arguments = [&ARGUMENTS[..], &one_network].concat();
    let enough = place();
    let ran = run(&enough, &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);

    // More is reported as free than there is: another program may take it at any time.
    let memory = 4_u64 << 30;
    let with = |place: &Place, left: u64| {
        let mut command = command(place, &arguments);
        command.env("FAKE_CUDA_TAKEN", (memory - left).to_string());
        Ran::from(command.output().unwrap())
    };
    let little = place();
    let ran = with(&little, 3 << 20);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("trainings side by side ran out of memory"), "{}", ran.err);
    assert_eq!(results(&little), results(&enough));

    let none = place();
    let ran = {
        let mut command = command(&none, &[&arguments[..], &["--retries", "0"]].concat());
        Ran::from(command.env("FAKE_CUDA_TAKEN", (memory - (1 << 10)).to_string()).output().unwrap())
    };
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let reasons = none.sql("SELECT DISTINCT status, reason FROM trials");
    let words = "failed,\"out of memory: worker has too little GPU memory: a bundle of 1 takes ";
    assert!(reasons.len() == 1 && reasons[0].starts_with(words), "{reasons:?}");
}

/// The command with the memory of its GPUs in bytes.
fn run_with(place: &Place, memory: &str, arguments: &[&str]) -> Ran {
    let mut command = command(place, arguments);
    command.env("FAKE_CUDA_DEVICES", "2").env("FAKE_CUDA_MEMORY", memory);
    Ran::from(command.output().unwrap())
}

const EEGNET: [&str; 6] = ["run", "s.toml", "--set", "model=eegnet", "--set", "epochs=1"];

#[test]
fn a_gpu_that_is_too_small_for_the_jobs_is_left_out_or_refused_before_anything_is_recorded() {
    let (two, no_gpu) = ("4294967296,100000", "100000,100000");
    let left_out = place();
    let ran = run_with(&left_out, two, &EEGNET);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let warning = "warning: cuda:1 is left out: 0 MiB of its 1 MiB are free to be used";
    assert!(ran.err.contains(warning) && ran.err.contains("jobs: 6 finished"), "{}", ran.err);
    assert_eq!(left_out.sql("SELECT DISTINCT device FROM trials"), ["cuda:0"]);

    let refused = place();
    for (memory, device, words) in [
        (two, "cuda:1", "6 of 6 jobs would need more memory than cuda:1 has"),
        (no_gpu, "cuda:all", "6 of 6 jobs would need more memory than cuda:0 has"),
        (no_gpu, "auto", "6 of 6 jobs would need more memory than cuda:0 has"),
    ] {
        let ran = run_with(&refused, memory, &[&EEGNET[..], &["--device", device]].concat());
        assert_eq!(ran.code, Some(2), "{device}: {}", ran.err);
        assert!(ran.err.contains(words), "{device}: {}", ran.err);
    }
    assert!(!refused.path("results.db").exists());
    let plan = run_with(&refused, no_gpu, &["plan", "s.toml", "--set", "model=eegnet"]);
    assert_eq!(plan.code, Some(2), "{}", plan.err);
    assert!(plan.err.contains("more memory than cuda:0 has"), "{}", plan.err);
    assert!(plan.out.contains("Memory of the machine for a worker at its peak\n  eegnet"), "{}", plan.out);
    assert!(plan.out.contains("Memory of the GPU for a job\n  eegnet"), "{}", plan.out);

    // One worker has room, and two have not.
    let shared = "4000000,4000000";
    let plan = run_with(&refused, shared, &["plan", "s.toml", "--set", "model=eegnet"]);
    assert_eq!(plan.code, Some(0), "{}", plan.err);
    let ran = run_with(&refused, shared, &[&EEGNET[..], &["--device", "cuda", "--workers", "2"]].concat());
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("1 MiB of its 4 MiB for each of 2 workers can be used"), "{}", ran.err);
}

#[test]
fn a_gpu_that_another_program_filled_costs_no_job() {
    let place = place();
    let mut command = command(&place, &[&EEGNET[..], &["--side-by-side", "1"]].concat());
    // More is reported as free than there is.
    command.env("FAKE_CUDA_DEVICES", "2").env("FAKE_CUDA_TAKEN", "0,4294960000");
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("a training ran out of GPU memory with none beside it"), "{}", ran.err);
    assert!(ran.err.contains("jobs: 6 finished"), "{}", ran.err);
    assert_eq!(place.sql("SELECT DISTINCT status, device FROM trials"), ["finished,cuda:0"]);
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
