//! GPUs of any size against jobs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sweep_data::DataExtent;
use sweep_job::{Activation, JobSpec, ModelKind};

use super::*;

const GPUS: [DeviceChoice; 3] = [DeviceChoice::Cuda(0), DeviceChoice::Cuda(1), DeviceChoice::Cuda(2)];

fn estimates() -> Estimates {
    let extent = DataExtent {
        channels: 2,
        samples: 750,
        classes: 2,
        train_trials: 1080,
        validation_trials: 0,
        test_trials: 1080,
        loading_bytes: 40 << 20,
    };
    Estimates::new(extent, GPUS[0], 1)
}

fn kind(model: ModelKind, batch_size: u32) -> Kind {
    let spec = JobSpec { batch_size, ..JobSpec::lab(model, Activation::Relu) };
    Kind { spec, trainings: 1, jobs: 2 }
}

/// GPUs with so many MiB free, of so many; each has one worker.
fn gpus(mebibytes: &[(u64, u64)]) -> Vec<Gpu> {
    let memory =
        |(free, total): &(u64, u64)| DeviceMemory { free: free << 20, total: total << 20, workers: 1 };
    let gpu = |(device, bytes)| Gpu { device, memory: Some(memory(bytes)) };
    GPUS.into_iter().zip(mebibytes).map(gpu).collect()
}

/// Jobs of 87 and 334 MiB.
fn two_kinds() -> [Kind; 2] {
    [kind(ModelKind::EegNet, 16), kind(ModelKind::EegNet, 1080)]
}

fn choose(request: DeviceRequest, gpus: &[Gpu], kinds: &[Kind]) -> Result<Chosen, String> {
    with_room(request, gpus, &estimates(), kinds).map_err(|error| match error {
        CliError::Argument { message, hint } => format!("{message}\nhelp: {}", hint.unwrap_or_default()),
        other => panic!("{other:?}"),
    })
}

#[test]
fn gpus_without_room_are_left_out() {
    let two = gpus(&[(24_000, 24_000), (500, 24_000), (30, 24_000)]);
    for request in [DeviceRequest::Auto, DeviceRequest::AllGpus] {
        let chosen = choose(request, &two, &two_kinds()).unwrap();
        assert_eq!(chosen.devices, [GPUS[0]], "500 MiB less what is kept back is too little for the larger");
        insta::allow_duplicates! {
            insta::assert_snapshot!(chosen.warnings.join("\n"), @"
warning: cuda:1 is left out: 244 MiB of its 23.5 GiB are free to be used, and a job takes up to 334 MiB
warning: cuda:2 is left out: 0 MiB of its 23.5 GiB are free to be used, and a job takes up to 334 MiB
");
        }
        // If none has room for all, some is better than nothing.
        let chosen = choose(request, &two[1..], &two_kinds()).unwrap();
        assert_eq!(chosen.devices, [GPUS[1]]);
    }
    let all = gpus(&[(24_000, 24_000), (20_000, 24_000)]);
    let chosen = choose(DeviceRequest::AllGpus, &all, &two_kinds()).unwrap();
    assert_eq!(chosen, Chosen { devices: GPUS[..2].to_vec(), warnings: Vec::new(), note: None });
}

#[test]
fn without_room_auto_takes_the_cpu_and_a_named_gpu_is_refused() {
    let full = gpus(&[(300, 24_000)]);
    let chosen = choose(DeviceRequest::Auto, &full, &two_kinds()).unwrap();
    assert_eq!((chosen.devices, chosen.warnings.len()), (vec![DeviceChoice::Cpu], 1));
    let refused = choose(DeviceRequest::One(GPUS[0]), &full, &two_kinds()).unwrap_err();
    insta::assert_snapshot!(refused, @"
no job has room on a GPU: the smallest takes about 87 MiB
  cuda:0: 44 MiB of its 23.5 GiB are free to be used
help: `nvidia-smi` lists the programs that use a GPU: wait for them, name another GPU, or use `--device cpu`
");
    // Workers share a GPU.
    let mut shared = gpus(&[(1_000, 24_000)]);
    assert!(choose(DeviceRequest::One(GPUS[0]), &shared, &two_kinds()).is_ok());
    shared[0].memory.as_mut().unwrap().workers = 20;
    let refused = choose(DeviceRequest::One(GPUS[0]), &shared, &two_kinds()).unwrap_err();
    insta::assert_snapshot!(refused, @"
no job has room on a GPU: the smallest takes about 87 MiB
  cuda:0: 37 MiB of its 23.5 GiB for each of 20 workers are free to be used
help: `nvidia-smi` lists the programs that use a GPU: wait for them, name another GPU, or use `--device cpu`
");
}

#[test]
fn what_does_not_fit_into_a_whole_gpu_is_refused() {
    let small = gpus(&[(200, 200), (300, 300), (300, 300)]);
    for request in [DeviceRequest::Auto, DeviceRequest::AllGpus] {
        let refused = choose(request, &small, &two_kinds()).unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"
2 of 4 jobs would need more memory than cuda:1 has
  eegnet, batch_size 1080 (2 jobs): about 334 MiB on the GPU; batch_size 887 would fit
285 MiB of its 300 MiB can be used
help: set a smaller batch_size or fewer trials (data.limit), or use `--device cpu`
");
        }
    }
    // It fits on the larger of two, which has no room for it now.
    let chosen = choose(DeviceRequest::AllGpus, &gpus(&[(200, 200), (400, 2_000)]), &two_kinds()).unwrap();
    assert_eq!(chosen.devices, [GPUS[1]]);
}

#[test]
fn jobs_without_kernels_need_no_gpu() {
    let shallow = [kind(ModelKind::Shallow, 16)];
    let any = gpus(&[(0, 24_000)]);
    let chosen = choose(DeviceRequest::Auto, &any, &shallow).unwrap();
    assert_eq!((chosen.devices, chosen.warnings.len()), (vec![DeviceChoice::Cpu], 0));
    assert!(chosen.note.unwrap().starts_with("2 of 2 jobs train on the CPU"));
    assert_eq!(choose(DeviceRequest::AllGpus, &any, &shallow).unwrap().devices, [GPUS[0]]);
    // What is done needs nothing either.
    assert_eq!(choose(DeviceRequest::Auto, &any, &[]).unwrap().devices, [GPUS[0]]);
    let unknown = [Gpu { device: GPUS[1], memory: None }];
    assert_eq!(choose(DeviceRequest::Auto, &unknown, &two_kinds()).unwrap().devices, [GPUS[1]]);
}
