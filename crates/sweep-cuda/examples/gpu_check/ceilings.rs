//! What a device can do at most: copies, multiply-adds, launches.

use std::time::Instant;

use sweep_cuda::{
    Device, Executor, Launching,
    launch::{Arguments, Launch, Program, Region, RegionId},
};

use crate::{Outcome, is_small, subject::device};

const PTX: &[&str] = &[include_str!("../../tests/kernels/ceilings.ptx")];
/// Each is repeated so long and at least so often, and the shortest time counts: a GPU that rested takes a while to raise its clocks.
const REPEATED: (f64, usize) = (0.3, 5);

/// Prints a row for each.
pub(crate) fn measure() -> Outcome<()> {
    println!("| ceiling | measured |\n| --- | --- |");
    let device = device()?;
    copies(&device)?;
    multiply_adds(&device)?;
    for (launching, what) in [(Launching::Plain, "launches"), (Launching::Graph, "nodes of a graph")] {
        let (program, regions) = program(&[4096]);
        let nothing = launch("ceiling_nothing", 1, 32, Arguments::new().address(regions[0].at(0)));
        let seconds = seconds(&device, program, vec![nothing; 100], launching)?;
        println!("| 100 {what} that do nothing | {:.2} us each |", seconds * 1e6 / 100.0);
    }
    Ok(())
}

fn copies(device: &Device) -> Outcome<()> {
    let bytes: u64 = if is_small() { 1 << 20 } else { 1 << 30 };
    let (program, regions) = program(&[bytes, bytes]);
    let arguments =
        Arguments::new().address(regions[0].at(0)).address(regions[1].at(0)).u32((bytes / 16) as u32);
    let blocks = if is_small() { 8 } else { 132 * 16 };
    let seconds =
        seconds(device, program, vec![launch("ceiling_copy", blocks, 256, arguments)], Launching::Graph)?;
    println!("| copying on the device, read and written | {:.0} GB/s |", 2.0 * bytes as f64 / seconds / 1e9);
    Ok(())
}

fn multiply_adds(device: &Device) -> Outcome<()> {
    let (blocks, rounds) = if is_small() { (4, 100) } else { (132 * 64, 8192) };
    let (program, regions) = program(&[u64::from(blocks) * 256 * 4]);
    let arguments = Arguments::new().address(regions[0].at(0)).f32(0.5).i32(rounds);
    let seconds = seconds(
        device,
        program,
        vec![launch("ceiling_multiply_add", blocks, 256, arguments)],
        Launching::Graph,
    )?;
    let operations = 2.0 * 16.0 * f64::from(rounds) * 256.0 * f64::from(blocks);
    println!("| fused multiply-adds, float32 | {:.2} TFLOP/s |", operations / seconds / 1e12);
    Ok(())
}

fn launch(kernel: &'static str, blocks: u32, threads: u32, arguments: Arguments) -> Launch {
    Launch { kernel, grid: [blocks, 1, 1], block: [threads, 1, 1], shared_bytes: 0, arguments }
}

/// A program with regions of so many bytes, whose state, input and results are the smallest there are.
fn program(bytes: &[u64]) -> (Program, Vec<RegionId>) {
    let mut program = Program::new(1);
    let state = program.add(Region::per_member("state", 256).zeroed());
    let input = program.add(Region::shared("input", 256).zeroed());
    let results = program.add(Region::shared("results", 256).zeroed());
    (program.state, program.state_bytes) = (state, 4);
    (program.input, program.results) = (input.span(0, 4), results.span(0, 4));
    let regions = bytes.iter().map(|bytes| program.add(Region::shared("ceiling", *bytes).zeroed())).collect();
    (program, regions)
}

/// The shortest time of the launches on the device.
fn seconds(
    device: &Device,
    mut program: Program,
    launches: Vec<Launch>,
    launching: Launching,
) -> Outcome<f64> {
    program.training = launches;
    let mut executor = Executor::new(device, PTX, program, launching)?;
    let (least, often) = if is_small() { (0.0, 2) } else { REPEATED };
    let (begin, mut repeats, mut shortest) = (Instant::now(), 0, f64::INFINITY);
    while repeats < often || begin.elapsed().as_secs_f64() < least {
        repeats += 1;
        executor.submit(&[0; 4])?;
        shortest = shortest.min(executor.collect()?.ok_or("there was no epoch")?.training_seconds);
    }
    Ok(shortest)
}
