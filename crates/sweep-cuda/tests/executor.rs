//! Epochs through the executor, on the fake driver: the same bits as in Rust, in every order of threads and with every way to launch.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::thread;

use support::{PTX, device, executor, expected, expected_sum, fake, initial, input, launch, sums, toy};
use sweep_cuda::{
    CudaError, Device, Executor, Launching,
    launch::{Arguments, Program, RegionId},
    memory_bytes,
};

const NUMBERS: [u32; 3] = [0, 4, 2];

#[test]
fn graphs_and_plain_launches_give_the_bits_of_rust_in_every_order_of_threads() {
    for (index, order) in [(0, "ascending"), (1, "descending"), (2, "shuffled")] {
        let device = device(index);
        fake().set(index, "ORDER", order);
        for launching in [Launching::Graph, Launching::Plain] {
            let graphs = fake().count(index, "graphs");
            let mut executor = executor(&device, &NUMBERS, launching);
            for epoch in 1..=5 {
                executor.submit(&input(&NUMBERS, epoch)).unwrap();
                let collected = executor.collect().unwrap().unwrap();
                let states = NUMBERS.map(|number| expected(number, epoch));
                for (place, state) in states.iter().enumerate() {
                    assert_eq!(
                        &executor.state(place as u32).unwrap(),
                        state,
                        "{order}, {launching:?}, epoch {epoch}"
                    );
                }
                assert_eq!(sums(&collected.results), states.map(|state| expected_sum(&state)));
                assert!(collected.training_seconds > 0.0 && collected.evaluation_seconds > 0.0);
            }
            let launched = fake().count(index, "graphs") - graphs;
            assert_eq!(launched, if launching == Launching::Graph { 5 } else { 0 });
        }
    }
}

/// On a device that is faster than the host, the states of the last collected epoch must outlive the two that have run since.
#[test]
fn states_of_the_collected_epoch_are_kept_while_the_device_runs_ahead() {
    let device = device(15);
    fake().set(15, "EAGER", "1");
    let mut executor = executor(&device, &NUMBERS, Launching::Graph);
    executor.submit(&input(&NUMBERS, 1)).unwrap();
    executor.submit(&input(&NUMBERS, 2)).unwrap();
    assert_eq!(executor.state(2).unwrap(), initial(NUMBERS[2]));
    for epoch in 1..=6 {
        let collected = executor.collect().unwrap().unwrap();
        executor.submit(&input(&NUMBERS, epoch + 2)).unwrap();
        assert_eq!(sums(&collected.results), NUMBERS.map(|number| expected_sum(&expected(number, epoch))));
        assert_eq!(executor.state(1).unwrap(), expected(NUMBERS[1], epoch), "the state of epoch {epoch}");
    }
}

#[test]
fn an_executor_goes_on_in_another_thread() {
    let device = device(16);
    let mut executor = executor(&device, &NUMBERS, Launching::Graph);
    executor.submit(&input(&NUMBERS, 1)).unwrap();
    let mut executor = thread::spawn(move || {
        executor.submit(&input(&NUMBERS, 2)).unwrap();
        executor
    })
    .join()
    .unwrap();
    let state = thread::spawn(move || {
        executor.collect().unwrap().unwrap();
        executor.collect().unwrap().unwrap();
        executor.state(0).unwrap()
    });
    assert_eq!(state.join().unwrap(), expected(NUMBERS[0], 2));
}

#[test]
fn the_host_is_two_epochs_behind_and_never_waits() {
    let device = device(3);
    let mut executor = executor(&device, &NUMBERS, Launching::Graph);
    assert!(executor.collect().unwrap().is_none());
    let launches = fake().count(3, "launches");
    executor.submit(&input(&NUMBERS, 1)).unwrap();
    executor.submit(&input(&NUMBERS, 2)).unwrap();
    assert!(!executor.wants_epoch());
    let refused = executor.submit(&input(&NUMBERS, 3)).unwrap_err();
    assert!(refused.to_string().contains("collect one"), "{refused}");
    // The fake driver computes only when somebody waits.
    assert_eq!(fake().count(3, "launches"), launches, "submitting waited");
    assert_eq!(executor.state(0).unwrap(), initial(NUMBERS[0]));
    assert_eq!(fake().count(3, "launches"), launches, "a state waited for an epoch");
    for epoch in 1..=6 {
        let collected = executor.collect().unwrap().unwrap();
        assert_eq!(
            sums(&collected.results),
            NUMBERS.map(|number| expected_sum(&expected(number, epoch))),
            "epoch {epoch}"
        );
        executor.submit(&input(&NUMBERS, epoch + 2)).unwrap();
        assert_eq!(executor.state(1).unwrap(), expected(NUMBERS[1], epoch), "the state of epoch {epoch}");
    }
}

#[test]
fn a_state_that_is_set_is_trained_on_and_read_back() {
    let device = device(4);
    let mut executor = executor(&device, &NUMBERS, Launching::Graph);
    executor.submit(&input(&NUMBERS, 1)).unwrap();
    let early = executor.set_state(0, &initial(9)).unwrap_err();
    assert!(early.to_string().contains("uncollected"), "{early}");
    executor.collect().unwrap().unwrap();
    let after_three = expected(NUMBERS[2], 3);
    executor.set_state(2, &after_three).unwrap();
    assert_eq!(executor.state(2).unwrap(), after_three);
    assert_eq!(executor.state(1).unwrap(), expected(NUMBERS[1], 1));
    executor.submit(&input(&NUMBERS, 4)).unwrap();
    executor.collect().unwrap().unwrap();
    assert_eq!(executor.state(2).unwrap(), expected(NUMBERS[2], 4));
    assert!(executor.state(3).is_err());
    assert!(executor.set_state(0, &[1.0]).is_err());
    assert!(executor.submit(&[0; 4]).is_err());
}

#[test]
fn a_member_has_the_same_bits_alone_and_in_a_bundle() {
    let device = device(5);
    let in_a_bundle = {
        let mut bundle = executor(&device, &[7, 1, 5, 3, 0], Launching::Graph);
        bundle.submit(&input(&[7, 1, 5, 3, 0], 1)).unwrap();
        bundle.collect().unwrap().unwrap();
        bundle.state(2).unwrap()
    };
    let mut alone = executor(&device, &[5], Launching::Graph);
    alone.submit(&input(&[5], 1)).unwrap();
    alone.collect().unwrap().unwrap();
    assert_eq!(alone.state(0).unwrap(), in_a_bundle);
}

#[test]
fn kernels_are_timed_in_an_epoch_that_counts() {
    let device = device(17);
    let mut executor = executor(&device, &NUMBERS, Launching::Graph);
    let times = executor.time_kernels(&input(&NUMBERS, 1)).unwrap();
    let launches = |kernel| times.iter().find(|time| time.kernel == kernel).unwrap().launches;
    assert_eq!((times.len(), launches("toy_step"), launches("toy_sum")), (2, support::TRIALS, 1));
    assert!(times[0].seconds >= times[1].seconds && times[1].seconds > 0.0);
    assert_eq!(executor.state(1).unwrap(), expected(NUMBERS[1], 1));
    executor.submit(&input(&NUMBERS, 2)).unwrap();
    executor.collect().unwrap().unwrap();
    assert_eq!(executor.state(1).unwrap(), expected(NUMBERS[1], 2));
}

#[test]
fn data_are_prepared_on_the_device() {
    let device = device(6);
    let mut executor = executor(&device, &[0], Launching::Graph);
    let data = RegionId(4);
    let signal: Vec<f32> = (0..1000).map(|i| i as f32).collect();
    executor.take_data(&[(data.at(0), sweep_cuda::launch::bytes_of(&signal))]).unwrap();
    let doubled: Vec<f32> = executor.read(data.at(0), 1000).unwrap();
    assert_eq!(doubled, signal.iter().map(|value| value * 2.0).collect::<Vec<_>>());
    executor
        .run(&[launch("toy_upload", [1, 1, 1], 0, Arguments::new().address(data.at(40)).i32(2))])
        .unwrap();
    let some: Vec<f32> = executor.read(data.at(36), 4).unwrap();
    assert_eq!(some, [18.0, 40.0, 44.0, 24.0]);
}

#[test]
fn large_pieces_are_copied_whole() {
    let device = device(7);
    let mut program = toy(1);
    let large = program.add(sweep_cuda::launch::Region::shared("large", 40 << 20));
    let mut executor = Executor::new(&device, PTX, program, Launching::Graph).unwrap();
    let values: Vec<u32> = (0..(9 << 20) / 4 + 3).collect();
    executor.write(large.at(512), &values).unwrap();
    assert_eq!(executor.read::<u32>(large.at(512), values.len()).unwrap(), values);
}

#[test]
fn out_of_memory_says_what_was_requested_and_leaves_the_device_usable() {
    let device = device(8);
    let small = memory_bytes(&toy(2));
    fake().set(8, "MEMORY", &(small + 20_000).to_string());
    let Err(error) = Executor::new(&device, PTX, toy(200), Launching::Graph) else { panic!("it fits") };
    assert!(error.is_out_of_memory() && !error.is_lost());
    let CudaError::OutOfMemory { requested, free, total, .. } = &error else { panic!("{error}") };
    assert_eq!((*requested, *free, *total), (memory_bytes(&toy(200)), small + 20_000, small + 20_000));
    assert!(error.to_string().starts_with("too little GPU memory: a bundle of 200 takes "), "{error}");
    assert_eq!(fake().count(8, "bytes"), 0, "memory of the failed attempt is still held");
    let executor = executor(&device, &[1, 2], Launching::Graph);
    let used = fake().count(8, "bytes");
    assert!(used <= small, "{used} bytes are held, and {small} were foretold");
    drop(executor);
    assert_eq!(fake().count(8, "bytes"), 0);
}

#[test]
fn a_lost_device_is_reported_at_once_and_for_good() {
    let device = device(9);
    let mut executor = executor(&device, &NUMBERS, Launching::Graph);
    executor.submit(&input(&NUMBERS, 1)).unwrap();
    executor.collect().unwrap().unwrap();
    let soon = fake().count(9, "launches") + 3;
    fake().set(9, "LOST_AFTER", &soon.to_string());
    executor.submit(&input(&NUMBERS, 2)).unwrap();
    executor.submit(&input(&NUMBERS, 3)).unwrap();
    let error = executor.collect().unwrap_err();
    assert!(error.is_lost(), "{error}");
    assert!(error.to_string().starts_with("the GPU failed: unspecified launch failure"), "{error}");
    assert_eq!(executor.collect().unwrap_err(), error);
    assert_eq!(executor.submit(&input(&NUMBERS, 4)).unwrap_err(), error);
    assert!(executor.state(0).unwrap_err().is_lost());
    assert!(executor.set_state(0, &initial(0)).unwrap_err().is_lost());
    drop(executor);
    assert!(Device::open(9).is_err());
    assert!(Device::open(10).is_ok(), "another device is lost, too");
}

/// A context takes a real driver a fraction of a second. In one test, since a list of the devices opens all of them.
#[test]
fn a_device_is_opened_once_and_one_that_tells_nothing_hides_no_other() {
    let opened = device(40);
    assert_eq!(fake().count(40, "contexts"), 1);
    drop(opened);
    device(40);
    assert_eq!(fake().count(40, "contexts"), 2, "the context of a device that nobody uses is still held");
    fake().set(41, "SILENT", "999");
    let all = sweep_cuda::devices().unwrap();
    fake().unset(41, "SILENT");
    let unusable = all[41].unusable.as_deref().unwrap();
    assert!(unusable.starts_with("it cannot be opened: "), "{unusable}");
    assert_eq!(all[42].unusable, None);
}

#[test]
fn two_engines_on_two_threads_do_not_disturb_each_other() {
    // Both on one device, and each on its own.
    for indices in [[11, 11], [12, 13]] {
        let devices = indices.map(device);
        thread::scope(|scope| {
            for (device, numbers) in devices.iter().zip([[0, 1, 2], [3, 4, 5]]) {
                scope.spawn(move || {
                    let mut executor = executor(device, &numbers, Launching::Graph);
                    executor.submit(&input(&numbers, 1)).unwrap();
                    for epoch in 1..=20 {
                        executor.submit(&input(&numbers, epoch + 1)).unwrap();
                        let collected = executor.collect().unwrap().unwrap();
                        assert_eq!(
                            sums(&collected.results),
                            numbers.map(|number| expected_sum(&expected(number, epoch)))
                        );
                        assert_eq!(executor.state(2).unwrap(), expected(numbers[2], epoch));
                    }
                });
            }
        });
    }
}

/// Each is a mistake of a plan, and must be found before anything runs.
#[test]
fn launches_that_do_not_fit_are_refused_with_words() {
    let device = device(14);
    let refused = |change: &dyn Fn(&mut Program)| {
        let mut program = toy(1);
        change(&mut program);
        match Executor::new(&device, PTX, program, Launching::Graph) {
            Err(CudaError::Mistake(words)) => words,
            other => panic!("{other:?}"),
        }
    };
    let with =
        |arguments: Arguments| move |program: &mut Program| program.upload[0].arguments = arguments.clone();
    let data = RegionId(4);
    let told = [
        refused(&|program| program.upload[0].kernel = "nothing"),
        refused(&with(Arguments::new().address(data.at(0)))),
        refused(&with(Arguments::new().address(data.at(0)).u64(1000))),
        refused(&with(Arguments::new().address(data.at(5000)).i32(1))),
        refused(&with(Arguments::new().address(RegionId(9).at(0)).i32(1))),
        refused(&|program| program.upload[0].shared_bytes = 50_000),
        refused(&|program| program.upload[0].grid = [0, 1, 1]),
        refused(&|program| program.state_bytes = 1000),
        refused(&|program| program.results.bytes = 1000),
        refused(&|program| program.members = 0),
    ];
    assert_eq!(
        told,
        [
            "there is no kernel nothing",
            "kernel toy_upload: 1 arguments, but it has 2 parameters",
            "kernel toy_upload: argument 1 has 8 bytes, but its parameter has 4",
            "0 bytes at 5000 lie beyond the region data (4096 bytes of a GPU)",
            "there is no region 9",
            "kernel toy_upload: 50000 bytes of shared memory; a block has 49152",
            "kernel toy_upload: an empty grid or block: [0, 1, 1], [64, 1, 1]",
            "the region arena has no room for a state of 1000 bytes",
            "1000 bytes at 0 lie beyond the region sums (256 bytes of a GPU)",
            "a bundle of 0 members",
        ]
    );
}
