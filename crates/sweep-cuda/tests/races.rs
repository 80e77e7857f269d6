//! Between two accesses of a block's threads to the same memory, of which one writes, lies a barrier: in every kernel, whatever the order of
//! threads and the values.

#![allow(clippy::unwrap_used, reason = "tests")]

mod emulated;
mod support;

use std::collections::BTreeSet;

use emulated::{
    Real,
    trained::{Task, Trainee, adam, values},
};
use support::{device, fake, fake_with_race_check, launch, toy};
use sweep_cuda::{
    Executor, Launching,
    launch::{Arguments, RegionId},
    plan::PTX,
};
use sweep_job::{Activation, ModelKind};
use sweep_models::{InputShape, Settings};
use sweep_networks::{
    SettingValue::{self, Number, Whole, Wholes},
    WholeList,
};

/// Trains an epoch of a network and asks for logits; the kernels that it took.
fn train(index: u32, settings: Settings, samples: usize) -> BTreeSet<&'static str> {
    let shape = InputShape { channels: 3, samples, classes: 3 };
    let task = Task { trials: 5, batch: 3, ..Task::new(settings, shape) };
    let member = |seed| Trainee { seed, activation: Activation::Relu, dropout: 0.25, optimizer: adam(1e-3) };
    let all = [member(1), member(2)];
    let machine = task.machine(&all, Real::Float);
    let plan = &machine.plan;
    let device = device(index);
    let mut executor = task.executor(&machine, &device);
    let orders: Vec<_> = all.iter().map(|trainee| task.order(trainee, 1)).collect();
    let epochs: Vec<_> = orders.iter().map(|order| Some((1, &order[..]))).collect();
    executor.submit(&plan.input(&epochs)).unwrap();
    let collected = executor.collect().unwrap_or_else(|error| panic!("{error}: {}", fake().message(index)));
    assert!(plan.results(&collected.unwrap().results).iter().all(|result| result.loss_sum.is_finite()));
    let probe = plan.probe(1, 2);
    executor.run(&probe.launches).unwrap_or_else(|error| panic!("{error}: {}", fake().message(index)));
    let program = &plan.program;
    let launches =
        [&program.upload, &program.training, &program.evaluation, &probe.launches].into_iter().flatten();
    launches.map(|launch| launch.kernel).collect()
}

#[test]
fn kernels_have_a_barrier_wherever_threads_share_memory() {
    fake_with_race_check();
    let lab = |model| Settings::lab(model, Activation::Relu);
    let eegnet =
        |pairs: &[(&'static str, SettingValue)]| Settings { more: values(pairs), ..lab(ModelKind::EegNet) };
    let filters = Wholes(WholeList::new(&[6, 10, 14, 18]).unwrap());
    let any =
        [("temporal_filters", Whole(3)), ("kernel_length", Whole(70)), ("separable_kernel_length", Whole(7))];
    let networks = [
        (eegnet(&[("gradient_clip_norm", Number(0.5))]), 70),
        (eegnet(&any), 90),
        (eegnet(&[("temporal_filters", Whole(5)), ("separable_kernel_length", Whole(1))]), 70),
        (Settings { more: values(&[("filters", filters)]), ..lab(ModelKind::DeepConvNet) }, 90),
    ];
    let mut used: BTreeSet<&str> = (0..)
        .zip(networks)
        .flat_map(|(index, (settings, samples))| train(index, settings, samples))
        .collect();
    // That of five taps, for more rows than can be emulated here.
    used.insert("convolve_5_long");
    let entries = PTX.iter().flat_map(|ptx| ptx.split(".entry ").skip(1));
    let all: BTreeSet<&str> = entries.filter_map(|rest| rest.split('(').next()).collect();
    let unused: Vec<_> = all.difference(&used).collect();
    assert!(unused.is_empty(), "kernels that were not looked at: {unused:?}");
}

#[test]
fn a_missing_barrier_is_found_in_every_order_of_threads() {
    fake_with_race_check();
    let data = RegionId(4);
    for (index, order) in [(10, "ascending"), (11, "descending"), (12, "shuffled")] {
        let device = device(index);
        fake().set(index, "ORDER", order);
        let mut executor = Executor::new(&device, support::PTX, toy(1), Launching::Graph).unwrap();
        let arguments = Arguments::new().address(data.at(0)).address(data.at(1024));
        let error = executor.run(&[launch("missing_barrier", [1, 1, 1], 256, arguments)]).unwrap_err();
        assert!(error.is_lost(), "{error}");
        let message = fake().message(index);
        assert!(message.contains("no barrier separates"), "{order}: {message}");
    }
}
