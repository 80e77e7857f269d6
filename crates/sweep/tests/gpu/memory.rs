//! GPUs whose memory decides: bundles that are split, trainings that go on, and GPUs that are left out or refused.

use std::process::{Child, Stdio};

use sweep_data::DataExtent;
use sweep_job::{Activation, DeviceChoice, JobSpec, ModelKind};
use sweep_worker::peak_memory;

use super::{
    ARGUMENTS, SAMPLES, command, holds, place, place_with, results, run,
    support::{Place, Ran, send_signal, wait_until},
};

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

/// Bytes of a GPU that so many EEGNet jobs side by side take in batches of 4.
fn taken_by(jobs: u64) -> u64 {
    let lab = JobSpec::lab(ModelKind::EegNet, Activation::Elu { alpha: 1.0 });
    let extent = DataExtent {
        channels: 2,
        samples: SAMPLES,
        classes: 2,
        train_trials: 40,
        validation_trials: 0,
        test_trials: 10,
        loading_bytes: 0,
    };
    let peak = peak_memory(&JobSpec { batch_size: 4, ..lab }, &extent, DeviceChoice::Cuda(0), 1).unwrap();
    let device = peak.device.unwrap();
    device.shared + jobs * device.member
}

/// Asks a run to stop, and waits until it has.
fn stop(run: Child) {
    send_signal("INT", run.id());
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn a_bundle_that_is_stopped_goes_on_at_each_trainings_own_epoch_in_the_memory_that_it_takes() {
    let place = place_with(40, SAMPLES);
    let with = |place: &Place, seeds: &str, epochs: &str| {
        let all = [
            &format!("seed={seeds}"),
            &format!("epochs={epochs}"),
            "model=eegnet",
            "activation=elu",
            "batch_size=4",
        ];
        let settings = all.into_iter().flat_map(|setting| ["--set", setting]);
        let mut command = command(place, &ARGUMENTS.into_iter().chain(settings).collect::<Vec<_>>());
        // Three fit, and nothing more.
        command.env("FAKE_CUDA_TAKEN", ((4 << 30) - taken_by(3)).to_string()).stderr(Stdio::piped());
        command
    };
    // No two epochs take equally long: an epoch that was resumed keeps its time, and one that was trained again does not.
    let seconds = |seed: u32, epochs: &str, first: usize| {
        place.sql(&format!(
            "SELECT epochs.train_seconds FROM epochs JOIN trials USING (job_id)
             WHERE trials.seed = {seed} AND trials.epochs = {epochs} ORDER BY epoch LIMIT {first}"
        ))
    };
    let endless = "100000";
    let first = with(&place, "0", endless).spawn().unwrap();
    wait_until("a job trains", || holds(&place, "SELECT count(*) > 4 FROM epochs"));
    stop(first);
    let of_first = seconds(0, endless, 4);

    // It goes on beside two that begin, of which one is cancelled.
    let second = with(&place, "0,1,2", endless).spawn().unwrap();
    let running = "SELECT min(epochs_finished) > 1 AND count(*) = 3 FROM trials WHERE status = 'running'";
    wait_until("three jobs train", || holds(&place, running));
    let cancelled = place.sql("SELECT job_id FROM trials WHERE seed = 2").remove(0);
    place.succeed(&["cancel", &cancelled]);
    wait_until("a job is cancelled", || {
        holds(&place, "SELECT count(*) = 1 FROM trials WHERE status = 'cancelled'")
    });
    stop(second);
    assert_eq!(
        place.sql("SELECT seed, status, attempts FROM trials ORDER BY 1"),
        ["0,queued,2", "1,queued,1", "2,cancelled,1"]
    );
    assert_eq!(seconds(0, endless, 4), of_first, "it went on from its checkpoint");
    let [ahead, behind] = [0, 1]
        .map(|seed| place.sql(&format!("SELECT epochs_finished FROM trials WHERE seed = {seed}")).remove(0));
    assert_ne!(ahead, behind, "each is at its own epoch");

    // The same trainings for jobs that end where the first is, the other some epochs later.
    let third = Ran::from(with(&place, "0,1", &ahead).output().unwrap());
    assert_eq!(third.code, Some(0), "{}", third.err);
    for (seed, epochs) in [(0, &ahead), (1, &behind)] {
        let epochs = epochs.parse().unwrap();
        assert_eq!(seconds(seed, &ahead, epochs), seconds(seed, endless, epochs), "seed {seed}");
    }
    let whole = place_with(40, SAMPLES);
    let ran = Ran::from(with(&whole, "0,1", &ahead).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let finished = "SELECT job_id, epoch, epochs.train_loss, epochs.test_loss, epochs.test_accuracy
        FROM epochs JOIN trials USING (job_id) WHERE trials.status = 'finished' ORDER BY 1, 2";
    assert_eq!(place.sql(finished), whole.sql(finished));
    assert_eq!(results(&place)[1], results(&whole)[1]);
}

#[test]
fn a_bundle_for_which_there_is_too_little_page_locked_memory_is_split() {
    let place = place();
    let one_network = ["--set", "model=eegnet", "--set", "epochs=1"];
    // What copies go through, and the inputs and results of four jobs for three epochs, 256 bytes each.
    let bytes: u64 = (4 << 20) + 4 * 3 * 2 * 256;
    let mut command = command(&place, &[&ARGUMENTS[..], &one_network].concat());
    let ran = Ran::from(command.env("FAKE_CUDA_HOST_MEMORY", bytes.to_string()).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("6 trainings side by side ran out of memory"), "{}", ran.err);
    assert_eq!(place.sql("SELECT DISTINCT status FROM trials"), ["finished"]);
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
