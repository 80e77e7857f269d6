//! Whether values of two groups differ: the rank-sum test of Mann and Whitney.

use super::{
    StatisticsError,
    distributions::normal_two_sided,
    error::{check_count, check_finite},
    ranks::Ranks,
};

/// The outcome of the rank-sum test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// How many pairs of a value of each group have the greater one in the first, equal values counting one half.
    pub u: f64,
    /// U's distance from what is expected, in standard deviations, less the continuity correction; 0 where all values are
    /// equal.
    pub z: f64,
    /// Two-sided, from the normal distribution.
    pub p_value: f64,
}

/// The rank-sum test of Mann and Whitney ("On a test of whether one of two random variables is stochastically larger than
/// the other", Annals of Mathematical Statistics 18, 1947) by the normal distribution, with the variance that ties leave
/// (Lehmann, "Nonparametrics", 1975, chapter 1) and a continuity correction of one half.
///
/// # Errors
/// Where a group is empty, or a value is not finite.
pub fn mann_whitney_test(first: &[f64], second: &[f64]) -> Result<MannWhitney, StatisticsError> {
    let (u, ranks) = u_statistic(first, second)?;
    let (of_first, of_second) = (first.len() as f64, second.len() as f64);
    let all = of_first + of_second;
    let variance = of_first * of_second / 12.0 * (all + 1.0 - ranks.tie_term() / (all * (all - 1.0)));
    let gap = u - of_first * of_second / 2.0;
    // One group of equal values alone has no variance.
    let z = if ranks.ties.len() == 1 {
        0.0
    } else {
        ((gap.abs() - 0.5).max(0.0) / variance.sqrt()).copysign(gap)
    };
    Ok(MannWhitney { u, z, p_value: normal_two_sided(z) })
}

/// The smallest p-value that [`mann_whitney_test`] can give for groups of these sizes: that of groups without a tie, of which one lies wholly
/// above the other.
///
/// # Errors
/// If a group is empty.
pub fn smallest_p_value(first: usize, second: usize) -> Result<f64, StatisticsError> {
    let values: Vec<f64> = (0..first + second).map(|value| value as f64).collect();
    Ok(mann_whitney_test(&values[..first], &values[first..])?.p_value)
}

/// U of the first group, and the ranks of all values.
pub(crate) fn u_statistic(first: &[f64], second: &[f64]) -> Result<(f64, Ranks), StatisticsError> {
    check_count(first.len().min(second.len()), 1)?;
    check_finite(first)?;
    check_finite(second)?;
    let ranks = Ranks::of(&[first, second].concat());
    let doubled: u64 = ranks.doubled[..first.len()].iter().sum();
    let least = first.len() as f64 * (first.len() as f64 + 1.0) / 2.0;
    Ok((doubled as f64 / 2.0 - least, ranks))
}
