//! Tests of differences, effects and expected maxima, against the golden numbers.

use sweep_report::statistics::{
    autocorrelation::autocorrelation_time,
    axes::axis_effects,
    effect::{cliffs_delta, cohens_dz, hedges_g},
    holm::holm_adjusted,
    mann_whitney::{mann_whitney_test, smallest_p_value},
    mcnemar::{McnemarMethod, PairedCounts, mcnemar},
    optimism::optimism_of_maximum,
    order_statistics::expected_maximum_of_normals,
    permutation::sign_flip_test,
    regrouping::{RegroupingMethod, regrouping_test},
    signed_rank::{SignedRankMethod, signed_rank_test},
    trend::trend_of,
};

use crate::golden::{assert_close, assert_near, assert_option, cases, part, places, real, reals, whole};

#[test]
fn mcnemar_agrees_with_statsmodels() {
    for case in cases(&part("mcnemar")) {
        let [both, only_first, only_second, neither] =
            [0, 1, 2, 3].map(|place| whole(&case["counts"][place]));
        let outcome = mcnemar(&PairedCounts { both, only_first, only_second, neither }, 0.95).unwrap();
        assert_close(outcome.p_value, real(&case["p_value"]));
        let statistic = match outcome.method {
            McnemarMethod::Exact => None,
            McnemarMethod::ChiSquared { statistic } => Some(statistic),
        };
        assert_option(statistic, &case["statistic"]);
        assert_close(outcome.difference, real(&case["difference"]));
        let interval = reals(&case["interval"]);
        assert_near(outcome.interval.low, interval[0]);
        assert_near(outcome.interval.high, interval[1]);
    }
}

#[test]
fn the_paired_interval_is_the_published_one() {
    // Fagerland, Lydersen and Laake, "Recommended tests and confidence intervals for paired binomial proportions",
    // Statistics in Medicine 33, 2014: airway hyper-responsiveness before and after transplantation.
    let counts = PairedCounts { both: 1, only_first: 1, only_second: 7, neither: 12 };
    let interval = mcnemar(&counts, 0.95).unwrap().interval;
    assert_eq!([interval.low, interval.high].map(|end| format!("{end:.3}")), ["-0.507", "-0.026"]);
}

#[test]
fn signed_ranks_agree_with_scipy() {
    for case in cases(&part("signed_rank")) {
        let outcome = signed_rank_test(&reals(&case["differences"])).unwrap();
        assert_eq!(outcome.positive_ranks, real(&case["positive"]));
        assert_eq!(outcome.negative_ranks, real(&case["negative"]));
        assert_close(outcome.p_value, real(&case["p_value"]));
        assert_option(outcome.rank_biserial, &case["rank_biserial"]);
        assert_eq!(outcome.method == SignedRankMethod::Exact, outcome.differing <= 50);
    }
}

#[test]
fn permutations_agree_with_scipy() {
    for case in cases(&part("sign_flip")) {
        let outcome = sign_flip_test(&reals(&case["differences"])).unwrap();
        assert_near(outcome.mean_difference, real(&case["mean"]));
        assert_close(outcome.p_value, real(&case["p_value"]));
    }
    for case in cases(&part("regrouping")) {
        let outcome = regrouping_test(&reals(&case["first"]), &reals(&case["second"])).unwrap();
        assert_near(outcome.difference, real(&case["difference"]));
        assert_close(outcome.p_value, real(&case["p_value"]));
        let arrangements = whole(&case["arrangements"]);
        assert_eq!(outcome.method, RegroupingMethod::Exact { arrangements });
    }
}

#[test]
fn two_groups_agree_with_scipy() {
    for case in cases(&part("groups")) {
        let (first, second) = (reals(&case["first"]), reals(&case["second"]));
        let outcome = mann_whitney_test(&first, &second).unwrap();
        assert_close(outcome.u, real(&case["u"]));
        assert_close(outcome.p_value, real(&case["p_value"]));
        assert_near(cliffs_delta(&first, &second).unwrap(), real(&case["delta"]));
        assert_option(hedges_g(&first, &second).ok(), &case["hedges"]);
    }
    for case in cases(&part("paired_effects")) {
        assert_close(cohens_dz(&reals(&case["differences"])).unwrap(), real(&case["dz"]));
    }
}

#[test]
fn the_surest_rank_sums_agree_with_scipy() {
    for case in cases(&part("smallest_rank_sums")) {
        let sizes = places(&case["sizes"]);
        assert_close(smallest_p_value(sizes[0], sizes[1]).unwrap(), real(&case["p_value"]));
    }
}

#[test]
fn an_axis_without_effect_explains_what_is_expected_by_chance() {
    for case in cases(&part("axes_by_chance")) {
        let rows: Vec<Vec<usize>> = places(&case["levels"]).into_iter().map(|level| vec![level]).collect();
        let axes = axis_effects(&rows, &reals(&case["responses"]), 0.95).unwrap();
        assert_close(axes.axes[0].expected_by_chance, real(&case["by_chance"]));
    }
}

#[test]
fn holm_agrees_with_statsmodels() {
    for case in cases(&part("holm")) {
        let adjusted = holm_adjusted(&reals(&case["p_values"])).unwrap();
        let expected = reals(&case["adjusted"]);
        assert_eq!(adjusted.len(), expected.len());
        for (found, expected) in adjusted.into_iter().zip(expected) {
            assert_close(found, expected);
        }
    }
}

#[test]
fn optimism_agrees_with_emcee_and_quadrature() {
    let part = part("optimism");
    for case in cases(&part["series"]) {
        assert_close(autocorrelation_time(&reals(&case["series"])).unwrap(), real(&case["time"]));
    }
    for case in cases(&part["maxima"]) {
        let found = expected_maximum_of_normals(real(&case["count"])).unwrap();
        assert_near(found, real(&case["maximum"]));
    }
    for case in cases(&part["curves"]) {
        let found = optimism_of_maximum(&reals(&case["accuracies"]), whole(&case["trials"])).unwrap();
        assert_close(found.plateau.mean, real(&case["mean"]));
        assert_close(found.plateau.standard_deviation.unwrap(), real(&case["deviation"]));
        assert_close(found.autocorrelation_time, real(&case["time"]));
        assert_close(found.expected_maximum, real(&case["expected"]));
        assert_close(found.expected_maximum_if_independent, real(&case["independent"]));
        assert_close(found.observed_maximum, real(&case["observed"]));
        assert_close(found.test_set_deviation, real(&case["test_set_deviation"]));
    }
}

#[test]
fn maxima_are_harters() {
    // Harter, "Expected values of normal order statistics", Biometrika 48, 1961, table 1: five decimals.
    for (count, expected) in
        [(2.0, "0.56419"), (3.0, "0.84628"), (5.0, "1.16296"), (10.0, "1.53875"), (100.0, "2.50759")]
    {
        assert_eq!(format!("{:.5}", expected_maximum_of_normals(count).unwrap()), expected);
    }
}

#[test]
fn trends_agree_with_scipy() {
    for case in cases(&part("trends")) {
        let found = trend_of(&reals(&case["values"])).unwrap();
        assert_close(found.change, real(&case["change"]));
        assert_close(found.deviation, real(&case["deviation"]));
        assert_close(found.autocorrelation_time, real(&case["time"]));
        assert_close(found.p_value, real(&case["p_value"]));
    }
}
