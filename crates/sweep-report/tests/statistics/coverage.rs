//! How often intervals of 95 % hold the truth: summed over all outcomes where they can be listed, simulated elsewhere.

use sweep_report::statistics::{
    Interval, confusion::ConfusionMatrix, distributions::binomial_upper_tail, kappa::cohens_kappa,
    mcnemar::PairedCounts, newcombe::paired_difference_interval, roc::roc_auc, spread::Spread,
    wilson::wilson_interval,
};

use crate::draws::{assert_within, normals, share};

/// Probability that the interval of `trials` holds their true share, over all numbers of successes.
fn wilson_coverage(intervals: &[Interval], truth: f64) -> f64 {
    let trials = intervals.len() as u64 - 1;
    let holds = |interval: &Interval| interval.contains(truth);
    let first = intervals.iter().position(holds).unwrap() as u64;
    let last = intervals.iter().rposition(holds).unwrap() as u64;
    let tail = |successes| binomial_upper_tail(successes, trials, truth).unwrap();
    tail(first) - if last < trials { tail(last + 1) } else { 0.0 }
}

#[test]
fn wilson_intervals_cover() {
    // The number of trials, and the least that any true share from 0.05 to 0.95 is covered.
    for (trials, least) in [(20, 0.928), (100, 0.937), (288, 0.941), (1080, 0.945)] {
        let intervals: Vec<Interval> =
            (0..=trials).map(|successes| wilson_interval(successes, trials, 0.95).unwrap()).collect();
        let truths = (1..=89).map(|step| 0.05 + 0.01 * f64::from(step) + 0.00123);
        let coverages: Vec<f64> = truths.map(|truth| wilson_coverage(&intervals, truth)).collect();
        let spread = Spread::of(&coverages).unwrap();
        assert_within(spread.mean, 0.945..=0.955);
        assert_within(spread.minimum, least..=0.95);
    }
}

/// Probability that Newcombe's interval holds the true difference, over all tables of `trials`.
fn newcombe_coverage(trials: u64, shares: [f64; 4]) -> f64 {
    let ln_factorials: Vec<f64> = (0..=trials)
        .scan(0.0, |sum, number| {
            *sum += (number.max(1) as f64).ln();
            Some(*sum)
        })
        .collect();
    let mut covered = 0.0;
    for both in 0..=trials {
        for only_first in 0..=trials - both {
            for only_second in 0..=trials - both - only_first {
                let neither = trials - both - only_first - only_second;
                let counts = PairedCounts { both, only_first, only_second, neither };
                if !paired_difference_interval(&counts, 0.95).unwrap().contains(shares[1] - shares[2]) {
                    continue;
                }
                let numbers = [both, only_first, only_second, neither];
                let terms = numbers.iter().zip(shares);
                let ln_ways: f64 = terms.map(|(n, p)| *n as f64 * p.ln() - ln_factorials[*n as usize]).sum();
                covered += (ln_factorials[trials as usize] + ln_ways).exp();
            }
        }
    }
    covered
}

#[test]
fn paired_difference_intervals_cover() {
    for shares in [[0.7, 0.1, 0.1, 0.1], [0.5, 0.25, 0.05, 0.2], [0.6, 0.06, 0.14, 0.2]] {
        assert_within(newcombe_coverage(30, shares), 0.94..=0.98);
    }
}

#[test]
fn t_intervals_cover() {
    for (simulation, count) in [(1, 2), (2, 5), (3, 20)] {
        let covered = share(simulation, 4000, |draws| {
            let spread = Spread::of(&normals(draws, count, 0.3)).unwrap();
            spread.mean_interval(0.95).unwrap().contains(0.3)
        });
        // Four standard errors of 4000 repetitions are 0.014.
        assert_within(covered, 0.936..=0.964);
    }
}

/// How often the interval of kappa holds 0.6: the network knows three fifths of the trials and guesses the others.
fn kappa_coverage(simulation: u64, classes: u32, count: usize) -> f64 {
    share(simulation, 2000, |draws| {
        let mut trials = (Vec::new(), Vec::new());
        for _ in 0..count {
            let label = draws.below(classes) as usize;
            let guess = draws.below(classes) as usize;
            trials.0.push(label);
            trials.1.push(if draws.uniform() < 0.6 { label } else { guess });
        }
        let matrix = ConfusionMatrix::new(&trials.0, &trials.1, classes as usize).unwrap();
        let interval = cohens_kappa(&matrix, 0.95).unwrap().interval;
        interval.is_some_and(|interval| interval.contains(0.6))
    })
}

#[test]
fn kappa_intervals_cover() {
    assert_within(kappa_coverage(4, 4, 200), 0.93..=0.965);
    assert_within(kappa_coverage(5, 4, 50), 0.92..=0.96);
    // Twenty trials are too few for the formula.
    assert_within(kappa_coverage(6, 2, 20), 0.89..=0.94);
}

/// How often the interval holds the true `area` of normal scores `shift` deviations apart.
fn area_coverage(simulation: u64, side: usize, shift: f64, area: f64) -> f64 {
    let of_class: Vec<bool> = (0..2 * side).map(|trial| trial < side).collect();
    share(simulation, 1000, |draws| {
        let scores = [normals(draws, side, shift), normals(draws, side, 0.0)].concat();
        let interval = roc_auc(&scores, &of_class, 0.95).unwrap().interval;
        interval.is_some_and(|interval| interval.contains(area))
    })
}

#[test]
fn intervals_of_areas_cover() {
    // The area is Phi(shift / sqrt(2)).
    assert_within(area_coverage(7, 100, 1.0, 0.760_249_938_906_523_5), 0.93..=0.965);
    assert_within(area_coverage(8, 100, 2.3, 0.948_061_921_468_457_5), 0.9..=0.95);
    // Twenty trials on a side are too few for an area near 1.
    assert_within(area_coverage(9, 20, 2.3, 0.948_061_921_468_457_5), 0.81..=0.89);
}
