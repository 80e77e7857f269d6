//! Expected maxima of noise, against simulated ones.

use sweep_report::statistics::optimism::optimism_of_maximum;

use crate::draws::{assert_within, draws};

const PLATEAU: f64 = 0.7;
const DEVIATION: f64 = 0.02;

/// Means over simulated curves, in deviations above the plateau.
struct Maxima {
    observed: f64,
    expected: f64,
    if_independent: f64,
}

/// Curves of a network that no longer learns: accuracies waver around the plateau, each with the correlation `memory` to
/// the one before (an autoregressive series of order 1).
fn simulated(simulation: u64, memory: f64, epochs: usize) -> Maxima {
    let curves = 300;
    let mut sums = Maxima { observed: 0.0, expected: 0.0, if_independent: 0.0 };
    for curve in 0..curves {
        let mut draws = draws(simulation, curve);
        let mut state = draws.normal();
        let accuracies: Vec<f64> = (0..epochs)
            .map(|_| {
                state = memory * state + (1.0 - memory * memory).sqrt() * draws.normal();
                PLATEAU + DEVIATION * state
            })
            .collect();
        let optimism = optimism_of_maximum(&accuracies, 1080).unwrap();
        let share = |value: f64| (value - PLATEAU) / DEVIATION / f64::from(curves);
        sums.observed += share(optimism.observed_maximum);
        sums.expected += share(optimism.expected_maximum);
        sums.if_independent += share(optimism.expected_maximum_if_independent);
    }
    sums
}

#[test]
fn expected_maxima_agree_with_simulated_ones() {
    // Memory, epochs, and how far the expectation from the autocorrelation time may fall short, in deviations of the
    // plateau: it counts too few epochs for a maximum. The one for independent epochs is close to all of these.
    for (simulation, memory, epochs, short) in
        [(40, 0.0, 100, 0.1), (41, 0.0, 500, 0.1), (42, 0.5, 300, 0.35), (43, 0.8, 500, 0.6)]
    {
        let maxima = simulated(simulation, memory, epochs);
        assert_within(maxima.expected - maxima.observed, -short..=0.03);
        assert_within(maxima.if_independent - maxima.observed, -0.1..=0.15);
    }
}

#[test]
fn a_long_memory_lies_between_both_expectations() {
    let maxima = simulated(44, 0.95, 500);
    assert_within(maxima.observed, maxima.expected..=maxima.if_independent);
}
