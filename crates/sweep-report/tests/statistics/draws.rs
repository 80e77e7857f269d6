//! Random numbers for the simulations, the same in every run.

use sweep_random::{Draws, Purpose, Stream};

/// The numbers of one repetition of one simulation.
pub(crate) fn draws(simulation: u64, repetition: u32) -> Draws {
    Stream::new(simulation, Purpose::Synthetic, repetition, 0).draws()
}

/// `count` standard normal numbers, moved by `shift`.
pub(crate) fn normals(draws: &mut Draws, count: usize, shift: f64) -> Vec<f64> {
    (0..count).map(|_| draws.normal() + shift).collect()
}

/// The share of `repetitions` of a simulation in which `holds`.
pub(crate) fn share(simulation: u64, repetitions: u32, holds: impl Fn(&mut Draws) -> bool) -> f64 {
    let held = (0..repetitions).filter(|repetition| holds(&mut draws(simulation, *repetition))).count();
    held as f64 / f64::from(repetitions)
}

/// Holds where `found` lies in `range`; says what it is where it does not.
#[track_caller]
pub(crate) fn assert_within(found: f64, range: std::ops::RangeInclusive<f64>) {
    assert!(range.contains(&found), "{found} is not in {range:?}");
}
