//! Expected maxima of noise, against simulated ones, with and without a rise.

use sweep_report::statistics::{
    StatisticsError,
    optimism::{Optimism, optimism_of_maximum},
    trend::trend_of,
};

use crate::draws::{assert_within, draws, normals, share};

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

/// A curve of independent epochs whose level rises by `rise` deviations from the first epoch of its last half to the last.
fn rising(simulation: u64, curve: u32, epochs: usize, rise: f64) -> Optimism {
    let noise = normals(&mut draws(simulation, curve), epochs, 0.0);
    let last_half = (epochs - epochs / 2 - 1) as f64;
    let accuracies: Vec<f64> = (noise.iter().enumerate())
        .map(|(epoch, noise)| {
            let level = rise * (epoch as f64 - (epochs - 1) as f64) / last_half;
            PLATEAU + DEVIATION * (level + noise)
        })
        .collect();
    optimism_of_maximum(&accuracies, 1080).unwrap()
}

#[test]
fn a_rise_is_no_wavering() {
    for (simulation, epochs, rise) in [(45, 100, 6.0), (46, 40, 8.0), (47, 300, 4.0)] {
        let curves: Vec<Optimism> = (0..300).map(|curve| rising(simulation, curve, epochs, rise)).collect();
        let mean = |value: fn(&Optimism) -> f64| curves.iter().map(value).sum::<f64>() / 300.0;
        assert!(curves.iter().all(|curve| curve.trend.is_some_and(|trend| trend.change > 0.0)));
        // What wavers is the noise alone, and the line is found.
        assert_within(mean(|curve| curve.deviation) / DEVIATION, 0.96..=1.02);
        let found = mean(|curve| curve.trend.map_or(0.0, |trend| trend.change)) / DEVIATION;
        assert_within(found, rise - 0.15..=rise + 0.15);
        // The level is that of the middle of the last half: half of the rise is above it, and no luck.
        let above =
            curves.iter().filter(|curve| curve.observed_maximum > curve.expected_maximum_if_independent);
        assert_within(above.count() as f64 / 300.0, 0.9..=1.0);
    }
}

#[test]
fn flat_noise_has_a_trend_as_rarely_as_promised() {
    for (simulation, epochs, level) in [(48, 20, 0.03..=0.07), (49, 100, 0.03..=0.07)] {
        let found =
            share(simulation, 4000, |draws| trend_of(&normals(draws, epochs, 0.0)).unwrap().p_value < 0.05);
        assert_within(found, level);
    }
    // Epochs that resemble each other look like a trend more often: their memory is underestimated.
    let remembering = share(50, 2000, |draws| {
        let mut state = draws.normal();
        let series: Vec<f64> = (0..250)
            .map(|_| {
                state = 0.8 * state + 0.6 * draws.normal();
                state
            })
            .collect();
        trend_of(&series).unwrap().p_value < 0.05
    });
    assert_within(remembering, 0.05..=0.2);
}

#[test]
fn trends_by_hand() {
    // By hand: mean 2.6, slope (-2 x 1 - 0 + 5 + 2 x 4) / 10 = 1.1; the residuals 0.6, -1.5, 0.4, 1.3, -0.8 have squares of 5.1. Without
    // memory t = 1.1 / sqrt(5.1 / 3 / 10) = 2.668 with 3 degrees of freedom, whose two tails are 0.0758.
    let trend = trend_of(&[1.0, 0.0, 3.0, 5.0, 4.0]).unwrap();
    assert!((trend.change - 4.4).abs() < 1e-12, "{trend:?}");
    assert!((trend.deviation - 1.7_f64.sqrt()).abs() < 1e-12, "{trend:?}");
    assert_eq!(trend.autocorrelation_time, 1.0);
    assert_within(trend.p_value, 0.0757..=0.0759);
    let equal = trend_of(&[0.1; 10]).unwrap();
    assert_eq!((equal.change, equal.deviation, equal.p_value), (0.0, 0.0, 1.0));
    let falling = trend_of(&[4.0, 3.0, 2.0, 1.0]).unwrap();
    assert_eq!((falling.change, falling.deviation, falling.p_value), (-3.0, 0.0, 0.0));
    assert_eq!(trend_of(&[1.0; 3]), Err(StatisticsError::TooFew { has: 3, needs: 4 }));
    assert_eq!(trend_of(&[1.0, 2.0, f64::NAN, 3.0]), Err(StatisticsError::NotFinite));
    assert_eq!(trend_of(&[f64::MAX, -f64::MAX, f64::MAX, -f64::MAX]), Err(StatisticsError::NotFinite));
}
