//! Means and co-moments, against two passes in float64 over all rows at once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use proptest::prelude::*;
use support::slices::{exact, in_every_set, normal};
use sweep_kernels::{InstructionSet, Mixture, Moments, Real, TrialMoments};

const MIXTURES: [Mixture; 4] = [
    Mixture { channels: 1, filters: 8, copies: 1 },
    Mixture { channels: 1, filters: 24, copies: 1 },
    Mixture { channels: 2, filters: 16, copies: 3 },
    Mixture { channels: 4, filters: 8, copies: 2 },
];

/// Rows of `[channel, filter]`, of a mean and a deviation of about 1 around it; channels of a filter are correlated.
fn rows<T: Real>(mixture: Mixture, count: usize, mean: f64, seed: u64) -> Vec<T> {
    let (filters, width) = (mixture.filters, mixture.stored());
    let shared = normal::<f64>(seed + 1, count * filters);
    let own = normal::<f64>(seed, count * width).into_iter().enumerate();
    own.map(|(at, own)| T::from_f64(mean + 0.8 * own + 0.6 * shared[at / width * filters + at % filters]))
        .collect()
}

/// The moments in two passes over all rows.
fn two_passes<T: Real>(mixture: Mixture, stored: &[T]) -> Moments {
    let width = mixture.stored();
    let stored = exact(stored);
    let rows = || stored.chunks_exact(width);
    let count = rows().len() as f64;
    let mut moments = Moments::new(mixture);
    moments.count = count;
    for (at, mean) in moments.mean.iter_mut().enumerate() {
        // From the first value on, so that the sum is of small numbers.
        *mean = stored[at] + rows().map(|row| row[at] - stored[at]).sum::<f64>() / count;
    }
    for first in 0..mixture.channels {
        for second in first..mixture.channels {
            for filter in 0..mixture.filters {
                let [x, y] = [first, second].map(|channel| channel * mixture.filters + filter);
                let product = |row: &[f64]| (row[x] - moments.mean[x]) * (row[y] - moments.mean[y]);
                let at = mixture.pair(first, second) * mixture.filters + filter;
                moments.products[at] = rows().map(product).sum();
            }
        }
    }
    moments
}

/// The moments by the kernel, over trials of given numbers of rows.
fn by_trials<T: Real>(set: InstructionSet, mixture: Mixture, stored: &[T], trials: &[usize]) -> Moments {
    let mut moments = Moments::new(mixture);
    let mut trial = TrialMoments::new(mixture);
    let mut rest = stored;
    for count in trials {
        let (stored, others) = rest.split_at(count * mixture.stored());
        trial.take(set, mixture, stored);
        moments.add_trial(mixture, *count, &trial);
        rest = others;
    }
    assert!(rest.is_empty());
    moments
}

/// The largest errors of means and of products, both relative to the variances.
fn errors(mixture: Mixture, found: &Moments, expected: &Moments) -> [f64; 2] {
    assert_eq!(found.count, expected.count);
    let own = |channel: usize, filter: usize| {
        expected.products[mixture.pair(channel, channel) * mixture.filters + filter]
    };
    let mut errors = [0.0f64; 2];
    for filter in 0..mixture.filters {
        for second in 0..mixture.channels {
            let at = second * mixture.filters + filter;
            let deviation = (own(second, filter) / expected.count).sqrt();
            errors[0] = errors[0].max((found.mean[at] - expected.mean[at]).abs() / deviation);
            for first in 0..=second {
                let at = mixture.pair(first, second) * mixture.filters + filter;
                let scale = (own(first, filter) * own(second, filter)).sqrt();
                errors[1] = errors[1].max((found.products[at] - expected.products[at]).abs() / scale);
            }
        }
    }
    errors
}

fn check<T: Real>(set: InstructionSet, mean: f64, bounds: [f64; 2]) {
    for mixture in MIXTURES {
        let stored = rows::<T>(mixture, 750, mean, 3);
        let expected = two_passes(mixture, &stored);
        for trials in [&[750][..], &[187; 4], &[375, 375], &[1, 2, 3, 4, 300, 440], &[1; 750]] {
            let rows: usize = trials.iter().sum();
            let (stored, expected) = if rows == 750 {
                (&stored[..], &expected)
            } else {
                let stored = &stored[..rows * mixture.stored()];
                (stored, &two_passes(mixture, stored))
            };
            let errors = errors(mixture, &by_trials(set, mixture, stored, trials), expected);
            println!(
                "{set} mean {mean} {mixture:?} {} trials: {:.2e} {:.2e}",
                trials.len(),
                errors[0],
                errors[1]
            );
            let within = errors.iter().zip(bounds).all(|(error, bound)| *error <= bound);
            assert!(within, "{set} mean {mean} {mixture:?}, trials of {trials:?} rows: {errors:?}");
        }
    }
}

#[test]
fn moments_are_those_of_two_passes() {
    in_every_set!(check(0.0), f64: [1e-14; 2], f32: [6e-8, 6e-7]);
}

#[test]
fn a_mean_far_from_zero_does_not_spoil_the_variance() {
    // At 1e4 one unit of float32's last place is 1e-3 of the deviation, and a trial's mean has no more places.
    in_every_set!(check(1e4), f64: [1e-10, 1e-11], f32: [5e-3, 1e-3]);
}

#[test]
fn constant_values_have_no_variance() {
    for set in InstructionSet::available() {
        let mixture = Mixture::plain(8);
        let moments = by_trials(set, mixture, &[0.1f32; 8 * 300], &[100, 50, 150]);
        assert!(
            moments.products.iter().all(|product| product / 300.0 < 1e-14),
            "{set}: {:?}",
            moments.products
        );
    }
}

#[test]
fn moments_of_no_row_change_nothing() {
    let mixture = MIXTURES[2];
    let moments = by_trials(InstructionSet::plain(), mixture, &rows::<f64>(mixture, 9, 1.0, 4), &[9]);
    let mut joined = Moments::new(mixture);
    joined.add(mixture, &moments);
    assert_eq!(joined, moments);
    joined.add(mixture, &Moments::new(mixture));
    assert_eq!(joined, moments);
    joined.clear();
    assert_eq!(joined, Moments::new(mixture));
}

/// Cuts `count` rows into trials of some of the sizes in `cuts`.
fn cut(count: usize, cuts: &[usize]) -> Vec<usize> {
    let mut rest = count;
    let mut trials = Vec::new();
    for cut in cuts {
        let rows = rest.min(*cut);
        trials.extend((rows > 0).then_some(rows));
        rest -= rows;
    }
    trials.extend((rest > 0).then_some(rest));
    trials
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 64 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_joining_matters_by_rounding_alone(
        count in 2usize..60,
        cuts in prop::collection::vec(1usize..12, 0..8),
        parts in prop::collection::vec(0usize..3, 9),
        mixture in prop::sample::select(&MIXTURES[..]),
        mean in -100.0f64..100.0,
        seed in 0u64..1000,
    ) {
        let trials = cut(count, &cuts);
        let stored = rows::<f64>(mixture, count, mean, seed);
        let expected = two_passes(mixture, &stored);
        // Every trial goes to one of three parts, which are joined in both directions.
        let mut of_parts = [(); 3].map(|()| Moments::new(mixture));
        let mut rest = &stored[..];
        for (rows, part) in trials.iter().zip(parts) {
            let (own, others) = rest.split_at(rows * mixture.stored());
            let trial = by_trials(InstructionSet::plain(), mixture, own, &[*rows]);
            of_parts[part].add(mixture, &trial);
            rest = others;
        }
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut joined = Moments::new(mixture);
            for part in order {
                joined.add(mixture, &of_parts[part]);
            }
            let errors = errors(mixture, &joined, &expected);
            prop_assert!(errors[0] < 1e-12 && errors[1] < 1e-12, "{errors:?}");
        }
    }
}
