//! How large a difference is, beside whether there is one.

use statrs::function::gamma::ln_gamma;

use super::{
    StatisticsError,
    error::{check_count, finite},
    mann_whitney::u_statistic,
    spread::Spread,
};

/// Cohen's d_z of paired differences: their mean in units of their standard deviation (Cohen, "Statistical Power Analysis
/// for the Behavioral Sciences", 2nd ed. 1988, chapter 2; Lakens, Frontiers in Psychology 4, 2013, equation 6).
///
/// # Errors
/// Where there are fewer than 2 differences, all are equal, or one is not finite.
pub fn cohens_dz(differences: &[f64]) -> Result<f64, StatisticsError> {
    check_count(differences.len(), 2)?;
    let spread = Spread::of(differences)?;
    match spread.standard_deviation {
        Some(deviation) if deviation > 0.0 => finite(spread.mean / deviation),
        _ => Err(StatisticsError::NoSpread),
    }
}

/// Hedges' g of two groups: the difference of their means in units of the pooled standard deviation, with the exact factor
/// that makes it unbiased (Hedges, "Distribution theory for Glass's estimator of effect size and related estimators",
/// Journal of Educational Statistics 6, 1981): Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)) for m degrees of freedom.
///
/// # Errors
/// Where a group is empty, both have fewer than 4 values together, no value differs from its group's mean, or one is not
/// finite.
pub fn hedges_g(first: &[f64], second: &[f64]) -> Result<f64, StatisticsError> {
    // With one degree of freedom the factor is 0: the estimate has no mean.
    check_count(first.len() + second.len(), 4)?;
    let (first, second) = (Spread::of(first)?, Spread::of(second)?);
    let freedom = (first.count + second.count - 2) as f64;
    let squares = |spread: &Spread| {
        spread.standard_deviation.map_or(0.0, |deviation| (spread.count - 1) as f64 * deviation * deviation)
    };
    let pooled = ((squares(&first) + squares(&second)) / freedom).sqrt();
    if pooled == 0.0 {
        return Err(StatisticsError::NoSpread);
    }
    let ln_factor = ln_gamma(freedom / 2.0) - (freedom / 2.0).ln() / 2.0 - ln_gamma((freedom - 1.0) / 2.0);
    finite(ln_factor.exp() * (first.mean - second.mean) / pooled)
}

/// Cliff's delta of two groups: probability that a value of the first is greater than one of the second, less that it is
/// smaller ("Dominance statistics: ordinal analyses to answer ordinal questions", Psychological Bulletin 114, 1993). From
/// -1 to 1.
///
/// # Errors
/// Where a group is empty, or a value is not finite.
pub fn cliffs_delta(first: &[f64], second: &[f64]) -> Result<f64, StatisticsError> {
    let (u, _) = u_statistic(first, second)?;
    Ok(2.0 * u / (first.len() as f64 * second.len() as f64) - 1.0)
}
