//! A toy training on the fake driver, and the same in Rust.

#![allow(
    dead_code,
    unsafe_code,
    unused_imports,
    reason = "each test uses a part; the fake driver is a C library"
)]

#[path = "../../emulation/fake.rs"]
mod fake;
#[path = "../../emulation/library.rs"]
mod library;

pub(crate) use fake::{fake, fake_with_race_check};
use sweep_cuda::{
    Device, Executor, Launching,
    launch::{Arguments, Launch, Plain, Program, Region, bytes_of, from_bytes},
};

pub(crate) const PTX: &[&str] = &[include_str!("../kernels/trials.ptx")];
/// Numbers of a member's state: no multiple of a block.
pub(crate) const NUMBERS: u32 = 150;
/// Trials, which are steps, of an epoch.
pub(crate) const TRIALS: u32 = 7;

/// What a member of the toy training differs in, as `trials.cu` has it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) seed: u32,
    pub(crate) rate: f32,
}

// SAFETY: two numbers of four bytes.
unsafe impl Plain for Member {}

pub(crate) fn member(number: u32) -> Member {
    Member { seed: number * 5 + 1, rate: 0.3 + 0.01 * number as f32 }
}

/// Opens a device that no other test of this process uses.
pub(crate) fn device(index: u32) -> Device {
    fake();
    Device::open(index).unwrap()
}

pub(crate) fn launch(
    kernel: &'static str,
    blocks: [u32; 3],
    shared_bytes: u32,
    arguments: Arguments,
) -> Launch {
    Launch { kernel, grid: blocks, block: [64, 1, 1], shared_bytes, arguments }
}

/// The toy training of so many members, and the table that describes them.
pub(crate) fn toy(members: u32) -> Program {
    let mut program = Program::new(members);
    let arena = program.add(Region::per_member("arena", 4 * u64::from(NUMBERS) + 100).zeroed());
    let table = program.add(Region::shared("members", 8 * u64::from(members)));
    let orders = program.add(Region::shared("orders", 4 * u64::from(members * TRIALS)));
    let sums = program.add(Region::shared("sums", 8 * u64::from(members)));
    let data = program.add(Region::shared("data", 4 * 1000));
    program.state = arena;
    program.state_bytes = 4 * u64::from(NUMBERS);
    program.input = orders.span(0, 4 * u64::from(members * TRIALS));
    program.results = sums.span(0, 8 * u64::from(members));
    let stride = program.stride(arena);
    let step = |step: u32| {
        let arguments =
            Arguments::new().address(arena.at(0)).u64(stride).address(table.at(0)).address(orders.at(0));
        let arguments = arguments.i32(TRIALS as i32).i32(step as i32).i32(NUMBERS as i32);
        launch("toy_step", [NUMBERS.div_ceil(64), 1, members], 0, arguments)
    };
    program.training = (0..TRIALS).map(step).collect();
    let sum = Arguments::new().address(arena.at(0)).u64(stride).i32(NUMBERS as i32).address(sums.at(0));
    program.evaluation = vec![launch("toy_sum", [1, 1, members], 8, sum)];
    program.upload =
        vec![launch("toy_upload", [16, 1, 1], 0, Arguments::new().address(data.at(0)).i32(1000))];
    program
}

/// An executor of the toy training, whose members are those of these numbers.
pub(crate) fn executor(device: &Device, numbers: &[u32], launching: Launching) -> Executor {
    let program = toy(numbers.len() as u32);
    let table = program.regions.iter().position(|region| region.name == "members").unwrap();
    let mut executor = Executor::new(device, PTX, program, launching).unwrap();
    let members: Vec<Member> = numbers.iter().map(|&number| member(number)).collect();
    executor.write(sweep_cuda::launch::RegionId(table).at(0), &members).unwrap();
    for (place, &number) in numbers.iter().enumerate() {
        executor.set_state(place as u32, &initial(number)).unwrap();
    }
    executor
}

pub(crate) fn initial(number: u32) -> Vec<f32> {
    (0..NUMBERS).map(|i| (i + number) as f32 / 7.0).collect()
}

/// The order of a member's trials in an epoch.
fn order(number: u32, epoch: u32) -> impl Iterator<Item = u32> {
    (0..TRIALS).map(move |trial| trial * 3 + number + epoch * 11)
}

/// An epoch's input.
pub(crate) fn input(numbers: &[u32], epoch: u32) -> Vec<u8> {
    let orders: Vec<u32> = numbers.iter().flat_map(|&number| order(number, epoch)).collect();
    bytes_of(&orders).to_vec()
}

pub(crate) fn sums(results: &[u8]) -> Vec<f64> {
    from_bytes(results)
}

/// The state of a member after so many epochs.
pub(crate) fn expected(number: u32, epochs: u32) -> Vec<f32> {
    let mut state = initial(number);
    let Member { seed, rate } = member(number);
    for trial in (1..=epochs).flat_map(|epoch| order(number, epoch)) {
        for (i, value) in state.iter_mut().enumerate() {
            let target = ((trial * 7 + seed + i as u32) % 13) as f32;
            *value = rate.mul_add(target - *value, *value);
        }
    }
    state
}

/// The sum of a state, in the order of the kernel.
pub(crate) fn expected_sum(state: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; 64];
    for (i, value) in state.iter().enumerate() {
        lanes[i % 64] += value;
    }
    for offset in [16, 8, 4, 2, 1] {
        let before = lanes;
        for (lane, value) in lanes.iter_mut().enumerate() {
            *value = before[lane] + before[lane ^ offset];
        }
    }
    f64::from(lanes[0]) + f64::from(lanes[32])
}
