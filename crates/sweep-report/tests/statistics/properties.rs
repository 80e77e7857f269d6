//! What must hold for any input.

use proptest::prelude::*;
use sweep_report::statistics::{
    autocorrelation::autocorrelation_time,
    axes::axis_effects,
    chance::p_value_against_chance,
    confusion::ConfusionMatrix,
    effect::{cliffs_delta, cohens_dz, hedges_g},
    holm::holm_adjusted,
    kappa::cohens_kappa,
    logits::log_odds,
    mann_whitney::mann_whitney_test,
    mcnemar::{PairedCounts, mcnemar},
    order_statistics::expected_maximum_of_normals,
    paired::paired_differences,
    permutation::sign_flip_test,
    regrouping::regrouping_test,
    roc::roc_auc,
    signed_rank::{signed_rank_test, smallest_p_value},
    spread::Spread,
    wilson::wilson_interval,
};

/// Small whole numbers: full of ties and zeros.
fn few(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-4..6_i8).prop_map(f64::from), 1..most)
}

/// Any finite or infinite double, NaN too.
fn any_values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(
        prop_oneof![any::<f64>(), Just(f64::MAX), Just(f64::MIN_POSITIVE), Just(0.0)],
        0..12,
    )
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn wilson_is_symmetric_and_monotone(trials in 1..2000_u64, part in 0.0..1.0_f64) {
        let successes = (part * trials as f64) as u64;
        let interval = wilson_interval(successes, trials, 0.95).unwrap();
        let mirrored = wilson_interval(trials - successes, trials, 0.95).unwrap();
        prop_assert!((interval.low + mirrored.high - 1.0).abs() < 1e-12);
        prop_assert!(interval.contains(successes as f64 / trials as f64));
        prop_assert!(0.0 <= interval.low && interval.low < interval.high && interval.high <= 1.0);
        let next = wilson_interval(successes + 1, trials + 1, 0.95).unwrap();
        prop_assert!(next.low > interval.low && next.high >= interval.high);
        let surer = wilson_interval(successes, trials, 0.99).unwrap();
        prop_assert!(surer.low <= interval.low && surer.high >= interval.high);
    }

    #[test]
    fn more_correct_trials_are_less_likely_by_chance(trials in 1..1500_u64, chance in 0.05..0.95_f64, part in 0.0..1.0_f64) {
        let correct = (part * trials as f64) as u64;
        let p_value = |correct| p_value_against_chance(correct, trials, chance).unwrap();
        prop_assert_eq!(p_value(0), 1.0);
        prop_assert!((0.0..=1.0).contains(&p_value(correct)) && p_value(correct + 1) <= p_value(correct));
    }

    #[test]
    fn mcnemar_mirrors(both in 0..300_u64, only_first in 0..60_u64, only_second in 0..60_u64, neither in 1..300_u64) {
        let there = mcnemar(&PairedCounts { both, only_first, only_second, neither }, 0.95).unwrap();
        let swapped = PairedCounts { both, only_first: only_second, only_second: only_first, neither };
        let back = mcnemar(&swapped, 0.95).unwrap();
        prop_assert_eq!(there.p_value, back.p_value);
        prop_assert!((0.0..=1.0).contains(&there.p_value));
        prop_assert_eq!(there.difference, -back.difference);
        prop_assert!((there.interval.low + back.interval.high).abs() < 1e-12);
        prop_assert!(there.interval.contains(there.difference));
        prop_assert!(there.interval.low >= -1.0 && there.interval.high <= 1.0);
    }

    #[test]
    fn tests_of_pairs_know_no_sign_and_no_unit(values in few(16)) {
        let other: Vec<f64> = values.iter().map(|value| value * -8.0).collect();
        let (ranks, mirrored) = (signed_rank_test(&values).unwrap(), signed_rank_test(&other).unwrap());
        prop_assert_eq!(ranks.p_value, mirrored.p_value);
        prop_assert_eq!(ranks.rank_biserial, mirrored.rank_biserial.map(|effect| -effect));
        prop_assert!(ranks.p_value <= 1.0 && ranks.p_value >= smallest_p_value(ranks.differing));
        let (flips, mirrored) = (sign_flip_test(&values).unwrap(), sign_flip_test(&other).unwrap());
        prop_assert_eq!(flips.p_value, mirrored.p_value);
        prop_assert!(flips.p_value <= 1.0 && flips.p_value >= smallest_p_value(values.len()));
    }

    #[test]
    fn two_groups_mirror(first in few(9), second in few(9)) {
        let (there, back) = (regrouping_test(&first, &second).unwrap(), regrouping_test(&second, &first).unwrap());
        prop_assert!(close(there.p_value, back.p_value) && there.p_value > 0.0 && there.p_value <= 1.0);
        let moved = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value * 0.1 + 0.7).collect() };
        prop_assert!(close(regrouping_test(&moved(&first), &moved(&second)).unwrap().p_value, there.p_value));
        let (there, back) = (mann_whitney_test(&first, &second).unwrap(), mann_whitney_test(&second, &first).unwrap());
        prop_assert_eq!(there.u + back.u, (first.len() * second.len()) as f64);
        prop_assert!(close(there.p_value, back.p_value));
        let delta = cliffs_delta(&first, &second).unwrap();
        prop_assert!((-1.0..=1.0).contains(&delta) && close(delta, -cliffs_delta(&second, &first).unwrap()));
    }

    #[test]
    fn areas_know_order_alone(inside in few(12), outside in few(12)) {
        let of_class: Vec<bool> = (0..inside.len() + outside.len()).map(|trial| trial < inside.len()).collect();
        let scores = [inside, outside].concat();
        let auc = roc_auc(&scores, &of_class, 0.95).unwrap();
        let stretched: Vec<f64> = scores.iter().map(|score| score.exp()).collect();
        prop_assert_eq!(roc_auc(&stretched, &of_class, 0.95).unwrap(), auc);
        let others: Vec<bool> = of_class.iter().map(|is| !is).collect();
        prop_assert!(close(roc_auc(&scores, &others, 0.95).unwrap().area, 1.0 - auc.area));
    }

    #[test]
    fn names_of_classes_do_not_matter(trials in prop::collection::vec((0..3_usize, 0..3_usize), 2..60)) {
        let matrix = |renamed: [usize; 3]| {
            let (labels, predicted): (Vec<_>, Vec<_>) =
                trials.iter().map(|(label, predicted)| (renamed[*label], renamed[*predicted])).unzip();
            ConfusionMatrix::new(&labels, &predicted, 3).unwrap()
        };
        let (one, other) = (matrix([0, 1, 2]), matrix([2, 0, 1]));
        prop_assert_eq!(one.accuracy(), other.accuracy());
        prop_assert!(close(one.balanced_accuracy(), other.balanced_accuracy()));
        if let (Ok(one), Ok(other)) = (cohens_kappa(&one, 0.95), cohens_kappa(&other, 0.95)) {
            prop_assert!(close(one.kappa, other.kappa) && one.kappa <= 1.0 && one.kappa >= -1.0);
            prop_assert!(close(one.standard_error, other.standard_error));
        }
    }

    #[test]
    fn holm_is_its_definition(p_values in prop::collection::vec(0.0..1.0_f64, 0..12)) {
        let adjusted = holm_adjusted(&p_values).unwrap();
        for (p_value, found) in p_values.iter().zip(&adjusted) {
            // The greatest of (how many are left) x p over all that are not greater.
            let steps = p_values.iter().filter(|other| *other <= p_value).map(|other| {
                p_values.iter().filter(|later| *later >= other).count() as f64 * other
            });
            prop_assert_eq!(*found, steps.fold(0.0, f64::max).min(1.0));
        }
    }

    #[test]
    fn shares_of_variance_add_up(responses in prop::collection::vec(-5.0..5.0_f64, 24)) {
        let rows: Vec<Vec<usize>> = (0..24).map(|row| vec![row % 2, row / 2 % 3]).collect();
        let axes = axis_effects(&rows, &responses, 0.95).unwrap();
        let explained: f64 = axes.axes.iter().map(|axis| axis.eta_squared.unwrap()).sum();
        prop_assert!((explained + axes.repetitions.unwrap() + axes.together.unwrap() - 1.0).abs() < 1e-9);
        let unbalanced = axis_effects(&rows[1..], &responses[1..], 0.95).unwrap();
        prop_assert_eq!(unbalanced.together, None);
        prop_assert!(unbalanced.axes.iter().all(|axis| (0.0..=1.0 + 1e-12).contains(&axis.eta_squared.unwrap())));
    }

    #[test]
    fn more_numbers_have_a_greater_maximum(count in 1.0..1e8_f64, factor in 1.01..10.0_f64) {
        let maximum = |count| expected_maximum_of_normals(count).unwrap();
        prop_assert!(maximum(count * factor) > maximum(count));
        // The maximum of n normal numbers is at most sqrt(2 ln n) on average.
        prop_assert!(maximum(count) <= (2.0 * count.ln()).sqrt() + 1e-12);
    }

    #[test]
    fn ties_of_accuracies_are_seen(trials in 2..2000_u32, shift in 0..100_u32, step in 1..50_u32) {
        let share = |correct: u32| f64::from(correct) / f64::from(trials);
        let firsts: Vec<f64> = (0..20).map(|place| share(place * shift % trials + step)).collect();
        let seconds: Vec<f64> = (0..20).map(|place| share(place * shift % trials)).collect();
        let differences = paired_differences(&firsts, &seconds).unwrap();
        prop_assert!(differences.iter().all(|difference| *difference == differences[0] && *difference > 0.0));
    }

    #[test]
    fn nothing_panics_or_is_nan(first in any_values(), second in any_values()) {
        let finite = |value: Option<f64>| value.is_none_or(f64::is_finite);
        let spread = Spread::of(&first).ok();
        prop_assert!(finite(spread.map(|spread| spread.mean)) && finite(spread.and_then(|spread| spread.standard_deviation)));
        let interval = spread.and_then(|spread| spread.mean_interval(0.95).ok());
        prop_assert!(interval.is_none_or(|interval| interval.low <= interval.high));
        let numbers = [
            signed_rank_test(&first).ok().map(|outcome| outcome.p_value),
            sign_flip_test(&first).ok().map(|outcome| outcome.p_value),
            sign_flip_test(&first).ok().map(|outcome| outcome.mean_difference),
            regrouping_test(&first, &second).ok().map(|outcome| outcome.p_value),
            regrouping_test(&first, &second).ok().map(|outcome| outcome.difference),
            mann_whitney_test(&first, &second).ok().map(|outcome| outcome.p_value),
            cliffs_delta(&first, &second).ok(),
            cohens_dz(&first).ok(),
            hedges_g(&first, &second).ok(),
            autocorrelation_time(&first).ok(),
            paired_differences(&first, &second).ok().map(|differences| {
                differences.into_iter().find(|difference| !difference.is_finite()).unwrap_or(0.0)
            }),
            log_odds(&first, 2).ok().map(|odds| odds.first().copied().unwrap_or(0.0)),
        ];
        for number in numbers {
            prop_assert!(finite(number), "{:?}", numbers);
        }
        let rows: Vec<Vec<usize>> = (0..first.len()).map(|row| vec![row % 2, row % 3]).collect();
        let axes = axis_effects(&rows, &first, 0.95).ok();
        prop_assert!(axes.iter().flat_map(|axes| &axes.axes).all(|axis| finite(axis.eta_squared)));
    }
}
