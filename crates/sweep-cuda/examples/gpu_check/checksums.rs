//! Checksums of all that a bundle has in device memory, after each launch of an epoch.

use sweep_cuda::launch::RegionId;

use crate::{Outcome, subject::Bundle};

/// After each launch, in order: its kernel, and a checksum of the arena and the results.
pub(crate) type Trace = Vec<(String, u64)>;

/// Runs the first epoch launch by launch, and says on standard error which one runs: it is the last that is named if the device hangs.
pub(crate) fn trace(name: &str, bundle: &mut Bundle) -> Outcome<Trace> {
    let program = bundle.plan.program.clone();
    let input = bundle.input(1);
    bundle.executor.write(program.input.start, &input)?;
    let launches: Vec<_> = program.training.iter().chain(&program.evaluation).collect();
    let mut trace = Trace::new();
    for (number, launch) in launches.iter().enumerate() {
        let what = format!("{}, launch {} of {}", launch.kernel, number + 1, launches.len());
        eprintln!("{name}: {what}");
        bundle.executor.run(std::slice::from_ref(*launch)).map_err(|error| format!("{what}: {error}"))?;
        let mut sum = OFFSET;
        for region in [program.state, program.results.start.region] {
            sum = add(sum, &all(bundle, region)?);
        }
        trace.push((launch.kernel.to_owned(), sum));
    }
    Ok(trace)
}

fn all(bundle: &mut Bundle, region: RegionId) -> Outcome<Vec<u32>> {
    let bytes = bundle.plan.program.region_bytes(region) as usize;
    Ok(bundle.executor.read::<u32>(region.at(0), bytes / 4)?)
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of words. What is not a number counts as one value, since its bits are nobody's promise.
fn add(sum: u64, words: &[u32]) -> u64 {
    words.iter().fold(sum, |sum, word| {
        let word = if f32::from_bits(*word).is_nan() { 0x7fc0_0000 } else { *word };
        (sum ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3)
    })
}
