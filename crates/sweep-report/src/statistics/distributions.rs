//! Tails and quantiles of the normal, Student's t, chi-squared and binomial distribution, from `statrs` where it is exact
//! enough.
//!
//! Measured against 40 digits (mpmath): statrs' `Normal::sf` is off by up to 1e-10 of its value beyond 0.7, so normal tails
//! come from its incomplete gamma function, which is exact to 2e-14. Its binomial tails are exact to 1e-12 for a thousand
//! trials, to 1e-11 for a hundred thousand, to 4e-10 for a million, and not beyond, where its continued fraction ends
//! before it converges. Its quantiles of Student's t are off by up to 1e-8 (levels from 0.5 to 0.999, up to 10000 degrees
//! of freedom) though its tails are exact to 1e-11, so a step of Newton's method follows.

use statrs::{
    distribution::{Binomial, Continuous, ContinuousCDF, DiscreteCDF, Normal, StudentsT},
    function::gamma::checked_gamma_ur,
};

use super::{StatisticsError, error::check_inside};

/// More trials than this are refused: binomial tails would not be exact.
pub const MOST_TRIALS: u64 = 1_000_000;

/// Below this the tail of chi-squared is 1 to the last bit, and statrs takes no 0.
const SMALLEST_STATISTIC: f64 = 1e-300;

/// Probability that a standard normal number is greater than `z`, exact far out in both tails. `z` is not NaN.
pub fn normal_upper_tail(z: f64) -> f64 {
    let tail = chi_squared_tail(z * z) / 2.0;
    if z < 0.0 { 1.0 - tail } else { tail }
}

/// Probability that a standard normal number is at least as far from 0 as `z`, on either side.
pub fn normal_two_sided(z: f64) -> f64 {
    chi_squared_tail(z * z)
}

/// Probability that a number that is chi-squared distributed with one degree of freedom is greater than `statistic`.
pub fn chi_squared_tail(statistic: f64) -> f64 {
    // P(X > x) = Q(1/2, x/2), the regularised upper incomplete gamma function.
    if statistic < SMALLEST_STATISTIC {
        return 1.0;
    }
    checked_gamma_ur(0.5, statistic / 2.0).unwrap_or(0.0)
}

/// The half width of a central interval that holds `level` of the standard normal distribution: 1.96 for 0.95.
///
/// # Errors
/// Where `level` is not between 0 and 1.
pub fn normal_quantile(level: f64) -> Result<f64, StatisticsError> {
    check_inside("level", level)?;
    Ok(-Normal::standard().inverse_cdf((1.0 - level) / 2.0))
}

/// The same for Student's t with `freedom` degrees of freedom.
///
/// # Errors
/// Where `level` is not between 0 and 1, or `freedom` is 0.
pub fn students_t_quantile(level: f64, freedom: usize) -> Result<f64, StatisticsError> {
    check_inside("level", level)?;
    let freedom = freedom as f64;
    let distribution = StudentsT::new(0.0, 1.0, freedom)
        .map_err(|_| StatisticsError::OutOfRange { name: "degrees of freedom", value: freedom })?;
    let tail = (1.0 - level) / 2.0;
    let near = -distribution.inverse_cdf(tail);
    let step = (distribution.sf(near) - tail) / distribution.pdf(near);
    Ok(if step.is_finite() { near + step } else { near })
}

/// Probability that a number of Student's t distribution with `freedom` degrees of freedom, which need not be whole, is at least as far
/// from 0 as `t`, on either side.
///
/// # Errors
/// Where `freedom` is not above 0, or `t` is NaN.
pub fn students_t_two_sided(t: f64, freedom: f64) -> Result<f64, StatisticsError> {
    if t.is_nan() {
        return Err(StatisticsError::NotFinite);
    }
    let distribution = StudentsT::new(0.0, 1.0, freedom)
        .map_err(|_| StatisticsError::OutOfRange { name: "degrees of freedom", value: freedom })?;
    Ok((2.0 * distribution.sf(t.abs())).min(1.0))
}

/// Probability of at least `successes` in `trials` that succeed with `probability` each.
///
/// # Errors
/// Where `probability` is not between 0 and 1, or there are more than [`MOST_TRIALS`].
pub fn binomial_upper_tail(successes: u64, trials: u64, probability: f64) -> Result<f64, StatisticsError> {
    let distribution = binomial(trials, probability)?;
    Ok(successes.checked_sub(1).map_or(1.0, |fewer| distribution.sf(fewer)))
}

/// Probability of at most `successes` in `trials` that succeed with `probability` each.
///
/// # Errors
/// As [`binomial_upper_tail`].
pub fn binomial_lower_tail(successes: u64, trials: u64, probability: f64) -> Result<f64, StatisticsError> {
    Ok(binomial(trials, probability)?.cdf(successes))
}

fn binomial(trials: u64, probability: f64) -> Result<Binomial, StatisticsError> {
    check_inside("probability", probability)?;
    if trials > MOST_TRIALS {
        return Err(StatisticsError::TooMany { has: trials, most: MOST_TRIALS });
    }
    Binomial::new(probability, trials)
        .map_err(|_| StatisticsError::OutOfRange { name: "probability", value: probability })
}
