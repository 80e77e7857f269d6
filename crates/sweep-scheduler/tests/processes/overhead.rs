//! What the scheduler costs a bundle. Run it with `--run-ignored only` (nextest) or `--ignored`: it measures and
//! asserts no time.

use std::time::Instant;

use libtest_mimic::Trial;

use crate::{fake_worker::GOOD, support::orders, sweep};

const BUNDLES: u64 = 10_000;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("overhead::of_a_bundle_of_one_epoch", || {
            measure();
            Ok(())
        })
        .with_ignored_flag(true),
    ]
}

fn measure() {
    for slots in [1, 2] {
        let start_begin = Instant::now();
        sweep(orders(slots as u64, 1), GOOD, slots);
        let start_ms = start_begin.elapsed().as_secs_f64() * 1e3;
        let begin = Instant::now();
        let (summary, _) = sweep(orders(BUNDLES, 1), GOOD, slots);
        let us = begin.elapsed().as_secs_f64() * 1e6 / BUNDLES as f64;
        assert_eq!(summary.finished as u64, BUNDLES);
        println!(
            "{slots} slots: {us:.1} us a bundle of one epoch; {start_ms:.1} ms to start and end the workers"
        );
    }
}
