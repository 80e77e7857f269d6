//! Device memory of bundles, computed from their plans.

use sweep_networks::ModelKind;

use crate::{
    Outcome,
    subject::{LAB, Subject, WIDE},
};

const GIB: f64 = (1u64 << 30) as f64;
const MIB: f64 = (1u64 << 20) as f64;

/// Prints a row for each network, shape and batch size.
pub(crate) fn print() -> Outcome<()> {
    println!(
        "| network, trials | batch | shared by all | each job | jobs in 6 GiB | in 12 GiB | in 80 GiB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (shape, trials) in [(LAB, 1080), (WIDE, 288)] {
        for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
            for batch in [16, 64, 108, 1080].into_iter().filter(|batch| *batch <= trials) {
                let subject = Subject::new(model.name(), model, shape, [trials; 2], batch);
                let bytes =
                    |members| Ok(sweep_cuda::memory_bytes(&subject.plan(members, false)?.program) as f64);
                let (one, two): (f64, f64) = match (bytes(1), bytes(2)) {
                    (Ok(one), Ok(two)) => (one, two),
                    (Err(error), _) | (_, Err(error)) => return Err(error),
                };
                let (shared, member) = (2.0 * one - two, two - one);
                let fit = [6.0, 12.0, 80.0].map(|size| ((size * GIB - shared) / member).floor());
                println!(
                    "| {} {} x {}, {trials} + {trials} trials | {batch} | {:.0} MiB | {:.1} MiB | {} | {} | {} |",
                    subject.name,
                    shape.channels,
                    shape.samples,
                    shared / MIB,
                    member / MIB,
                    fit[0],
                    fit[1],
                    fit[2]
                );
            }
        }
    }
    Ok(())
}
