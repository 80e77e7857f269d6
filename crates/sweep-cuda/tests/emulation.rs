//! What the emulation must find: kernels with each mistake that a GPU would not tell of, or only sometimes.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{PTX, device, fake, launch, toy};
use sweep_cuda::{
    CudaError, Executor, Launching,
    launch::{Arguments, RegionId},
};

const DATA: RegionId = RegionId(4);

fn executor(index: u32) -> Executor {
    Executor::new(&device(index), PTX, toy(1), Launching::Graph).unwrap()
}

/// What is told of a kernel with a mistake.
fn mistake(index: u32, kernel: &'static str, shared_bytes: u32, arguments: Arguments) -> String {
    let error = executor(index).run(&[launch(kernel, [1, 1, 1], shared_bytes, arguments)]).unwrap_err();
    assert!(error.is_lost(), "{error}");
    let message = fake().message(index);
    assert!(message.starts_with(&format!("kernel {kernel}: ")), "{message}");
    message
}

#[test]
fn a_missing_barrier_spoils_the_result_in_one_of_the_orders() {
    let sum_in = |index, order| {
        let mut executor = executor(index);
        fake().set(index, "ORDER", order);
        let values: Vec<f32> = (0..64).map(|i| i as f32).collect();
        executor.write(DATA.at(0), &values).unwrap();
        let arguments = Arguments::new().address(DATA.at(0)).address(DATA.at(1024));
        executor.run(&[launch("missing_barrier", [1, 1, 1], 256, arguments)]).unwrap();
        executor.read::<f32>(DATA.at(1024), 1).unwrap()[0]
    };
    assert!(sum_in(20, "ascending").is_nan());
    assert_eq!(sum_in(21, "descending"), 63.0);
}

#[test]
fn barriers_that_some_threads_never_reach_are_found() {
    let half = mistake(22, "half_a_barrier", 0, Arguments::new().address(DATA.at(0)));
    assert!(half.contains("barrier") && half.contains("trials.cu:"), "{half}");
    let two = mistake(23, "two_barriers", 0, Arguments::new().address(DATA.at(0)));
    assert!(two.contains("threads wait at different barriers"), "{two}");
    let lanes = mistake(24, "divergent_shuffle", 0, Arguments::new().address(DATA.at(0)));
    assert!(lanes.contains("lanes of a warp exchange values at different places"), "{lanes}");
}

#[test]
fn accesses_beyond_an_allocation_are_found() {
    let write =
        |index, at: i64| mistake(index, "write_at", 0, Arguments::new().address(DATA.at(0)).u64(at as u64));
    // The region has 4096 bytes, and what lies around it must not be touched.
    assert!(write(25, 1024).contains("an access beyond an allocation"));
    assert!(write(26, 200_000).contains("an access beyond an allocation"));
    assert!(write(27, -1025).contains("an access beyond an allocation"));
    let shared = mistake(28, "write_shared", 256, Arguments::new().address(DATA.at(0)).i32(1));
    assert!(shared.contains("an access beyond an allocation"), "{shared}");
}

#[test]
fn memory_that_nobody_wrote_is_nan() {
    let mut executor = executor(29);
    executor.run(&[launch("read_shared", [1, 1, 1], 256, Arguments::new().address(DATA.at(0)))]).unwrap();
    assert!(executor.read::<f32>(DATA.at(0), 64).unwrap().iter().all(|value| value.is_nan()));
    let beyond: Vec<f32> = executor.read(DATA.at(1000), 10).unwrap();
    assert!(beyond.iter().all(|value| value.is_nan()), "{beyond:?}");
    let arena: Vec<f32> = executor.read(RegionId(0).at(0), 10).unwrap();
    assert_eq!(arena, [0.0; 10], "the arena of the toy begins as zeros");
}

#[test]
fn a_block_with_more_threads_than_its_kernel_allows_is_refused() {
    let mut launch = launch("toy_upload", [1, 1, 1], 0, Arguments::new().address(DATA.at(0)).i32(2));
    launch.block = [65, 1, 1];
    let error = executor(30).run(&[launch]).unwrap_err();
    assert_eq!(
        error,
        CudaError::Mistake("kernel toy_upload: blocks of 65 threads; the device takes 64".to_owned())
    );
}
