//! Plans through the executor on the fake driver: graphs, PTX and all.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod emulated;
#[path = "../emulation/fake.rs"]
#[allow(dead_code, unsafe_code, reason = "other tests use the rest; the fake driver is a C library")]
mod fake;
#[path = "../emulation/library.rs"]
mod library;

use emulated::{
    Real,
    trained::{Task, Trainee, adam, values},
};
use sweep_cuda::{Device, launch::bytes_of};
use sweep_job::{Activation, ModelKind};
use sweep_models::{InputShape, Settings};
use sweep_networks::{SettingValue::Whole, SettingValue::Wholes, WholeList};

#[test]
fn an_executor_gives_the_same_bits() {
    let lab = |model| Settings::lab(model, Activation::Relu);
    let filters = Wholes(WholeList::new(&[6, 10, 14, 18]).unwrap());
    let eegnet = Settings { more: values(&[("temporal_filters", Whole(6))]), ..lab(ModelKind::EegNet) };
    let deepconvnet = Settings { more: values(&[("filters", filters)]), ..lab(ModelKind::DeepConvNet) };
    for (index, (settings, samples)) in (0..).zip([(eegnet, 70), (deepconvnet, 90)]) {
        let shape = InputShape { channels: 3, samples, classes: 2 };
        let task = Task { trials: 8, batch: 5, ..Task::new(settings, shape) };
        let member = |seed, activation| Trainee { seed, activation, dropout: 0.25, optimizer: adam(1e-3) };
        let all = [member(1, Activation::Elu { alpha: 1.0 }), member(2, Activation::Relu)];
        let mut machine = task.machine(&all, Real::Float);
        let plan = machine.plan.clone();
        fake::fake();
        let device = Device::open(index).unwrap();
        let mut executor = task.executor(&machine, &device);
        let (signal, _) = task.data();
        for epoch in 1..=2 {
            let orders: Vec<_> = all.iter().map(|trainee| task.order(trainee, epoch)).collect();
            let epochs: Vec<_> = orders.iter().map(|order| Some((epoch, &order[..]))).collect();
            executor.submit(&plan.input(&epochs)).unwrap();
        }
        for epoch in 1..=2 {
            task.epoch(&mut machine, &all, epoch);
            let collected = executor.collect().unwrap().unwrap();
            assert_eq!(plan.results(&collected.results), machine.results(), "epoch {epoch}");
            for member in 0..2 {
                let state = executor.state(member).unwrap();
                assert!(
                    bytes_of(&state) == machine.state_bytes(member as usize),
                    "member {member}, epoch {epoch}"
                );
            }
        }
        let probe = plan.probe(1, 2);
        let trial = shape.channels * shape.samples;
        executor.write(probe.trials, &plan.lay(&signal[..2 * trial])).unwrap();
        executor.run(&probe.launches).unwrap();
        let logits: Vec<f32> = executor.read(probe.logits, 2 * shape.classes).unwrap();
        assert_eq!(logits, machine.results()[1].test[..2 * shape.classes]);
    }
}
