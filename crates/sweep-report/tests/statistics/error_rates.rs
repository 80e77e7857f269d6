//! How often the tests call a difference that is none: counted over all outcomes where they can be listed, simulated
//! elsewhere. Each bound has a lower side, so that a test which never calls anything fails, and real differences must be
//! found.

use sweep_report::statistics::{
    chance::{chance_threshold, p_value_against_chance},
    distributions::binomial_upper_tail,
    holm::holm_adjusted,
    mann_whitney::mann_whitney_test,
    mcnemar::{PairedCounts, mcnemar},
    permutation::sign_flip_test,
    regrouping::regrouping_test,
    signed_rank::{signed_rank_test, smallest_p_value},
};

use crate::draws::{assert_within, normals, share};

const LEVEL: f64 = 0.05;

#[test]
fn guessing_rarely_passes_for_better_than_chance() {
    for trials in [10, 20, 100, 288, 1080] {
        for chance in [0.5, 0.25, 0.4] {
            let threshold = chance_threshold(trials, chance, LEVEL).unwrap().unwrap();
            assert!(p_value_against_chance(threshold.correct, trials, chance).unwrap() < LEVEL);
            assert!(p_value_against_chance(threshold.correct - 1, trials, chance).unwrap() >= LEVEL);
        }
    }
}

#[test]
fn mcnemar_holds_its_level_and_finds_differences() {
    let called = |apart: u64, of_first: f64| -> f64 {
        let is_called = |only_first: u64| {
            let counts = PairedCounts { both: 5, only_first, only_second: apart - only_first, neither: 5 };
            mcnemar(&counts, 0.95).unwrap().p_value <= LEVEL
        };
        let tail = |count| binomial_upper_tail(count, apart, of_first).unwrap();
        let probability = |count| tail(count) - if count < apart { tail(count + 1) } else { 0.0 };
        (0..=apart).filter(|only_first| is_called(*only_first)).map(probability).sum()
    };
    for apart in 1..=200 {
        assert_within(called(apart, 0.5), 0.0..=LEVEL);
    }
    assert_within(called(24, 0.5), 0.02..=LEVEL);
    assert_within(called(200, 0.5), 0.035..=LEVEL);
    assert_within(called(100, 0.7), 0.95..=1.0);
}

/// Of all signs of the magnitudes, the share that `p_value` calls at `level`.
fn called_signs(magnitudes: &[f64], level: f64, p_value: impl Fn(&[f64]) -> f64) -> f64 {
    let all = 1_u32 << magnitudes.len();
    let called = (0..all).filter(|signs| {
        let sign = |place: usize| if signs >> place & 1 == 1 { 1.0 } else { -1.0 };
        let values: Vec<f64> =
            magnitudes.iter().enumerate().map(|(place, value)| value * sign(place)).collect();
        p_value(&values) <= level
    });
    called.count() as f64 / f64::from(all)
}

#[test]
fn exact_tests_of_pairs_hold_every_level() {
    let lists: [&[f64]; 3] = [
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        &[1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 5.0, 5.0, 8.0],
        &[0.1, 0.7, 0.7, 0.2, 3.0, 0.4, 0.9, 1.1, 1.3],
    ];
    for magnitudes in lists {
        for level in [0.01, 0.05, 0.1, 0.3] {
            let by_rank = called_signs(magnitudes, level, |values| signed_rank_test(values).unwrap().p_value);
            let by_mean = called_signs(magnitudes, level, |values| sign_flip_test(values).unwrap().p_value);
            // P-values are steps of 2 of 512, and with ties larger ones: a part of the level stays unused, but not most of
            // it.
            assert_within(by_rank, level * 0.35..=level);
            assert_within(by_mean, level * 0.35..=level);
        }
    }
}

#[test]
fn five_pairs_are_never_significant() {
    for (pairs, least) in [(5, 0.0625), (6, 0.03125)] {
        let values: Vec<f64> = (1..=pairs).map(f64::from).collect();
        assert_eq!(smallest_p_value(values.len()), least);
        assert_eq!(signed_rank_test(&values).unwrap().p_value, least);
        assert_eq!(sign_flip_test(&values).unwrap().p_value, least);
    }
}

#[test]
fn the_approximate_signed_rank_test_holds_its_level() {
    let called = |simulation, shift| {
        share(simulation, 1500, |draws| {
            // Tenths, so that there are ties and zeros.
            let values: Vec<f64> =
                normals(draws, 70, shift).iter().map(|value| (value * 10.0).round()).collect();
            signed_rank_test(&values).unwrap().p_value <= LEVEL
        })
    };
    // Four standard errors of 1500 repetitions are 0.0225.
    assert_within(called(10, 0.0), 0.03..=0.07);
    assert_within(called(11, 0.5), 0.95..=1.0);
}

#[test]
fn regrouping_holds_every_level() {
    let values = [0.1, 0.2, 0.2, 0.5, 0.7, 0.8, 1.0, 1.0, 1.7];
    let mut p_values = Vec::new();
    for choice in 0..1_u32 << values.len() {
        if choice.count_ones() == 4 {
            let side = |wanted| -> Vec<f64> {
                let chosen = values.iter().enumerate().filter(|(place, _)| choice >> place & 1 == wanted);
                chosen.map(|(_, value)| *value).collect()
            };
            p_values.push(regrouping_test(&side(1), &side(0)).unwrap().p_value);
        }
    }
    assert_eq!(p_values.len(), 126);
    for level in [0.02, 0.05, 0.1, 0.3] {
        let called = p_values.iter().filter(|p_value| **p_value <= level).count() as f64 / 126.0;
        assert_within(called, level * 0.6..=level);
    }
}

#[test]
fn mann_whitney_holds_its_level() {
    let called = |simulation, shift| {
        share(simulation, 1500, |draws| {
            let mut group = |count, shift| -> Vec<f64> {
                normals(draws, count, shift).iter().map(|value| (value * 4.0).round()).collect()
            };
            let (first, second) = (group(30, shift), group(25, 0.0));
            mann_whitney_test(&first, &second).unwrap().p_value <= LEVEL
        })
    };
    assert_within(called(20, 0.0), 0.028..=0.07);
    assert_within(called(21, 1.2), 0.93..=1.0);
}

#[test]
fn holm_holds_the_level_of_the_family() {
    // Eight questions about one baseline, the first of which has an answer: whether another one is called.
    let false_calls = |simulation, adjust: fn(&[f64]) -> Vec<f64>| {
        share(simulation, 400, |draws| {
            let baseline = normals(draws, 12, 0.0);
            let p_values: Vec<f64> = (0..8)
                .map(|question| {
                    let other = normals(draws, 12, if question == 0 { 2.0 } else { 0.0 });
                    let differences: Vec<f64> =
                        other.iter().zip(&baseline).map(|(value, base)| value - base).collect();
                    signed_rank_test(&differences).unwrap().p_value
                })
                .collect();
            adjust(&p_values)[1..].iter().any(|p_value| *p_value <= LEVEL)
        })
    };
    // Without the adjustment the family's level is far off, as this very simulation shows.
    assert_within(false_calls(30, <[f64]>::to_vec), 0.12..=0.35);
    // Three standard errors of 400 repetitions are 0.033.
    assert_within(false_calls(30, |p_values| holm_adjusted(p_values).unwrap()), 0.005..=0.05);
}
