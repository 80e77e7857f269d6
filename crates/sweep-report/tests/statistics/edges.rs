//! The edges: nothing, one value, equal values, and what is refused.

use sweep_report::statistics::{
    StatisticsError as Error,
    autocorrelation::autocorrelation_time,
    axes::axis_effects,
    chance::{chance_threshold, majority_chance, p_value_against_chance, uniform_chance},
    confusion::ConfusionMatrix,
    distributions::{MOST_TRIALS, students_t_quantile},
    effect::{cohens_dz, hedges_g},
    kappa::cohens_kappa,
    logits::{log_odds, predicted_classes},
    mann_whitney::mann_whitney_test,
    mcnemar::{McnemarMethod, PairedCounts, mcnemar},
    optimism::optimism_of_maximum,
    order_statistics::expected_maximum_of_normals,
    paired::paired_differences,
    permutation::sign_flip_test,
    regrouping::{RegroupingMethod, regrouping_test},
    roc::{macro_auc, roc_auc},
    signed_rank::{signed_rank_test, smallest_p_value},
    spread::Spread,
    subjects::accuracy_of_subjects,
    wilson::wilson_interval,
};

const NONE: Error = Error::TooFew { has: 0, needs: 1 };

#[test]
fn nothing_has_no_statistics() {
    assert_eq!(Spread::of(&[]), Err(NONE));
    assert_eq!(wilson_interval(0, 0, 0.95), Err(NONE));
    assert_eq!(chance_threshold(0, 0.5, 0.05), Err(NONE));
    assert_eq!(ConfusionMatrix::new(&[], &[], 2), Err(NONE));
    assert_eq!(accuracy_of_subjects(&[], &[], &[], 0.95), Err(NONE));
    assert_eq!(mcnemar(&PairedCounts::new(&[], &[]).unwrap(), 0.95), Err(NONE));
    assert_eq!(signed_rank_test(&[]), Err(NONE));
    assert_eq!(sign_flip_test(&[]), Err(NONE));
    assert_eq!(regrouping_test(&[], &[1.0]), Err(NONE));
    assert_eq!(mann_whitney_test(&[1.0], &[]), Err(NONE));
    assert_eq!(smallest_p_value(0), 1.0);
    assert_eq!(predicted_classes(&[], 2), Ok(Vec::new()));
}

#[test]
fn one_value_has_a_mean_alone() {
    let spread = Spread::of(&[0.7]).unwrap();
    assert_eq!((spread.mean, spread.standard_deviation), (0.7, None));
    assert_eq!(spread.mean_interval(0.95), Err(Error::TooFew { has: 1, needs: 2 }));
    assert_eq!(cohens_dz(&[0.7]), Err(Error::TooFew { has: 1, needs: 2 }));
    assert_eq!(autocorrelation_time(&[0.7]), Err(Error::TooFew { has: 1, needs: 2 }));
    assert_eq!(
        students_t_quantile(0.95, 0),
        Err(Error::OutOfRange { name: "degrees of freedom", value: 0.0 })
    );
}

#[test]
fn equal_values_differ_in_nothing() {
    let same = [0.1; 7];
    let spread = Spread::of(&same).unwrap();
    assert_eq!((spread.mean, spread.standard_deviation), (0.1, Some(0.0)));
    // A few equal values are no certainty.
    assert_eq!(spread.mean_interval(0.95), Err(Error::NoSpread));
    assert_eq!(cohens_dz(&same), Err(Error::NoSpread));
    assert_eq!(hedges_g(&same, &same), Err(Error::NoSpread));
    assert_eq!(mann_whitney_test(&same, &same).unwrap().p_value, 1.0);
    assert_eq!(regrouping_test(&same, &same).unwrap().p_value, 1.0);
    assert_eq!(autocorrelation_time(&same), Ok(1.0));
    let none = paired_differences(&same, &same).unwrap();
    let ranks = signed_rank_test(&none).unwrap();
    assert_eq!((ranks.differing, ranks.p_value, ranks.rank_biserial), (0, 1.0, None));
    assert_eq!(sign_flip_test(&none).unwrap().p_value, 1.0);
    let rows: Vec<Vec<usize>> = (0..7).map(|row| vec![row % 2]).collect();
    let axes = axis_effects(&rows, &same, 0.95).unwrap();
    assert_eq!((axes.axes[0].eta_squared, axes.repetitions, axes.together), (None, None, None));
    assert!(axes.axes[0].levels.iter().all(|level| level.interval.is_none()));
    let optimism = optimism_of_maximum(&[0.1; 20], 100).unwrap();
    assert_eq!((optimism.expected_maximum, optimism.observed_maximum), (0.1, 0.1));
}

#[test]
fn rounding_makes_no_difference() {
    // 0.8 - 0.7 and 0.9 - 0.8 differ in the last place as doubles.
    let differences = paired_differences(&[0.8, 0.9, 0.5, 0.1 + 0.2], &[0.7, 0.8, 0.6, 0.3]).unwrap();
    assert_eq!(differences[0], differences[1]);
    assert_eq!(differences[2], -differences[0]);
    assert_eq!(differences[3], 0.0);
}

#[test]
fn networks_that_are_right_together_do_not_differ() {
    let counts = PairedCounts { both: 30, only_first: 0, only_second: 0, neither: 10 };
    let outcome = mcnemar(&counts, 0.95).unwrap();
    assert_eq!((outcome.method, outcome.p_value, outcome.odds_ratio), (McnemarMethod::Exact, 1.0, None));
    assert!(outcome.interval.low < 0.0 && outcome.interval.high > 0.0, "{:?}", outcome.interval);
}

#[test]
fn certainty_is_not_claimed() {
    let all_right = ConfusionMatrix::new(&[0, 1, 1], &[0, 1, 1], 2).unwrap();
    let kappa = cohens_kappa(&all_right, 0.95).unwrap();
    assert_eq!((kappa.kappa, kappa.interval), (1.0, None));
    let one_class = ConfusionMatrix::new(&[1, 1], &[1, 1], 2).unwrap();
    assert_eq!(cohens_kappa(&one_class, 0.95), Err(Error::NoSpread));
    let absent = one_class.measures()[0];
    assert_eq!((absent.sensitivity, absent.precision, absent.f1), (None, None, None));
    let in_order = roc_auc(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true], 0.95).unwrap();
    assert_eq!((in_order.area, in_order.interval), (1.0, None));
    let single = roc_auc(&[1.0, 2.0, 3.0], &[false, false, true], 0.95).unwrap();
    assert_eq!((single.standard_error, single.interval), (None, None));
}

#[test]
fn the_first_of_equal_logits_is_predicted() {
    assert_eq!(predicted_classes(&[1.0, 1.0, 0.0, -2.0, 3.0, 3.0], 3), Ok(vec![0, 1]));
    // Probabilities would round to 1 and tie; log odds do not.
    assert_eq!(log_odds(&[800.0, 0.0, 900.0, 0.0], 2), Ok(vec![800.0, -800.0, 900.0, -900.0]));
}

#[test]
fn chance_is_that_of_the_larger_class() {
    assert_eq!(uniform_chance(4), Ok(0.25));
    assert_eq!(majority_chance(&[30, 10, 0]), Ok(0.75));
    assert_eq!(majority_chance(&[30, 0]), Err(Error::TooFew { has: 1, needs: 2 }));
    assert_eq!(chance_threshold(4, 0.5, 0.05), Ok(None));
    let threshold = chance_threshold(5, 0.5, 0.05).unwrap().unwrap();
    assert_eq!((threshold.correct, threshold.accuracy), (5, 1.0));
    assert_eq!(chance_threshold(5, 0.5, threshold.p_value), Ok(None));
    assert!((threshold.p_value - 1.0 / 32.0).abs() < 1e-12, "{}", threshold.p_value);
}

#[test]
fn subjects_are_told_apart() {
    let subjects =
        accuracy_of_subjects(&[1, 0, 1, 1], &[0, 0, 1, 1], &[true, false, true, false], 0.95).unwrap();
    let told: Vec<_> = subjects.iter().map(|s| (s.subject, s.correct, s.trials)).collect();
    assert_eq!(told, [(0, 0, 1), (1, 2, 3)]);
    assert_eq!(subjects[1].interval, wilson_interval(2, 3, 0.95).unwrap());
    // The only trial of subject 0 has the only class: whoever names it is right.
    assert_eq!(subjects.iter().map(|s| s.chance).collect::<Vec<_>>(), [None, Some(2.0 / 3.0)]);
    assert_eq!(subjects[0].p_value, None);
}

#[test]
fn many_values_are_not_dealt_out() {
    let (first, second): (Vec<f64>, Vec<f64>) =
        ((0..40).map(f64::from).collect(), (5..45).map(f64::from).collect());
    let outcome = regrouping_test(&first, &second).unwrap();
    let ranks = mann_whitney_test(&first, &second).unwrap();
    assert_eq!((outcome.method, outcome.p_value), (RegroupingMethod::MannWhitney(ranks), ranks.p_value));
    assert_eq!(sign_flip_test(&[1.0; 31]), Err(Error::TooMany { has: 31, most: 30 }));
    assert_eq!(sign_flip_test(&[1.0; 30]).unwrap().p_value, 0.5_f64.powi(29));
}

#[test]
fn bad_input_is_refused() {
    let nan = [0.5, f64::NAN];
    assert_eq!(Spread::of(&nan), Err(Error::NotFinite));
    assert_eq!(Spread::of(&[f64::MAX, f64::MIN]), Err(Error::NotFinite));
    assert_eq!(signed_rank_test(&nan), Err(Error::NotFinite));
    assert_eq!(roc_auc(&nan, &[true, false], 0.95), Err(Error::NotFinite));
    assert_eq!(predicted_classes(&nan, 2), Err(Error::NotFinite));
    assert_eq!(predicted_classes(&[1.0, 2.0, 3.0], 2), Err(Error::LengthsDiffer { left: 3, right: 2 }));
    assert_eq!(paired_differences(&[1.0], &[]), Err(Error::LengthsDiffer { left: 1, right: 0 }));
    assert_eq!(ConfusionMatrix::new(&[2], &[0], 2), Err(Error::UnknownClass { class: 2, classes: 2 }));
    assert_eq!(macro_auc(&[1.0, 2.0, 3.0, 4.0], &[0, 0], 2), Err(Error::OneSidedClass { class: 0 }));
    assert_eq!(wilson_interval(3, 2, 0.95), Err(Error::OutOfRange { name: "successes", value: 3.0 }));
    assert_eq!(wilson_interval(1, 2, 95.0), Err(Error::OutOfRange { name: "level", value: 95.0 }));
    let most = Error::TooMany { has: MOST_TRIALS + 1, most: MOST_TRIALS };
    assert_eq!(p_value_against_chance(1, MOST_TRIALS + 1, 0.5), Err(most));
    assert_eq!(optimism_of_maximum(&[0.5; 19], 100), Err(Error::TooFew { has: 19, needs: 20 }));
    assert_eq!(
        optimism_of_maximum(&[50.0; 20], 100),
        Err(Error::OutOfRange { name: "accuracy", value: 50.0 })
    );
    assert!(expected_maximum_of_normals(0.5).is_err());
    assert!(expected_maximum_of_normals(f64::NAN).is_err());
}
