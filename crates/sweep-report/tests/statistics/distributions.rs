//! Tails, quantiles, intervals and chance, against the golden numbers.

use sweep_report::statistics::{
    chance::{chance_threshold, p_value_against_chance},
    distributions::{
        binomial_lower_tail, binomial_upper_tail, chi_squared_tail, normal_quantile, normal_two_sided,
        normal_upper_tail, students_t_quantile,
    },
    spread::Spread,
    wilson::wilson_interval,
};

use crate::golden::{assert_close, assert_near, cases, part, real, reals, whole};

#[test]
fn tails_agree_far_out() {
    let part = part("distributions");
    for case in cases(&part["normal"]) {
        let z = real(&case["z"]);
        assert_close(normal_upper_tail(z), real(&case["upper"]));
        assert_close(normal_two_sided(z), real(&case["two_sided"]));
        assert_close(chi_squared_tail(z * z), real(&case["two_sided"]));
        // Closer than statrs' own tail, which is off by up to 1e-10.
        assert!((normal_two_sided(z) / real(&case["two_sided"]) - 1.0).abs() < 1e-13, "{z}");
    }
    for case in cases(&part["binomial"]) {
        let (successes, trials) = (whole(&case["successes"]), whole(&case["trials"]));
        let probability = real(&case["probability"]);
        assert_close(binomial_upper_tail(successes, trials, probability).unwrap(), real(&case["upper"]));
        assert_close(binomial_lower_tail(successes, trials, probability).unwrap(), real(&case["lower"]));
    }
}

#[test]
fn quantiles_agree() {
    let part = part("distributions");
    for case in cases(&part["normal_quantiles"]) {
        assert_close(normal_quantile(real(&case["level"])).unwrap(), real(&case["quantile"]));
    }
    for case in cases(&part["t_quantiles"]) {
        let found = students_t_quantile(real(&case["level"]), whole(&case["freedom"]) as usize).unwrap();
        assert_close(found, real(&case["quantile"]));
    }
}

#[test]
fn spreads_agree_with_numpy_and_scipy() {
    for case in cases(&part("spread")) {
        let values = reals(&case["values"]);
        let spread = Spread::of(&values).unwrap();
        assert_eq!(spread.count, values.len());
        assert_close(spread.mean, real(&case["mean"]));
        assert_eq!(spread.minimum, real(&case["minimum"]));
        assert_eq!(spread.maximum, real(&case["maximum"]));
        // Of values near a million that differ by a thousandth, doubles keep the deviation to 1e-9 only.
        match case["deviation"].as_f64() {
            Some(deviation) => assert_close(spread.standard_deviation.unwrap(), deviation),
            None => assert_eq!(spread.standard_deviation, None),
        }
        for interval in case["intervals"].as_array().into_iter().flatten().map(reals) {
            let found = spread.mean_interval(interval[0]).unwrap();
            assert_near(found.low, interval[1]);
            assert_near(found.high, interval[2]);
        }
    }
}

#[test]
fn wilson_agrees_with_statsmodels() {
    for case in cases(&part("wilson")) {
        let (successes, trials) = (whole(&case["successes"]), whole(&case["trials"]));
        let found = wilson_interval(successes, trials, real(&case["level"])).unwrap();
        let expected = reals(&case["interval"]);
        assert_near(found.low, expected[0]);
        assert_near(found.high, expected[1]);
    }
}

#[test]
fn chance_agrees_with_scipy() {
    for case in cases(&part("chance")) {
        let (trials, chance) = (whole(&case["trials"]), real(&case["chance"]));
        let threshold = chance_threshold(trials, chance, 0.05).unwrap();
        assert_eq!(threshold.map(|threshold| threshold.correct), case["threshold"].as_u64());
        for pair in cases(&case["p_values"]) {
            assert_close(p_value_against_chance(whole(&pair[0]), trials, chance).unwrap(), real(&pair[1]));
        }
    }
}
