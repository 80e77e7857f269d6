//! Jobs and workers against limits of any size.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sweep_data::DataExtent;
use sweep_job::{Activation, DeviceChoice, ModelKind, SettingValue};
use sweep_scheduler::{DeviceMemory, SideBySide};

use super::{super::kinds, *};

fn estimates() -> Estimates {
    estimates_on(DeviceChoice::Cpu)
}

fn estimates_on(device: DeviceChoice) -> Estimates {
    let extent = DataExtent {
        channels: 22,
        samples: 1000,
        classes: 4,
        train_trials: 2000,
        validation_trials: 0,
        test_trials: 500,
        loading_bytes: 300 << 20,
    };
    Estimates::new(extent, device, 1)
}

fn training(model: ModelKind, batch_size: u32, jobs: usize) -> Kind {
    let spec = JobSpec { batch_size, ..JobSpec::lab(model, Activation::Relu) };
    Kind { spec, trainings: 1, jobs }
}

fn limits(mebibytes: u64) -> MemoryLimits {
    MemoryLimits::default().given(mebibytes << 20)
}

fn error(result: Result<Fit, CliError>) -> String {
    match result.unwrap_err() {
        CliError::Argument { message, hint } => format!("{message}\nhelp: {}", hint.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn jobs_that_do_not_fit_are_refused_together() {
    let trainings = [
        training(ModelKind::EegNet, 16, 1),
        training(ModelKind::EegNet, 500, 2),
        training(ModelKind::DeepConvNet, 2000, 1),
        training(ModelKind::EegNet, 500, 1),
    ];
    let refused = check(&estimates(), &trainings, &limits(512), Wanted::UpTo(1));
    insta::assert_snapshot!("jobs_that_do_not_fit", error(refused));
}

#[test]
fn where_no_batch_fits_the_data_are_named() {
    let refused = check(&estimates(), &[training(ModelKind::EegNet, 1, 1)], &limits(100), Wanted::UpTo(1));
    insta::assert_snapshot!("data_that_do_not_fit", error(refused));
}

#[test]
fn an_address_space_that_is_too_small_is_named() {
    let limit = MemoryLimit { bytes: 900 << 20, source: LimitSource::AddressSpace };
    let limits = MemoryLimits { each: Some(limit), ..limits(4096) };
    let refused = check(&estimates(), &[training(ModelKind::EegNet, 500, 1)], &limits, Wanted::UpTo(1));
    insta::assert_snapshot!("address_space_that_is_too_small", error(refused));
}

#[test]
fn many_kinds_of_jobs_are_counted() {
    let trainings: Vec<Kind> = (0..12).map(|more| training(ModelKind::EegNet, 600 + more, 3)).collect();
    let text = error(check(&estimates(), &trainings, &limits(320), Wanted::UpTo(1)));
    assert_eq!(text.lines().count(), 1 + MOST_NAMED_IN_TEST + 1 + 2, "{text}");
    assert!(text.starts_with("36 of 36 jobs"), "{text}");
    assert!(text.contains("\n  and 4 more kinds\n"), "{text}");
}

const MOST_NAMED_IN_TEST: usize = 8;

#[test]
fn the_batch_that_is_offered_fits_and_is_no_less_than_half_of_what_does() {
    let estimates = estimates();
    let Kind { spec, .. } = training(ModelKind::DeepConvNet, 2000, 1);
    for mebibytes in [400, 512, 700, 1500] {
        let batch_size = estimates.largest_batch(&spec, PeakMemory::total, mebibytes << 20).unwrap();
        let peak = |batch_size| {
            let spec = JobSpec { batch_size, ..spec.clone() };
            self::estimates().of(&spec).unwrap().total()
        };
        assert!(peak(batch_size) <= mebibytes << 20);
        assert!(peak(2 * batch_size) > mebibytes << 20, "{batch_size} for {mebibytes} MiB");
    }
}

#[test]
fn workers_that_do_not_fit_together_are_fewer_unless_the_user_said_how_many() {
    let trainings = [Kind { trainings: 6, jobs: 6, ..training(ModelKind::EegNet, 64, 1) }];
    let one = estimates().of(&trainings[0].spec).unwrap().total() >> 20;
    let fit = |mebibytes, wanted| check(&estimates(), &trainings, &limits(mebibytes), wanted);
    assert_eq!(fit(10 * one, Wanted::UpTo(4)).unwrap(), Fit { workers: 4, warning: None });
    // No more workers than trainings.
    assert_eq!(fit(7 * one, Wanted::Exactly(64)).unwrap(), Fit { workers: 64, warning: None });
    let fewer = fit(2 * one + one / 2, Wanted::UpTo(4)).unwrap();
    assert_eq!(fewer.workers, 2);
    insta::assert_snapshot!("fewer_workers", fewer.warning.unwrap());
    insta::assert_snapshot!("too_many_workers", error(fit(2 * one + one / 2, Wanted::Exactly(4))));
}

#[test]
fn without_a_limit_all_is_well() {
    let none = MemoryLimits::default();
    let fit = check(&estimates(), &[training(ModelKind::DeepConvNet, 2000, 1)], &none, Wanted::Exactly(9));
    assert_eq!(fit.unwrap(), Fit { workers: 9, warning: None });
}

#[test]
fn trainings_that_take_the_same_are_of_one_kind() {
    let specs = [(0, 16, 1), (1, 16, 2), (0, 32, 3)].map(|(seed, batch_size, epochs)| JobSpec {
        seed,
        batch_size,
        epochs,
        ..JobSpec::lab(ModelKind::EegNet, Activation::Relu)
    });
    let found = kinds(specs.iter().map(|spec| (spec, 2)));
    let counts: Vec<_> = found.iter().map(|kind| (kind.spec.batch_size, kind.trainings, kind.jobs)).collect();
    assert_eq!(counts, [(16, 2, 4), (32, 1, 2)]);
}

#[test]
fn networks_with_other_settings_take_other_memory() {
    let with_filters = |filters| {
        let mut spec = JobSpec::lab(ModelKind::EegNet, Activation::Relu);
        spec.more.set("temporal_filters", Some(SettingValue::Whole(filters)));
        spec
    };
    let specs = [with_filters(8), with_filters(32), with_filters(8)];
    let found = kinds(specs.iter().map(|spec| (spec, 1)));
    assert_eq!(found.iter().map(|kind| kind.trainings).collect::<Vec<_>>(), [2, 1]);
    let bytes = |spec| estimates().of(spec).unwrap().total();
    assert!(bytes(&specs[1]) > bytes(&specs[0]));
}

fn up_to(most: usize, device_memory: Option<DeviceMemory>) -> SideBySide {
    SideBySide { most: most.try_into().unwrap(), device_memory }
}

#[test]
fn as_many_trainings_stand_side_by_side_as_fit() {
    let Kind { spec, .. } = training(ModelKind::EegNet, 64, 1);
    let peak = estimates().of(&spec).unwrap();
    let width = |most, limit| estimates().with_bundles(up_to(most, None), limit).side_by_side(&spec);
    assert_eq!(estimates().side_by_side(&spec), 1);
    assert_eq!(width(64, None), 64);
    assert_eq!(width(64, Some(peak.of_bundle(7))), 7);
    assert_eq!(width(64, Some(peak.of_bundle(7) - 1)), 6);
    assert_eq!(width(5, Some(peak.of_bundle(7))), 5);
    // One is tried in any case.
    assert_eq!(width(64, Some(0)), 1);
}

#[test]
fn on_a_device_its_memory_counts() {
    let Kind { spec, .. } = training(ModelKind::EegNet, 64, 1);
    let device = estimates_on(DeviceChoice::Cuda(0)).of(&spec).unwrap().device.unwrap();
    let of_workers = |free, workers| {
        let memory = DeviceMemory { free, total: 0, workers };
        let estimates = estimates_on(DeviceChoice::Cuda(0));
        estimates.with_bundles(up_to(64, Some(memory)), None).side_by_side(&spec)
    };
    let width = |bytes| of_workers(bytes, 1);
    assert_eq!(width(device.shared + 9 * device.member), 9);
    assert_eq!(width(device.shared + 9 * device.member - 1), 8);
    assert_eq!(width(1 << 40), 64);
    assert_eq!(width(0), 1);
    assert_eq!(of_workers(2 * (device.shared + 9 * device.member), 2), 9);
}

#[test]
fn a_worker_with_a_gpu_needs_memory_for_the_driver() {
    let trainings = [training(ModelKind::EegNet, 64, 1)];
    let refused = check(&estimates_on(DeviceChoice::Cuda(0)), &trainings, &limits(400), Wanted::UpTo(1));
    insta::assert_snapshot!(error(refused), @"
1 of 1 job would need more memory than a worker may use
  eegnet, batch_size 64 (1 job): about 938 MiB at the peak; no batch_size would fit: the program with NVIDIA's driver takes 512 MiB, the data set 300 MiB
the limit is 400 MiB, given by `--memory-limit`
help: this is memory of the machine, not of the GPU; `--device cpu` does without NVIDIA's driver, and `--memory-limit SIZE` replaces a limit that is wrong
");
}

#[test]
fn workers_with_bundles_take_what_their_bundles_take() {
    let trainings = [Kind { trainings: 7, jobs: 7, ..training(ModelKind::EegNet, 64, 1) }];
    let estimates = || estimates().with_bundles(up_to(3, None), None);
    let three = estimates().of(&trainings[0].spec).unwrap().of_bundle(3);
    let fit = |bytes, wanted| {
        let limits = MemoryLimits::default().given(bytes);
        check(&estimates(), &trainings, &limits, wanted)
    };
    // Seven trainings are three bundles.
    assert_eq!(fit(3 * three, Wanted::Exactly(9)).unwrap(), Fit { workers: 9, warning: None });
    assert_eq!(fit(3 * three - 1, Wanted::UpTo(9)).unwrap().workers, 2);
}
